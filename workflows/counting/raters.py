"""Additive rater effects for incomplete designs: x_rp = q_p + b_r by least squares, Σb = 0.

When not every reviewer saw every entry, raw means punish whoever met the strict ones. The
normal equations are solved in fractions, so the answer is exact. Selection 4.3, vector L1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from workflows.counting.exact import Exact, exactly, plain
from workflows.counting.working import Line, NotCountable, Working


@dataclass(frozen=True)
class RaterEffects:
    """``quality`` per entry, ``bias`` per reviewer (Σ = 0), ``residuals`` per given mark."""

    quality: Mapping[str, Fraction]
    bias: Mapping[str, Fraction]
    residuals: Mapping[tuple[str, str], Fraction]
    working: Working = field(repr=False)


def rater_effects(marks: Mapping[str, Mapping[str, Exact]]) -> RaterEffects:
    """Separate reviewers' severity from entries' quality; *marks* is reviewer → entry → mark.

    Raises NotCountable (``design_not_connected``) when reviewers and entries fall into parts
    that share nobody, since then the parts cannot be compared; ``too_few_marks`` without marks.
    """
    given = {who: exactly(marks[who]) for who in sorted(marks) if marks[who]}
    if not given:
        raise NotCountable("too_few_marks", there=0, needed=1)
    _connected(given)
    seen_by = _turned(given)
    bias = dict(zip(given, _solve(*_equations(given, seen_by)), strict=True))
    quality = {
        item: sum((mark - bias[who] for who, mark in by.items()), Fraction(0)) / len(by)
        for item, by in seen_by.items()
    }
    residuals = {
        (who, item): mark - quality[item] - bias[who]
        for who, row in given.items()
        for item, mark in row.items()
    }
    lines = [Line("rater_bias", plain(value), who) for who, value in bias.items()]
    lines += [Line("rater_quality", plain(value), item) for item, value in quality.items()]
    return RaterEffects(quality, bias, residuals, tuple(lines))


def severity(marks: Mapping[str, Mapping[str, Exact]]) -> dict[str, Fraction]:
    """Return how far each reviewer's marks lie from the panels' means of the same entries.

    *marks* is reviewer → entry → mark. Below 0 is stricter than the others, above is milder. An
    entry with a single mark tells nothing and is left out; so is who has no other. Selection
    4.3; it describes, and corrects nothing.
    """
    given = {who: exactly(marks[who]) for who in sorted(marks)}
    means = {
        item: sum(by.values(), Fraction(0)) / len(by)
        for item, by in _turned(given).items()
        if len(by) > 1
    }
    found = {}
    for who, row in given.items():
        apart = [mark - means[item] for item, mark in row.items() if item in means]
        if apart:
            found[who] = sum(apart, Fraction(0)) / len(apart)
    return found


def _turned(given: Mapping[str, Mapping[str, Fraction]]) -> dict[str, dict[str, Fraction]]:
    items = sorted({item for row in given.values() for item in row})
    return {item: {who: row[item] for who, row in given.items() if item in row} for item in items}


def _connected(given: Mapping[str, Mapping[str, Fraction]]) -> None:
    """Walk from the first reviewer over shared entries; everybody must be reached."""
    whom = next(iter(given))
    reached, items, waiting = {whom}, set[str](), [whom]
    while waiting:
        items |= given[waiting.pop()].keys()
        near = {who for who, row in given.items() if who not in reached and row.keys() & items}
        reached |= near
        waiting += sorted(near)
    if len(reached) < len(given):
        apart = ", ".join(who for who in given if who not in reached)
        raise NotCountable("design_not_connected", reviewers=apart)


def _equations(
    given: Mapping[str, Mapping[str, Fraction]], seen_by: Mapping[str, Mapping[str, Fraction]]
) -> tuple[list[list[Fraction]], list[Fraction]]:
    """Eliminate the entries: one equation per reviewer, the last replaced by Σb = 0."""
    who_at = {who: n for n, who in enumerate(given)}
    size = len(given)
    left = [[Fraction(0)] * size for _ in range(size)]
    right = [Fraction(0)] * size
    for by in seen_by.values():
        average = sum(by.values(), Fraction(0)) / len(by)
        for who, mark in by.items():
            right[who_at[who]] += mark - average
            left[who_at[who]][who_at[who]] += 1
            for other in by:
                left[who_at[who]][who_at[other]] -= Fraction(1, len(by))
    left[-1], right[-1] = [Fraction(1)] * size, Fraction(0)
    return left, right


def _solve(left: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss-Jordan in fractions; the equations are known to have one solution."""
    rows = [[*row, value] for row, value in zip(left, right, strict=True)]
    for at in range(len(rows)):
        pivot = next(n for n in range(at, len(rows)) if rows[n][at])
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [each / rows[at][at] for each in rows[at]]
        for n, row in enumerate(rows):
            if n != at and row[at]:
                rows[n] = [a - row[at] * b for a, b in zip(row, rows[at], strict=True)]
    return [row[-1] for row in rows]
