"""Reviewers made comparable: z-scores and their kin. Off by default, shown beside raw means.

All work on marks reviewer → entry → mark. Deviations are irrational, so roots are taken to 40
decimals and results of z kept to 30, which makes equal results equal again. With a full design
z and centring can order entries differently: the page shows both. Selection 4.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

from workflows.counting.exact import Exact, exactly, plain, root, rounded, shown
from workflows.counting.means import mean, median, variance
from workflows.counting.working import Line, NotCountable, Working

Method = Literal["z", "centred", "robust"]
Marks = Mapping[str, Mapping[str, Exact]]
"""reviewer → entry → mark; an entry a reviewer did not mark is absent."""

KEPT_DECIMALS: Final = 30
SHOWN_DECIMALS: Final = 6
MAD_TO_SIGMA: Final = Fraction("1.4826")
"""Makes the median absolute deviation estimate σ of a normal distribution."""


@dataclass(frozen=True)
class Reviewer:
    """How one reviewer marks: centre and spread, or ``flagged`` when too few marks tell."""

    centre: Fraction
    spread: Fraction
    flagged: bool


@dataclass(frozen=True)
class Normalised:
    """Entry → number, under one method, beside the raw means.

    ``z`` is the mean standardised mark (empty for ``centred``), ``t`` is 50 + 10·z, ``mapped``
    is on the scale of the marks. ``flagged`` names reviewers whose marks were left as they are.
    """

    method: Method
    raw: Mapping[str, Fraction]
    z: Mapping[str, Fraction]
    t: Mapping[str, Fraction]
    mapped: Mapping[str, Fraction]
    flagged: tuple[str, ...]
    working: Working = field(repr=False)


def normalise(
    marks: Marks, method: Method = "z", *, least: int = 5, sample: bool = False
) -> Normalised:
    """Take each reviewer's severity (and, but for ``centred``, spread) out of the marks.

    ``z``: (x − μ_r)/σ_r with population σ (*sample*: n − 1); ``robust``: (x − median)/
    (1.4826·MAD); a spread of 0 gives z = 0. ``centred``: μ + mean(x − μ_r). A reviewer with
    fewer than *least* marks is not normalised but measured by all marks together, and flagged.
    Raises NotCountable (``too_few_marks``) without marks.
    """
    exact_marks = {who: exactly(marks[who]) for who in sorted(marks) if marks[who]}
    everything = [mark for given in exact_marks.values() for mark in given.values()]
    if not everything:
        raise NotCountable("too_few_marks", there=0, needed=1)
    whole = _reviewer(everything, method, sample=sample, flagged=False)
    reviewers = {
        who: _reviewer([*given.values()], method, sample=sample, flagged=False)
        if len(given) >= least
        else Reviewer(whole.centre, whole.spread, flagged=True)
        for who, given in exact_marks.items()
    }
    raw = _per_entry(exact_marks)
    flagged = tuple(who for who, each in reviewers.items() if each.flagged)
    working = _working(whole, reviewers)
    if method == "centred":
        shifts = _per_entry({
            who: {item: mark - reviewers[who].centre for item, mark in given.items()}
            for who, given in exact_marks.items()
        })  # fmt: skip
        mapped = {item: whole.centre + shift for item, shift in shifts.items()}
        return Normalised(method, raw, {}, {}, mapped, flagged, working)
    z = _per_entry({
        who: {item: _standard(mark, reviewers[who]) for item, mark in given.items()}
        for who, given in exact_marks.items()
    })  # fmt: skip
    z = {item: _kept(value) for item, value in z.items()}
    t = {item: 50 + 10 * value for item, value in z.items()}
    mapped = {item: _kept(whole.centre + whole.spread * value) for item, value in z.items()}
    return Normalised(method, raw, z, t, mapped, flagged, working)


def _reviewer(
    marks: list[Fraction], method: Method, *, sample: bool, flagged: bool
) -> Reviewer:  # fmt: skip
    if method == "robust":
        centre = median(marks).value
        spread = MAD_TO_SIGMA * median([abs(mark - centre) for mark in marks]).value
        return Reviewer(centre, spread, flagged)
    lone = sample and len(marks) == 1
    spread = Fraction(0) if lone else root(variance(marks, sample=sample).value)
    return Reviewer(mean(marks).value, spread, flagged)


def _standard(mark: Fraction, reviewer: Reviewer) -> Fraction:
    return (mark - reviewer.centre) / reviewer.spread if reviewer.spread else Fraction(0)


def _per_entry(marks: Mapping[str, Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """Mean over the reviewers who marked the entry."""
    items = sorted({item for given in marks.values() for item in given})
    return {
        item: mean([given[item] for given in marks.values() if item in given]).value
        for item in items
    }


def _kept(value: Fraction) -> Fraction:
    return Fraction(rounded(value, KEPT_DECIMALS))


def _working(whole: Reviewer, reviewers: Mapping[str, Reviewer]) -> Working:
    lines = [Line("all_marks", _centre_and_spread(whole))]
    for who, each in reviewers.items():
        rule = "reviewer_flagged" if each.flagged else "reviewer"
        lines.append(Line(rule, _centre_and_spread(each), who))
    return tuple(lines)


def _centre_and_spread(each: Reviewer) -> str:
    return f"μ={plain(each.centre)}, σ={shown(each.spread, SHOWN_DECIMALS)}"
