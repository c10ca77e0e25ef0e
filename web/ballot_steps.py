"""Checklists of an election meeting: each person sees only his own, in the order of the meeting.

The order is that of domain specification 4.4 (10.1–10.10). What is done is read off the state of
the event; nothing is ticked by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _

from workflows.acts.secret import people
from workflows.ballots import events
from workflows.ballots.preparing import NEEDED

State = Literal["done", "now", "wait"]
ORDER = (
    "", events.DRAFT, events.FROZEN, events.SIGNING, events.VOTING, events.CLOSED, events.OPENED,
    events.DESTROYED,
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One line of a checklist; ``code`` names the card of the page that does it."""

    code: str
    text: str
    state: State


@dataclass(frozen=True)
class Checklist:
    """What one duty has to do."""

    title: str
    icon: str
    steps: tuple[Step, ...]

    @property
    def now(self) -> Step | None:
        """The step whose turn it is, if it is his turn at all."""
        return next((step for step in self.steps if step.state == "now"), None)


Todo = list[tuple[str, str, bool, bool]]
"""Code, text, whether it is done, whether it can be done now."""


def checklists(view: Any, me: str, *, ready: bool) -> list[Checklist]:
    """Return the checklists of the duties the person *me* has in this event.

    *ready*: whether he, a scrutineer, has chosen the passphrase of his share.
    """
    found = []
    if "manage" in view.can:
        found.append(_made(_("主持与组织"), "users", _organiser(view)))
    if any(each.person == me for each in view.scrutineers):
        found.append(_made(_("监票人"), "eye", _scrutineer(view, me, ready=ready)))
    if any(each.person == me for each in view.tellers):
        found.append(_made(_("计票人"), "calculator", _teller(view, me)))
    if "sign_in" in view.can and any(each.person == me for each in view.desk):
        found.append(_made(_("签到员"), "user-check", _desk(view)))
    return found


def reached(view: Any, state: str) -> bool:
    """Whether the event has come to *state* or past it."""
    return ORDER.index(_state(view)) >= ORDER.index(state)


def at(view: Any, state: str) -> bool:
    """Whether the event is in *state*."""
    return _state(view) == state


def _state(view: Any) -> str:
    state = "" if view.event is None else str(view.event.state)
    return events.CLOSED if state == events.VOID else state


def _made(title: str, icon: str, todo: Todo) -> Checklist:
    steps = tuple(
        Step(code, text, "done" if done else "now" if ready else "wait")
        for code, text, done, ready in todo
    )
    return Checklist(title, icon, steps)


def _organiser(view: Any) -> Todo:
    event, frozen = view.event, reached(view, events.FROZEN)
    mode = "" if event is None else event.mode
    boxed = bool(event is not None and event.public_key)
    signing, voting = reached(view, events.SIGNING), reached(view, events.VOTING)
    found: Todo = [
        ("people", _("宣布监票人、计票人、签到员"), frozen, at(view, events.DRAFT)),
        ("roll", _("核对选举人名册，登记不计入应到会的人"), frozen, at(view, events.DRAFT)),
        ("freeze", _("冻结规则和名册，公布两个指纹"), frozen, at(view, events.DRAFT)),
    ]
    if mode == events.TALK:
        return [*found[:1], *_talks(view), *_ending(view)]
    if mode not in events.WITHOUT_BOX:
        found.append(("box", _("生成票箱，分发三份密钥"), boxed, at(view, events.FROZEN)))
    ready = at(view, events.FROZEN) and (boxed or mode in events.WITHOUT_BOX)
    printing = _("打印票条，当众打乱") if mode == events.SLIP else _("开始签到")
    found += [
        ("slips", printing, signing, ready),
        ("desk", _("签到，清点到会人数"), voting, at(view, events.SIGNING)),
        ("begin", _("宣布开始投票"), voting, at(view, events.SIGNING)),
        ("close", _("宣布投票结束，关箱"), reached(view, events.CLOSED), at(view, events.VOTING)),
    ]
    return found + _ending(view)


def _talks(view: Any) -> Todo:
    closed = reached(view, events.CLOSED)
    return [
        (
            "begin",
            _("开始谈话，由计票人录入汇总数"),
            reached(view, events.VOTING),
            at(view, "draft"),
        ),
        ("close", _("谈话结束，不再录入"), closed, at(view, events.VOTING)),
    ]


def _ending(view: Any) -> Todo:
    mode = "" if view.event is None else view.event.mode
    if mode == events.TALK:
        ready = reached(view, events.CLOSED)
        return [("open", _("汇总计算结果"), reached(view, events.OPENED), ready)]
    signed = len(view.signatures.get("statement", ())) >= NEEDED
    closed, opened = reached(view, events.CLOSED), reached(view, events.OPENED)
    confirmed = len(view.signatures.get("result", ())) >= NEEDED
    return [
        ("statement", _("两名监票人在关箱说明上签字"), signed, closed),
        ("open", _("两名监票人到场，开箱计票"), opened, closed and signed),
        ("result", _("监票人签署结果，宣布当选名单"), confirmed, opened),
    ]


def _scrutineer(view: Any, me: str, *, ready: bool) -> Todo:
    mine = next(each for each in view.scrutineers if each.person == me)
    boxed = bool(view.event is not None and view.event.public_key)
    early = _state(view) in (events.DRAFT, events.FROZEN)
    signed = {
        subject: any(each["person"] == me for each in people)
        for subject, people in view.signatures.items()
    }
    closed, opened = reached(view, events.CLOSED), reached(view, events.OPENED)
    enough = len(view.signatures.get("statement", ())) >= NEEDED
    key = [
        (
            "share",
            _("设定口令，保管自己的一份密钥"),
            ready or mine.kept or (boxed and not early),
            early,
        )
    ]
    return [
        *([] if view.event is not None and view.event.mode in events.WITHOUT_BOX else key),
        ("watch", _("核对两个指纹，检查票箱，监督抽取票条"), closed, early or not closed),
        (
            "statement",
            _("核对人数，在关箱说明上签字"),
            signed.get("statement", False) or opened,
            closed,
        ),
        ("open", _("输入自己的份额，开箱"), opened, closed and enough),
        ("result", _("核对并签署计票结果"), signed.get("result", False), opened),
    ]


def _teller(view: Any, me: str) -> Todo:
    name = next(each.name for each in view.tellers if each.person == me)
    done = [each for each in view.stations if each.agreed and name in each.by]
    voting, closed = at(view, events.VOTING), reached(view, events.CLOSED)
    exchange = ("exchange", _("有人要用纸质票时，收票条、发纸票"), closed, voting)
    paper = ("paper", _("两人分别清点、录入纸质票，数字一致为止"), bool(done) or closed, voting)
    if view.event is None or not people.counts_paper(view.event):
        return []
    return [paper] if view.event.mode in events.WITHOUT_BOX else [exchange, paper]


def _desk(view: Any) -> Todo:
    voting = reached(view, events.VOTING)
    return [("desk", _("签到：核对姓名，请其抽取票条"), voting, at(view, events.SIGNING))]
