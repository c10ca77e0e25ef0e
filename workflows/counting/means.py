"""Means of a panel's marks: plain, median, trimmed, with flags for outliers and disagreement.

An expert who is recused gives no mark; his absence is not a zero. Trimming drops one of several
equal extremes, not all. Domain specification 5.4, ``D``; vectors T27–T29, selection 4.1 T1–T5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from workflows.counting.exact import Exact, added, exact, exactly, plain, quotient
from workflows.counting.working import Amount, Answer, Line, NotCountable, Working

FEW_MARKS: Final = 5
"""Below this many marks a panel's mean is shown with a warning (5.4 rule 1, ``D``)."""


@dataclass(frozen=True)
class PanelRule:
    """How a panel's marks become one number; every part is a setting (5.4, ``D``).

    With ``trim_from`` marks or more, ``drop`` highest and ``drop`` lowest are left out. Fewer
    than ``least`` marks ask for a substitute expert. A mark further than ``outlier`` from the
    median needs a reason; a standard deviation above ``disagreement`` is flagged.
    """

    trim_from: int = 7
    drop: int = 1
    least: int = FEW_MARKS
    outlier: Fraction = Fraction(20)
    disagreement: Fraction | None = None


STANDARD: Final = PanelRule()


@dataclass(frozen=True)
class PanelScore:
    """A panel's mean of one entry: which marks were left out, and what somebody must look at.

    ``short`` is how many valid marks are missing; ``outliers`` are experts who owe a reason.
    """

    value: Fraction
    dropped: tuple[str, ...]
    short: int
    outliers: tuple[str, ...]
    disagrees: bool
    warnings: tuple[str, ...]
    working: Working = field(repr=False)


def mean(marks: Sequence[Exact]) -> Amount:
    """x̄ = Σx/n (selection 4.1). Raises NotCountable (``too_few_marks``) without marks."""
    values = [exact(each) for each in marks]
    _enough(len(values), 1)
    return _mean(values, "mean")


def median(marks: Sequence[Exact]) -> Amount:
    """The middle mark, or the mean of the two middle ones (selection 4.1)."""
    values = sorted(exact(each) for each in marks)
    _enough(len(values), 1)
    half = len(values) // 2
    return _mean(values[half : half + 1] if len(values) % 2 else values[half - 1 : half + 1],
                 "median")  # fmt: skip


def quartiles(marks: Sequence[Exact]) -> tuple[Fraction, Fraction, Fraction]:
    """Return the lower quartile, the median and the upper quartile, for plots of the spread.

    Between two marks the quartile lies in proportion (the inclusive method of spreadsheets).
    Raises NotCountable (``too_few_marks``) without marks.
    """
    values = sorted(exact(each) for each in marks)
    _enough(len(values), 1)
    found = []
    for share in (1, 2, 3):
        whole, rest = divmod((len(values) - 1) * share, 4)
        above = values[min(whole + 1, len(values) - 1)]
        found.append(values[whole] + (above - values[whole]) * Fraction(rest, 4))
    return found[0], found[1], found[2]


def trimmed(marks: Sequence[Exact], drop: int = 1) -> Amount:
    """Mean without the *drop* highest and lowest marks (去掉最高分、最低分; 5.4 rule 1, ``D``).

    Raises NotCountable (``too_few_marks``) unless more than twice *drop* marks are there: two
    marks without extremes are not 0.
    """
    values = sorted(exact(each) for each in marks)
    _enough(len(values), 2 * drop + 1)
    kept = values[drop : len(values) - drop]
    lost = (
        *(Line("dropped_low", plain(each)) for each in values[:drop]),
        *(Line("dropped_high", plain(each)) for each in values[len(values) - drop :]),
    )
    result = _mean(kept, "trimmed_mean")
    return Amount(result.value, lost + result.working)


def variance(marks: Sequence[Exact], *, sample: bool = False) -> Amount:
    """Mean squared distance from the mean; *sample* divides by n − 1 instead of n."""
    values = [exact(each) for each in marks]
    _enough(len(values), 2 if sample else 1)
    centre = sum(values, Fraction(0)) / len(values)
    squares = [(each - centre) ** 2 for each in values]
    below = len(values) - (1 if sample else 0)
    value = sum(squares, Fraction(0)) / below
    return Amount(value, (Line("variance", quotient(f"({added(squares)})/{below}", value)),))


def panel_score(marks: Mapping[str, Exact | None], rule: PanelRule = STANDARD) -> PanelScore:
    """One entry's score from the marks of its experts; None is a recused expert.

    Raises NotCountable (``too_few_marks``) when nobody gave a mark. Domain specification 5.4
    rules 1, 3 and 4 (``D``).
    """
    valid = exactly({who: mark for who, mark in marks.items() if mark is not None})
    _enough(len(valid), 1)
    recused = tuple(Line("recused", about=who) for who in sorted(marks.keys() - valid.keys()))
    dropped, trimming = _extremes(valid, rule)
    kept = [mark for who, mark in valid.items() if who not in dropped]
    result = _mean(kept, "trimmed_mean" if dropped else "mean")
    outliers, noticed = _outliers(valid, rule.outlier)
    limit = rule.disagreement
    spread = Answer(False, ()) if limit is None else disagreement([*valid.values()], limit)
    return PanelScore(
        result.value,
        dropped,
        max(0, rule.least - len(valid)),
        outliers,
        spread.value,
        ("few_marks",) if len(valid) < FEW_MARKS else (),
        recused + trimming + result.working + noticed + spread.working,
    )


def disagreement(marks: Sequence[Exact], limit: Exact) -> Answer:
    """Whether the population standard deviation exceeds *limit*; compared as squares, exactly.

    Selection 4.3; the limit is a setting (``D``). Raises NotCountable (``too_few_marks``).
    """
    result, bound = variance(marks), exact(limit)
    above = result.value > bound**2
    compared = f"{plain(result.value)} {'>' if above else '≤'} {plain(bound)}²={plain(bound**2)}"
    rule = "disagreement" if above else "agreement"
    return Answer(above, (*result.working, Line(rule, compared)))


def _extremes(valid: Mapping[str, Fraction], rule: PanelRule) -> tuple[tuple[str, ...], Working]:
    """Choose whose marks are left out.

    Which of several equal extremes goes is arbitrary and changes nothing in the mean.
    """
    if len(valid) < rule.trim_from or rule.drop == 0:
        return (), (Line("not_trimmed", f"{len(valid)} < {rule.trim_from}"),)
    _enough(len(valid), 2 * rule.drop + 1)
    order = sorted(valid, key=lambda who: (valid[who], who))
    low, high = order[: rule.drop], order[len(order) - rule.drop :]
    lines = [Line("dropped_low", plain(valid[who]), who) for who in low]
    lines += [Line("dropped_high", plain(valid[who]), who) for who in high]
    return (*low, *high), tuple(lines)


def _outliers(valid: Mapping[str, Fraction], limit: Fraction) -> tuple[tuple[str, ...], Working]:
    centre = median([*valid.values()]).value
    far = tuple(who for who, mark in valid.items() if abs(mark - centre) > limit)
    return far, tuple(
        Line("outlier", f"|{plain(valid[who])}-{plain(centre)}|"
             f"={plain(abs(valid[who] - centre))} > {plain(limit)}", who)
        for who in far
    )  # fmt: skip


def _mean(values: Sequence[Fraction], rule: str) -> Amount:
    value = sum(values, Fraction(0)) / len(values)
    left = f"({added(values)})/{len(values)}" if len(values) > 1 else added(values)
    return Amount(value, (Line(rule, quotient(left, value)),))


def _enough(there: int, needed: int) -> None:
    if there < needed:
        raise NotCountable("too_few_marks", there=there, needed=needed)
