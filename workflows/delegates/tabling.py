"""May the proposal go to the committee? The list of what must not be tabled (不得提交会议讨论).

Regulation of 2019 (``R``, partly ``S38`` ``S16``). The check names what is missing and where it
has to be made good; it changes no opinion and knows no exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork
from workflows import periods
from workflows.delegates.candidates import AGAIN, READY

TABLE, WAIT, MEND, CONSULT = "提交", "等待批复", "补正方案", "重新酝酿"
OFF, REFUSED = "撤下", "上级不同意"
SETTLED: Final = frozenset({"上级协调同意", "主管方决定"})
NO_PROPOSAL: Final = frozenset({CONSULT, AGAIN, OFF})

FINDINGS: Final = {
    "recommendation": ("民主推荐结果缺失或已满一年", "no valid recommendation"),
    "inspection": ("未按规定组织考察", "not inspected"),
    "not_recommended": ("考察组不建议任用", "the team does not recommend the person"),
    "file": ("档案存疑未查清", "doubts about the file"),
    "matters": ("个人有关事项未查核或未查清", "personal matters unchecked or unclear"),
    "discipline": ("纪检监察机关未答复或有不同意见", "discipline body silent or differs"),
    "petition": ("可查的信访举报未查清", "a checkable complaint is open"),
    "integrity": ("廉洁自律结论性意见未双签字或有问题", "integrity conclusion incomplete"),
    "audit": ("经济责任审计未结论", "audit without conclusion"),
    "co_manager": ("双重管理未征得协管方意见", "co-managing side not heard"),
    "co_manager_differs": ("协管方不同意且协调未成", "co-managing side differs, no agreement"),
    "prior_refused": ("上级不同意事前报告事项", "the superior refuses a reported matter"),
    "prior_pending": ("事前报告未获答复（未复不等于同意）", "a reported matter has no reply"),
}
"""Every finding in Chinese and English."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Missing:
    """One reason against tabling: what, whose, and the route that can mend it."""

    code: str
    route: str
    key: str = ""
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the finding with its sentence in both languages."""
        zh, en = FINDINGS[self.code]
        return {"code": self.code, "key": self.key, "name": self.name, "zh": zh, "en": en}


ORDER: Final = (REFUSED, AGAIN, MEND, CONSULT, WAIT)
"""Which route is taken first when several things are missing."""


def tabling_gate(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Say whether the proposal may be tabled, and else what is missing and where to go.

    A proposal that was not made (the department consults or inspects again, or takes the item
    off) passes through unchecked. ``tabling_route`` is one of 提交, 重新酝酿, 重新考察,
    等待批复, 补正方案, 撤下, 上级不同意.
    """
    if call.inputs["plan_outcome"] in NO_PROPOSAL:
        return _answer(call.inputs["plan_outcome"], [])
    waited = call.variables.get("tabling_waited") is True
    missing = [
        *_recommendation(call.inputs, uow.today),
        *_candidates(call.inputs),
        *_co_manager(call.inputs),
        *_prior_reports(call.inputs, waited=waited),
    ]
    routes = {each.route for each in missing}
    route = next((each for each in ORDER if each in routes), TABLE)
    return _answer(route, missing)


def _answer(route: str, missing: list[Missing]) -> Mapping[str, Any]:
    return {
        "tabling_route": route,
        "tabling_missing": [each.to_json() for each in missing],
        "tabling_recheck": [each.key for each in missing if each.route == AGAIN and each.key],
        "tabling_waited": route == WAIT,
        "outcome": OFF if route == OFF else None,
    }


def _recommendation(inputs: Json, today: date) -> list[Missing]:
    held = inputs["recommend_date"]
    if held and today <= periods.recommendation_valid_until(date.fromisoformat(held)):
        return []
    return [Missing("recommendation", MEND)]


def _candidates(inputs: Json) -> list[Missing]:
    """Everybody proposed was inspected, recommended, and is clear in every check."""
    known = {row["key"]: row for row in inputs["inspected"] or ()}
    missing = []
    for row in inputs["proposed"] or ():
        person = row["candidate"]
        key, name = str(person["id"]), str(person["name"])
        result = known.get(key)
        if result is None:
            missing.append(Missing("inspection", MEND, key, name))
        elif result["outcome"] != READY:
            failed = [check["check"] for check in result["checks"] if not check["clear"]]
            codes = failed or ["not_recommended"]
            missing += [Missing(code, MEND, key, name) for code in codes]
    return missing


def _co_manager(inputs: Json) -> list[Missing]:
    """The co-managing side was heard; if it differs, the difference was settled (``S07``)."""
    if inputs["dual_management"] != "是":
        return []
    reply = inputs["co_manager_reply"]
    if not reply:
        return [Missing("co_manager", CONSULT)]
    settled = reply != "不同意" or inputs["coordination"] in SETTLED
    return [] if settled else [Missing("co_manager_differs", CONSULT)]


def _prior_reports(inputs: Json, *, waited: bool) -> list[Missing]:
    """Each reported matter has consent. Whoever waited in vain does not wait again."""
    replies = {row["key"]: row["outcome"] for row in inputs["prior_results"] or ()}
    missing = []
    for code in inputs["prior_report_needed"] or ():
        reply = replies.get(code)
        if reply is None:
            missing.append(Missing("prior_pending", MEND if waited else WAIT, code, code))
        elif reply != "同意":
            missing.append(Missing("prior_refused", REFUSED, code, code))
    return missing


DELEGATES = {
    "tabling_gate": Delegate(
        tabling_gate,
        "核查能否提交会议讨论：推荐有效、考察完备、四必过关、协管方和上级意见齐备",
        "May it be tabled: valid recommendation, inspection, checks, co-manager and superior",
        inputs=(
            "plan_outcome", "proposed", "inspected", "prior_report_needed", "prior_results",
            "recommend_date", "dual_management", "co_manager_reply", "coordination",
        ),
        outputs=(
            "tabling_route", "tabling_missing", "tabling_recheck", "tabling_waited", "outcome",
        ),
    ),
}  # fmt: skip
