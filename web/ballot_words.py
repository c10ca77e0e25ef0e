"""Words for what a ballot's pages show: marks, reasons of void ballots, figures of tellers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from web.i18n import moment, sentences

PAPER_FAULTS = ("paper_too_many", "paper_unclear", "paper_identified", "paper_other")
"""Why a paper ballot is void, as tellers sort them (domain specification 4.4)."""
_MARKS = {
    "赞成": later("赞成"), "不赞成": later("不赞成"), "弃权": later("弃权"),
    "同意": later("同意"), "不同意": later("不同意"), "缓议": later("缓议"),
    "推荐": later("推荐"), "不推荐": later("不推荐"), "未推荐": later("未推荐"),
    "优秀": later("优秀"), "称职": later("称职"), "基本称职": later("基本称职"),
    "不称职": later("不称职"), "合格": later("合格"), "基本合格": later("基本合格"),
    "不合格": later("不合格"), "好": later("好"), "较好": later("较好"), "一般": later("一般"),
    "差": later("差"), "不了解": later("不了解"), "空白": later("空白"), "未填": later("未填"),
}  # fmt: skip
_FAULTS = {
    "paper_too_many": later("多选"), "paper_unclear": later("无法辨认"),
    "paper_identified": later("有识别记号"), "paper_other": later("其他原因无效"),
    "ballot_too_many_marks": later("多选"), "ballot_too_few_marks": later("少选"),
    "ballot_line_blank": later("漏填"), "ballot_all_equal": later("全部同一档次"),
    "sealed_wrong": later("密封损坏"), "commitment_wrong": later("与封存值不符"),
}  # fmt: skip
_FIGURES = {
    "handed_out": later("发出张数"), "ballots": later("收回张数"), "valid": later("有效张数"),
    "invalid": later("无效张数"), "totals": later("候选人得票"), "write_ins": later("另选他人"),
}  # fmt: skip
_FINDINGS = {
    "present_over_due": later("实到会多于应到会"),
    "issued_over_present": later("发出的票多于实到会"),
    "used_over_issued": later("投出的票多于发出的票"),
    "used_not_accounted_for": later("用掉的票条与箱内票、发出纸票之和不符"),
    "paper_over_handed_out": later("收回的纸票多于发出的纸票"),
    "returned_over_issued": later("收回的票多于发出的票"),
    "called_off": later("已宣布作废"),
}
_MODES = {
    "slip": later("凭票投票"),
    "login": later("登录投票"),
    "paper": later("纸质投票"),
    "talk": later("谈话"),
}


def mark_word(code: str) -> str:
    """Return a mark in the language of the reader."""
    return str(_MARKS.get(code, code))


def fault_word(code: str) -> str:
    """Return why a ballot is void, in a few words."""
    return str(_FAULTS.get(code) or (_("其他原因无效") if code in sentences() else code))


def figure_word(code: str) -> str:
    """Return the name of a figure that tellers enter."""
    return str(_FIGURES.get(code, code))


def finding_word(code: str) -> str:
    """Return which link of the chain of numbers does not hold."""
    name, _colon, voter_class = code.partition(":")
    if name == "class_over_issued":
        return str(_("“%(name)s”投出的票多于发出的票", name=voter_class))
    return str(_FINDINGS.get(code, code))


def mode_word(code: str) -> str:
    """Return the way in which people vote."""
    return str(_MODES.get(code, code))


def signed_at(text: str) -> str:
    """Return the moment of a signature, to the minute."""
    return moment(datetime.fromisoformat(text))


FILTERS: Mapping[str, Callable[[str], str]] = {
    each.__name__: each
    for each in (mark_word, fault_word, figure_word, finding_word, mode_word, signed_at)
}
