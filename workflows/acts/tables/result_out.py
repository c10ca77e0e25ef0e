"""The result and the roll of an act as a spreadsheet, for those who see both on the page.

Whatever the kind: numbers of the result on the first sheet, each list of it on one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from engine.errors import NotFound
from engine.unit_of_work import UnitOfWork
from workflows import names
from workflows.acts import reading
from workflows.acts.reading import Cockpit
from workflows.spreadsheets.writing import Column, Page, write

MAX_COLUMNS: Final = 80
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "summary": ("概要", "Summary"), "item": ("项目", "Item"), "value": ("值", "Value"),
    "entries": ("逐项结果", "Entries"), "handed_on": ("提交下一环节", "Handed on"),
    "roll": ("名单", "Roll"), "id": ("内部编号", "Id"), "no": ("序号", "No."),
    "name": ("名称", "Name"), "unit": ("单位", "Unit"), "category": ("类别", "Category"),
    "class": ("类别", "Class"), "weight": ("权重", "Weight"), "state": ("状态", "State"),
    "given": ("已提交", "Handed in"), "needed": ("应提交", "To hand in"),
    "barred": ("回避", "Conflicts"), "score": ("得分（精确值）", "Score (exact)"),
    "shown": ("得分", "Score"), "rank": ("名次", "Rank"), "marks": ("评分", "Mark"),
    "outcome": ("结论", "Outcome"), "count": ("总数", "Count"), "units": ("单位数", "Units"),
    "withdrawn": ("已撤回", "Withdrawn"), "late": ("未按时提交", "Not in time"),
    "passed": ("合格", "Fit"), "failed": ("不合格", "Unfit"), "to_fix": ("补正", "To correct"),
    "differ": ("意见不一致", "Differing"), "remarks": ("意见", "Remarks"),
    "opinions": ("意见", "Opinions"), "chosen": ("入围", "Chosen"), "ties": ("并列", "Ties"),
    "agree": ("同意", "Agree"), "against": ("不同意", "Against"), "neither": ("弃权", "Abstain"),
    "asked": ("应答", "Asked"), "adopted": ("通过", "Adopted"), "reason": ("理由", "Reason"),
    "person": ("人员", "Person"), "total": ("合计", "Total"), "by": ("认定人", "Ruled by"),
    "computed": ("计算结论", "Computed"), "by_hash": ("输入校验值", "Hash of the input"),
    "order": ("次序", "Order"),
}  # fmt: skip
"""Titles of what results hold, in both languages; anything else keeps its own name."""
STATES: Final = {
    "due": ("未完成", "to do"), "done": ("已提交", "done"),
    "excluded": ("不参加", "not taking part"),
}  # fmt: skip


def result(uow: UnitOfWork, task_id: str, lang: str = "zh") -> bytes:
    """Return the result of a closed act; raises NotFound for whoever does not see it named."""
    page = _inside(uow, task_id)
    found = page.result
    if found is None:
        raise NotFound("act_unknown")
    value = found["value"]
    plain = [[_word(key, lang), _cell(each)] for key, each in value.items() if not _is_table(each)]
    plain += [[_word("by_hash", lang), found["certificate"]["input_hash"]]]
    heads = [Column(_word("item", lang), 24), Column(_word("value", lang), 60)]
    pages = [Page(_word("summary", lang), heads, plain)]
    pages += [_page(key, each, lang) for key, each in value.items() if _is_table(each)]
    if found["entries"]:
        pages.append(_page("handed_on", found["entries"], lang))
    return write([*pages, _roll(uow, page, lang)])


def roll(uow: UnitOfWork, task_id: str, lang: str = "zh") -> bytes:
    """Return who is on the roll and how far he is; raises NotFound like ``result``."""
    page = _inside(uow, task_id)
    return write([_roll(uow, page, lang)])


def _inside(uow: UnitOfWork, task_id: str) -> Cockpit:
    page = reading.cockpit(uow, task_id)
    if not page.inside or page.act is None:
        raise NotFound("act_unknown")
    return page


def _roll(uow: UnitOfWork, page: Cockpit, lang: str) -> Page:
    units = names.units(uow, {row.unit for row in page.people})
    at = 0 if lang == "zh" else 1
    lines = [
        [row.no, row.name, units[row.unit].zh if row.unit else "", row.category, row.weight,
         STATES[row.state][at] if row.state in STATES else row.state, row.given, row.needed,
         "、".join(f"{page.entry_name(key)}：{why.reason or why.source}"
                  for key, why in page.conflicts.get(row.id, {}).items())]
        for row in page.people
    ]  # fmt: skip
    keys = ("no", "name", "unit", "class", "weight", "state", "given", "needed", "barred")
    return Page(_word("roll", lang), [Column(_word(key, lang)) for key in keys], lines)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, Mapping) for e in value)


def _page(name: str, rows: Sequence[Mapping[str, Any]], lang: str) -> Page:
    """Lay a list of things out: a column for each simple value, for each key of a small mapping."""
    flat = [dict(_flat(row)) for row in rows]
    paths = list(dict.fromkeys(path for row in flat for path in row))[:MAX_COLUMNS]
    heads = [
        Column(" ".join([_word(path[0], lang), *path[1:]]), 20, number=path[0] != "id")
        for path in paths
    ]
    return Page(_word(name, lang), heads, [[row.get(path, "") for path in paths] for row in flat])


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in row.items():
        if isinstance(value, Mapping) and not any(isinstance(e, (Mapping, list))
                                                  for e in value.values()):  # fmt: skip
            if "name" in value:
                yield (key,), value["name"]
            else:
                yield from (((key, str(name)), _cell(each)) for name, each in value.items())
        else:
            yield (key,), _cell(value)


def _cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Mapping():
            return "；".join(f"{key}：{_cell(each)}" for key, each in value.items())
        case list():
            return "、".join(str(_cell(each)) for each in value)
    return value


def _word(key: str, lang: str) -> str:
    zh, en = WORDS.get(key, (key, key))
    return zh if lang == "zh" else en
