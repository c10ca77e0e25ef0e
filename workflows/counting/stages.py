"""Putting numbers together: weighted stages, classes of participant, two recommendations, grades.

Weights add up to exactly 1 or the sum is refused. Rates are combined, never raw counts, so a
large class does not drown a small one. Selection 4.2; domain specification 4.3 step 4 and 5.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

from workflows.counting.exact import Exact, exact, exactly, plain, quotient
from workflows.counting.working import Amount, Line, NotCountable, Working

EmptyClass = Literal["spread", "refuse"]
"""A class in which nobody took part: spread its weight over the others, or refuse to count."""

GRADES: Final[Mapping[str, Exact]] = {"优秀": 100, "称职": 80, "基本称职": 60, "不称职": 0}
"""Customary points of the four grades (selection 4.2; the values are a setting, ``D``)."""


@dataclass(frozen=True)
class Share:
    """So many of so many: 18 approvals of 30 sheets."""

    part: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.of:
            raise NotCountable("part_above_whole", part=self.part, whole=self.of)


@dataclass(frozen=True)
class GradeResult:
    """Mean points of the grades, and the share of sheets with each grade or a better one.

    ``shares`` has, per grade in descending order of points, its own share; ``up_to`` the share
    of that grade and all better ones (优秀+称职率).
    """

    value: Fraction
    shares: Mapping[str, Fraction]
    up_to: Mapping[str, Fraction]
    working: Working = field(repr=False)


def weighted(scores: Mapping[str, Exact], weights: Mapping[str, Exact]) -> Amount:
    """S = Σ wᵢ·sᵢ over stages or criteria, with Σw = 1 exactly.

    Raises NotCountable: ``weights_not_one``, ``weight_negative``, or ``keys_differ`` when a
    stage has no score or no weight. Domain specification 5.4 rule 2 (``D``); vectors W1, V-R2.
    """
    values, shares = exactly(scores), whole_weights(weights)
    if values.keys() != shares.keys():
        differing = ", ".join(sorted(values.keys() ^ shares.keys()))
        raise NotCountable("keys_differ", keys=differing)
    total = sum((shares[key] * values[key] for key in values), Fraction(0))
    left = "+".join(f"{plain(values[key])}×{plain(shares[key])}" for key in values)
    return Amount(total, (Line("weighted", quotient(left, total), ", ".join(values)),))


def whole_weights(weights: Mapping[str, Exact]) -> dict[str, Fraction]:
    """Return exact weights; raises NotCountable unless each is ≥ 0 and they sum to exactly 1."""
    shares = exactly(weights)
    for key, share in shares.items():
        if share < 0:
            raise NotCountable("weight_negative", key=key, weight=plain(share))
    total = sum(shares.values(), Fraction(0))
    if total != 1:
        raise NotCountable("weights_not_one", total=plain(total))
    return shares


def by_class(
    classes: Mapping[str, Share], weights: Mapping[str, Exact], *, empty: EmptyClass = "spread"
) -> Amount:
    """Class-weighted approval S = Σ w_c·(yes_c / n_c); vectors G1 and 两推.

    A class of nobody has no rate. With ``spread`` the other weights grow in proportion, with
    ``refuse`` the count raises NotCountable (``class_empty``); so it does when all are empty.
    Raises ``keys_differ`` when classes and weights do not match. Selection 4.2.
    """
    shares = whole_weights(weights)
    if classes.keys() != shares.keys():
        raise NotCountable("keys_differ", keys=", ".join(sorted(classes.keys() ^ shares.keys())))
    vacant = [name for name in sorted(classes) if classes[name].of == 0]
    left = sum((shares[name] for name in shares if name not in vacant), Fraction(0))
    if vacant and (empty == "refuse" or left == 0):
        raise NotCountable("class_empty", name=", ".join(vacant))
    lines = [Line("class_spread", f"{plain(shares[name])} → 0", name) for name in vacant]
    present = {name: shares[name] / left for name in shares if name not in vacant}
    rates = {name: Fraction(classes[name].part, classes[name].of) for name in present}
    total = sum((present[name] * rates[name] for name in present), Fraction(0))
    terms = "+".join(
        f"{classes[name].part}/{classes[name].of}×{_factor(present[name])}" for name in present
    )
    lines.append(Line("by_class", quotient(terms, total), ", ".join(present)))
    return Amount(total, tuple(lines))


def pooled(classes: Mapping[str, Share]) -> Amount:
    """All classes thrown together, shown beside the class-weighted rate (selection 4.2)."""
    part = sum(each.part for each in classes.values())
    whole = sum(each.of for each in classes.values())
    if whole == 0:
        raise NotCountable("class_empty", name=", ".join(sorted(classes)))
    return Amount(Fraction(part, whole), (Line("pooled", f"{part}/{whole}"),))


def two_recommendations(
    votes: Mapping[str, Mapping[str, int]],
    returned: Mapping[str, int],
    weights: Mapping[str, Exact],
) -> Mapping[str, Amount]:
    """两推: each person's votes among members and among masses become one rate.

    *votes* is person → class → approvals, *returned* class → valid sheets. Each class is a
    rate first; adding raw counts would hide the smaller class. Step 4 of the public
    recommendation (``S30``, weights ``D``). Raises NotCountable as ``by_class`` does.
    """
    return {
        person: by_class(
            {name: Share(votes[person].get(name, 0), of) for name, of in returned.items()}, weights
        )
        for person in sorted(votes)
    }


def grades(
    counts: Mapping[str, int],
    points: Mapping[str, Exact] = GRADES,
    *,
    abstained: int = 0,
    abstained_in_divisor: bool = False,
) -> GradeResult:
    """Points of 优秀/称职/基本称职/不称职 sheets, and the usual rates; vector 23/12/4/1 → 87.5.

    Whether abstentions (弃权、不了解) stay in the divisor is declared by the caller; there they
    count as 0 points. Raises NotCountable (``keys_differ``, ``too_few_marks``). Selection 4.2.
    """
    worth = exactly(points)
    if not counts.keys() <= worth.keys():
        raise NotCountable("keys_differ", keys=", ".join(sorted(counts.keys() - worth.keys())))
    divisor = sum(counts.values()) + (abstained if abstained_in_divisor else 0)
    if divisor == 0:
        raise NotCountable("too_few_marks", there=0, needed=1)
    best_first = sorted(worth, key=lambda grade: (-worth[grade], grade))
    terms = [(counts.get(grade, 0), worth[grade]) for grade in best_first]
    value = sum((number * each for number, each in terms), Fraction(0)) / divisor
    left = "+".join(f"{number}×{plain(each)}" for number, each in terms)
    shares = {grade: Fraction(counts.get(grade, 0), divisor) for grade in best_first}
    up_to = {
        grade: sum((shares[each] for each in best_first[: no + 1]), Fraction(0))
        for no, grade in enumerate(best_first)
    }
    line = Line("grades", quotient(f"({left})/{divisor}", value), ", ".join(best_first))
    return GradeResult(value, shares, up_to, (line,))


def _factor(share: Fraction) -> str:
    text = plain(share)
    return f"({text})" if "/" in text else text


def carried(previous: Exact, current: Exact, carry: Exact) -> Amount:
    """A stage's total with the score of the stage before carried over (初评→复评→终评).

    *carry* is the share of the previous score, the rest is the current one's. Domain
    specification 5.3 (``D``): final = carried 50 % + defence 50 %.
    """
    share = exact(carry)
    return weighted(
        {"previous": previous, "current": current}, {"previous": share, "current": 1 - share}
    )
