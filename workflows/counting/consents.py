"""Opinions collected one by one: 会签 (all), 或签 (any), 票签 (a share), with or without a veto.

Which base a share is taken of is a setting, never a guess (domain specification 2.4): everybody
on the roll, or those who gave an opinion. Somebody recused stays on the roll unless the rule
says otherwise (2.4 ``D``), but is not asked, so 会签 does not wait for him.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from workflows.counting.rules import Base, Threshold, Turnout
from workflows.counting.working import Answer, Line, NotCountable, Working

Rule = Literal["all", "any", "ratio"]


@dataclass(frozen=True)
class Opinions:
    """How many said what; ``asked`` could have, ``recused`` are on the roll but were not asked."""

    agree: int
    against: int
    neither: int
    asked: int
    recused: int = 0

    @property
    def given(self) -> int:
        """How many gave an opinion."""
        return self.agree + self.against + self.neither

    @property
    def left(self) -> int:
        """How many may still give one."""
        return self.asked - self.given


@dataclass(frozen=True)
class ConsentRule:
    """What adopts: ``threshold`` goes with ``ratio``; ``veto``: one against is enough."""

    rule: Rule
    threshold: Threshold | None = None
    veto: bool = False
    recused_in_base: bool = True


@dataclass(frozen=True)
class Consent:
    """``value``: adopted. ``certain``: nothing still to come could change that."""

    value: bool
    certain: bool
    working: Working = field(repr=False)


BASES: Final = (Base.DUE, Base.RETURNED)


def consent(opinions: Opinions, rule: ConsentRule) -> Consent:
    """Whether the opinions adopt the question. Without a single agreement nothing is adopted.

    Raises NotCountable (``part_above_whole``) when more opinions came in than were asked for.
    """
    if opinions.left < 0:
        raise NotCountable("part_above_whole", part=opinions.given, whole=opinions.asked)
    if rule.veto and opinions.against:
        return Consent(value=False, certain=True, working=(Line("veto", str(opinions.against)),))
    answer = _answer(opinions, rule)
    worst = _answer(_rest(opinions, agree=False), rule)
    best = _answer(_rest(opinions, agree=True), rule)
    vetoed_yet = rule.veto and opinions.left > 0
    certain = not best.value or (worst.value and not vetoed_yet)
    return Consent(answer.value, certain, answer.working)


def _rest(opinions: Opinions, *, agree: bool) -> Opinions:
    """What it comes to if everybody who is left says the same."""
    more = opinions.left
    return Opinions(
        opinions.agree + (more if agree else 0), opinions.against + (0 if agree else more),
        opinions.neither, opinions.asked, opinions.recused,
    )  # fmt: skip


def _answer(opinions: Opinions, rule: ConsentRule) -> Answer:
    if rule.rule == "all":
        holds = opinions.agree == opinions.asked
        line = Line("all_agree", f"{opinions.agree} {'=' if holds else '≠'} {opinions.asked}")
        answer = Answer(holds, (line,))
    elif rule.rule == "any":
        holds = opinions.agree > 0
        answer = Answer(holds, (Line("any_agrees", f"{opinions.agree} {'≥' if holds else '<'} 1"),))
    else:
        assert rule.threshold is not None
        assert rule.threshold.base in BASES
        on_roll = opinions.asked + (opinions.recused if rule.recused_in_base else 0)
        turnout = Turnout(due=on_roll, returned=opinions.given)
        answer = rule.threshold.reached(opinions.agree, turnout, "majority")
    return Answer(answer.value and opinions.agree > 0, answer.working)
