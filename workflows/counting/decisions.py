"""One question put to a body: adopted or not, under the body's own quorum and base.

Committee on appointments, plenum, resolution of a members' meeting, jury, single items. Cadre
regulation 2014 art. 37 and 2019 (``S03`` ``S12``), ``S07`` ``S14`` ``S28``; vectors T01–T07,
E10. The rule comes from ``presets.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from workflows.counting.attendance import quorum
from workflows.counting.rules import Base, CountingRule, Turnout
from workflows.counting.working import Answer, Line, NotCountable, Working, equal


@dataclass(frozen=True)
class Decision:
    """``value``: adopted. Without a quorum nothing is, even unanimously. ``need``: votes asked."""

    value: bool
    quorate: bool
    need: int
    warnings: tuple[str, ...]
    working: Working = field(repr=False)


def decide(rule: CountingRule, turnout: Turnout, agree: int, *, recused: int = 0) -> Decision:
    """Whether *agree* votes adopt the question.

    Recused members stay in the base unless the rule says otherwise (``vote.recused_in_base``,
    ``D``); leave of absence never makes it smaller. Raises NotCountable: ``base_unknown``,
    ``part_above_whole`` when more agree than are present.
    """
    present = turnout.of(Base.PRESENT) if turnout.present is not None else None
    if present is not None and agree > present:
        raise NotCountable("part_above_whole", part=agree, whole=present)
    enough, tolerated = quorum(rule, turnout)
    based, lines = _base(rule, turnout, recused)
    answer = rule.majority.reached(agree, based, "majority")
    return Decision(
        enough.value and answer.value,
        enough.value,
        rule.majority.need(based.of(rule.majority.base)),
        ("quorum_tolerated",) if tolerated else (),
        enough.working + lines + answer.working,
    )


def everybody_voted(present: int, recused: int, agree: int, against: int, neither: int) -> Answer:
    """Every member present and not recused cast one of the three votes (arithmetic, ``M``)."""
    return equal("votes_cast", (agree, against, neither), present - recused)


def _base(rule: CountingRule, turnout: Turnout, recused: int) -> tuple[Turnout, Working]:
    if rule.recused_in_base or recused == 0:
        return turnout, ()
    base = rule.majority.base
    there = turnout.of(base)
    if recused > there:
        raise NotCountable("part_above_whole", part=recused, whole=there)
    line = Line("recused_off_base", f"{there}-{recused}={there - recused}")
    return replace(turnout, **{base.value: there - recused}), (line,)
