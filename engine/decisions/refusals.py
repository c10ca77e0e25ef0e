"""The sentences with which a DMN file or an input is refused, in Chinese and English."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from lxml import etree

from engine.errors import Invalid
from engine.feel import FeelError
from engine.untrusted_xml import line_of

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "namespace": (
        "这不是 DMN 1.1 至 1.5 的文件；请用 DMN 编辑器另存",
        "this is not a DMN 1.1 to 1.5 file; save it again with a DMN editor",
    ),
    "element": (
        "不支持“{element}”；请改用决策表或文字表达式",
        "“{element}” is not supported; use a decision table or a literal expression",
    ),
    "language": (
        "表达式语言“{language}”不支持；请改用 FEEL",
        "the expression language “{language}” is not supported; use FEEL",
    ),
    "no_logic": (
        "没有决策表或文字表达式；请补上",
        "there is no decision table or literal expression; add one",
    ),
    "no_decision": ("文件中没有决策；请补上", "the file has no decision; add one"),
    "no_name": ("缺少名称；请补上 name", "the name is missing; add it"),
    "no_text": ("内容为空；请填写表达式", "it is empty; write an expression"),
    "duplicate": (
        "“{name}”出现两次；请改名",
        "“{name}” is there twice; rename one",
    ),
    "dangling": (
        "引用的“{target}”不存在；请改正或删去该连线",
        "“{target}” does not exist; correct or delete the arrow",
    ),
    "cycle": (
        "决策互相依赖（{path}）；请去掉其中一条连线",
        "the decisions need each other ({path}); delete one arrow",
    ),
    "policy": (
        "命中策略“{policy}”不支持；可用 U A P F R O C C+ C< C> C#",
        "the hit policy “{policy}” is not supported; use U A P F R O C C+ C< C> C#",
    ),
    "aggregate": (
        "汇总策略只能有一个输出列；请删去其余输出列",
        "an aggregating table has one output column; delete the others",
    ),
    "priority": (
        "按优先级命中时，至少一个输出列要列出取值次序；请填写输出取值",
        "a table by priority needs the output values in order; list them",
    ),
    "output_name": (
        "有多个输出列时每列要有名称；请补上",
        "several output columns need names; add them",
    ),
    "width": (
        "应有 {wanted} 格，实有 {found} 格；请补齐或删去",
        "there should be {wanted} cells, there are {found}; add or delete some",
    ),
    "size": (
        "规则过多（{found} 条，最多 {limit} 条）；请拆成几张表",
        "too many rules ({found}, at most {limit}); split the table",
    ),
    "type_unknown": (
        "类型“{type}”没有定义；请改用基本类型或补上定义",
        "the type “{type}” is not defined; use a basic type or define it",
    ),
    "cell_type": (
        "“{text}”不是{zh_type}；请改正该格",
        "“{text}” is not a {type}; correct the cell",
    ),
    "output_value": (
        "“{text}”不在该列的取值之内；请改正该格或取值",
        "“{text}” is not among the values of its column; correct the cell or the values",
    ),
    "expression": ("{zh}", "{en}"),
    "input_type": (
        "输入“{name}”应是{zh_type}，却是“{value}”；请改正数据或表中的类型",
        "the input “{name}” should be a {type}, it is “{value}”; correct the data or the type",
    ),
    "input_value": (
        "输入“{name}”的值“{value}”不在表所列的取值之内；请改正数据或补充取值",
        "“{value}” of the input “{name}” is not among the listed values; correct or add it",
    ),
    "unique": (
        "唯一命中的表同时命中第 {rules} 条规则；请改正规则使其不重叠",
        "rules {rules} of a unique-hit table match at once; make them not overlap",
    ),
    "any": (
        "第 {rules} 条规则同时命中而结果不同；请使其结果一致",
        "rules {rules} match at once with different results; give them the same result",
    ),
    "unknown_decision": (
        "文件中没有决策“{name}”",
        "the file has no decision “{name}”",
    ),
}
TYPES_ZH: Final = {
    "number": "数",
    "string": "文字",
    "boolean": "真假值",
    "date": "日期",
    "time": "时间",
    "date and time": "日期时间",
    "duration": "时长",
    "days and time duration": "时长（日时）",
    "years and months duration": "时长（年月）",
    "list": "列表",
    "context": "结构",
}


def refuse(reason: str, place: tuple[str, str], line: int = 0, /, **params: Any) -> NoReturn:
    """Raise Invalid ``decision_refused``; ``zh`` and ``en`` begin with the place."""
    zh, en = SENTENCES[reason]
    shown = {**params, "zh_type": TYPES_ZH.get(str(params.get("type")), str(params.get("type")))}
    raise Invalid(
        "decision_refused",
        reason=reason,
        line=line,
        **{key: value for key, value in params.items() if key not in ("zh", "en")},
        zh=_joined(place[0], zh.format(**shown), "："),
        en=_joined(place[1], en.format(**shown), ": "),
    )


def refuse_element(
    reason: str, place: tuple[str, str], element: etree._Element, /, **params: Any
) -> NoReturn:
    """``refuse`` with the line of an XML element."""
    refuse(reason, place, line_of(element), **params)


def refuse_expression(error: FeelError, place: tuple[str, str], line: int = 0) -> NoReturn:
    """``refuse`` for an expression the language refused."""
    refuse(
        "expression", place, line, zh=error.zh, en=error.en, source=error.source, at=error.position
    )


def _joined(place: str, sentence: str, colon: str) -> str:
    return f"{place}{colon}{sentence}" if place else sentence


def within(place: tuple[str, str], zh: str, en: str) -> tuple[str, str]:
    """A place inside another."""
    return (f"{place[0]}，{zh}" if place[0] else zh, f"{place[1]}, {en}" if place[1] else en)
