"""Counting rules as data: who must attend, what elects, which ballots count.

The base of a majority differs from body to body, and the sources disagree about some of them,
so nothing of it is code. ``presets.toml`` holds a rule per body with its source; an election
pins one by id, and a setting may replace single values (``dataclasses.replace``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from workflows.counting.working import Answer, NotCountable, reached, threshold_verdict


class Base(StrEnum):
    """Of whom a share is taken. The law never leaves this open, sources often do."""

    MEMBERS = "members"  # 成员总数
    DUE = "due"  # 应到会
    PRESENT = "present"  # 实到会有选举权人数；无会议时为参加投票人数
    ISSUED = "issued"  # 发出票数
    RETURNED = "returned"  # 收回票数
    VALID = "valid"  # 有效票数


WriteIn = Literal["no", "only_with_against", "free"]
Unmarked = Literal["void_name", "abstain"]
Short = Literal["reelect", "reduce"]


@dataclass(frozen=True)
class Turnout:
    """The numbers of a meeting and its papers; None where the act has no such number."""

    members: int | None = None
    due: int | None = None
    present: int | None = None
    issued: int | None = None
    returned: int | None = None
    valid: int | None = None

    def of(self, base: Base) -> int:
        """Return the number that *base* names; raises NotCountable (``base_unknown``)."""
        value: int | None = getattr(self, base.value)
        if value is None:
            raise NotCountable("base_unknown", base=base.value)
        if value < 0:
            raise NotCountable("count_negative", name=base.value, count=value)
        return value


@dataclass(frozen=True)
class Threshold:
    """At least (以上, inclusive) or more than (超过) a share of a base."""

    share: Fraction
    base: Base
    inclusive: bool

    def need(self, base: int) -> int:
        """The fewest that reach it: ⌊base × share⌋ + 1 for 超过, ⌈base × share⌉ for 以上."""
        whole, rest = divmod(base * self.share.numerator, self.share.denominator)
        return whole + (1 if rest or not self.inclusive else 0)

    def reached(self, part: int, turnout: Turnout, rule: str, about: str = "") -> Answer:
        """Whether *part* reaches it, with the comparison as a line named *rule*."""
        if part < 0:
            raise NotCountable("count_negative", name=about or rule, count=part)
        base = turnout.of(self.base)
        return reached(
            rule, threshold_verdict(part, self.share, base, inclusive=self.inclusive), about
        )

    @property
    def sign(self) -> str:
        """The comparison in a symbol."""
        return "≥" if self.inclusive else ">"

    def __str__(self) -> str:
        return f"{self.sign} {self.share} {self.base.value}"


@dataclass(frozen=True)
class CountingRule:
    """How one body counts.

    ``quorum`` compares those present. ``quorum_equal_tolerated`` lets exactly the share of a
    超过 rule pass with a warning (1990 text, ``S26``). ``returned_within`` are the numbers that
    returned ballots may not exceed. ``rerun`` is the threshold in a new election for missing
    seats, ``revote`` that of a vote among the tied (None: more votes win). ``near_full`` and
    ``reduced_least`` say when seats may be reduced: at most so many missing, at least so many
    left.
    """

    id: str
    zh: str
    en: str
    majority: Threshold
    quorum: Threshold | None
    rerun: Threshold
    revote: Threshold | None
    choices: tuple[str, str, str]
    returned_within: tuple[Base, ...]
    quorum_equal_tolerated: bool
    marks_within_seats: bool
    write_in: WriteIn
    write_in_unmarked: Unmarked
    short: tuple[Short, ...]
    near_full: int
    reduced_least: int
    differential_least: Fraction | None
    differential_most: Fraction | None
    recused_in_base: bool
    proxies_most: int
    basis: str
    evidence: tuple[str, ...]

    @property
    def agree(self) -> str:
        """The word for yes: 赞成, 同意."""
        return self.choices[0]

    @property
    def against(self) -> str:
        """The word for no: 不赞成, 不同意."""
        return self.choices[1]

    @property
    def neither(self) -> str:
        """The third word, which is also what a blank means: 弃权, 缓议."""
        return self.choices[2]

    def parameters(self) -> Mapping[str, str]:
        """The thresholds in symbols, for the page that shows the rule to the user."""
        found = {"majority": self.majority, "quorum": self.quorum, "rerun": self.rerun}
        return {name: str(each) for name, each in found.items() if each is not None}
