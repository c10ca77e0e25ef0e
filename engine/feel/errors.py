"""What the expression language refuses, with its own Chinese and English sentence.

A wrong type never raises: it gives null, as FEEL asks. Only a text that cannot be read, an
unknown function and an exceeded bound raise, so that an author sees them while saving.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "too_long": (
        "表达式过长（{length} 个字符），最多 {limit} 个；请拆成几条",
        "the expression is too long ({length} characters, at most {limit}); split it",
    ),
    "too_deep": (
        "表达式嵌套过深（超过 {limit} 层）；请拆成几条",
        "the expression is nested too deeply (more than {limit} levels); split it",
    ),
    "bad_character": ("“{text}”不是表达式中可用的字符", "“{text}” is not allowed here"),
    "open_string": ("引号没有配对", "the quotation mark is not closed"),
    "bad_escape": ("不认识的转义“{text}”", "“{text}” is not a known escape"),
    "open_comment": ("注释没有结束", "the comment is not closed"),
    "bad_number": ("数“{text}”写法有误", "“{text}” is not a number"),
    "bad_temporal": (
        "“{text}”不是日期、时间或时长",
        "“{text}” is not a date, a time or a duration",
    ),
    "expected": ("此处应为“{wanted}”，却是“{text}”", "expected “{wanted}”, found “{text}”"),
    "expected_name": ("此处应为名称，却是“{text}”", "expected a name, found “{text}”"),
    "expected_value": ("此处应为值，却是“{text}”", "expected a value, found “{text}”"),
    "expected_type": ("此处应为类型，却是“{text}”", "expected a type, found “{text}”"),
    "trailing": (
        "“{text}”多余，或前面缺少运算符",
        "“{text}” is left over, or an operator is missing before it",
    ),
    "empty": ("表达式为空", "the expression is empty"),
    "duplicate_key": ("键“{text}”重复", "the key “{text}” is given twice"),
    "mixed_arguments": (
        "带名参数与不带名参数不能混用",
        "named and unnamed arguments cannot be mixed",
    ),
    "unknown_function": ("没有函数“{name}”", "there is no function “{name}”"),
    "arguments": (
        "函数“{name}”的参数个数或名称不对",
        "the number or the names of the arguments of “{name}” are wrong",
    ),
    "steps": (
        "计算量超过上限（{limit} 步）；请缩小列表",
        "the evaluation exceeds its bound ({limit} steps); use a shorter list",
    ),
    "too_large": (
        "结果过大（上限 {limit}）",
        "the result is too large (at most {limit})",
    ),
    "no_clock": (
        "此处不能使用 today() 或 now()",
        "today() and now() cannot be used here",
    ),
    "bad_pattern": (
        "正则“{text}”中此处不支持：{part}",
        "the pattern “{text}” uses something not supported: {part}",
    ),
    "foreign_value": (
        "值的类型 {type} 不能用于表达式",
        "a value of type {type} cannot be used in an expression",
    ),
}


class FeelError(ValueError):
    """An expression that is refused: ``code``, ``position`` (0-based) and both sentences."""

    def __init__(self, code: str, position: int = 0, source: str = "", **params: object) -> None:
        self.code = code
        self.position = position
        self.source = source
        self.params = params
        zh, en = SENTENCES[code]
        self.zh = f"第 {position + 1} 个字符：{zh.format(**params)}"
        self.en = f"character {position + 1}: {en.format(**params)}"
        super().__init__(f"{self.zh} / {self.en}")
