"""应到会: who counts as due at an election meeting.

Due = on the roll − without a vote − lawfully left out. A member is left out only for a listed
reason, with the superior's agreement **and** the meeting's adoption; everybody else counts,
even if absent. Election regulation 2020 (``S26``); vector T21.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.counting.presets import exclusion_reasons
from workflows.counting.rules import Base, CountingRule, Turnout
from workflows.counting.working import Answer, Line, NotCountable, Working


@dataclass(frozen=True)
class Excluded:
    """A member proposed to be left out; ``reason`` is a code of ``presets.toml``."""

    person: str
    reason: str
    superior_agrees: bool
    meeting_adopts: bool


@dataclass(frozen=True)
class Due:
    """Number due; ``left_out`` were excluded, ``kept`` were proposed but stay in the base."""

    value: int
    left_out: tuple[str, ...]
    kept: tuple[str, ...]
    working: Working = field(repr=False)


def due(on_roll: int, without_vote: int, proposed: Sequence[Excluded] = ()) -> Due:
    """Work out 应到会.

    *without_vote*: probationary members, 留党察看, rights suspended (2020 art. 5 ``S24``).
    Raises NotCountable: ``part_above_whole`` when more are taken off than are on the roll,
    ``person_twice``.
    """
    people = [each.person for each in proposed]
    if len(set(people)) != len(people):
        raise NotCountable("person_twice")
    reasons = exclusion_reasons()
    out, kept, lines = list[str](), list[str](), []
    for each in sorted(proposed, key=lambda each: each.person):
        lawful = each.reason in reasons and each.superior_agrees and each.meeting_adopts
        (out if lawful else kept).append(each.person)
        lines.append(Line("left_out" if lawful else "stays_due", each.reason, each.person))
    off = without_vote + len(out)
    if without_vote < 0 or off > on_roll:
        raise NotCountable("part_above_whole", part=off, whole=on_roll)
    lines.append(Line("due", f"{on_roll}-{without_vote}-{len(out)}={on_roll - off}"))
    return Due(on_roll - off, tuple(out), tuple(kept), tuple(lines))


def quorum(rule: CountingRule, turnout: Turnout) -> tuple[Answer, bool]:
    """Whether enough attend, and whether they only do by tolerance (to be shown as a warning).

    A body without a quorum always meets. The tolerance is that of the 1990 text, where exactly
    4/5 was accepted although it says 超过 (``S26``, T08). Raises NotCountable
    (``base_unknown``, ``part_above_whole`` when more attend than belong).
    """
    if rule.quorum is None:
        return Answer(True, ()), False
    present, base = turnout.of(Base.PRESENT), turnout.of(rule.quorum.base)
    if present > base:
        raise NotCountable("part_above_whole", part=present, whole=base)
    answer = rule.quorum.reached(present, turnout, "quorum")
    exactly = present * rule.quorum.share.denominator == base * rule.quorum.share.numerator
    if not answer and exactly and rule.quorum_equal_tolerated:
        return Answer(True, (*answer.working, Line("quorum_tolerated"))), True
    return answer, False
