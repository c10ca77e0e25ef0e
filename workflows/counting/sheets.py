"""Sheets of marks: the sum of criteria, and the rules that make a sheet void.

A sheet rule limits how many entries may get certain grades or marks, forbids that all get the
same, or forbids blanks. Each void sheet has a reason. Selection 4.2 (sheet rules seen on a
public evaluation form), domain specification 5.3 stage 2; the limits are settings (``D``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from workflows.counting.exact import Exact, exactly, plain, quotient
from workflows.counting.working import Answer, Line, NotCountable, Working


@dataclass(frozen=True)
class Criterion:
    """One criterion: marks from 0 to ``most``; ``in_total`` is false for one only shown.

    In the total its mark counts ``weight`` times.
    """

    name: str
    most: Fraction
    in_total: bool = True
    weight: Fraction = Fraction(1)


@dataclass(frozen=True)
class SheetTotal:
    """The sum of one sheet's criteria, and how far each criterion was used (0 to 1)."""

    value: Fraction
    used: Mapping[str, Fraction]
    working: Working = field(repr=False)


@dataclass(frozen=True)
class Limit:
    """At least ``least`` and at most ``most`` entries may have what the limit is about.

    A limit is about certain ``grades``, or about marks from ``low`` (included) to ``high``
    (excluded); an open end is None.
    """

    name: str
    grades: frozenset[str] = frozenset()
    low: Fraction | None = None
    high: Fraction | None = None
    least: int = 0
    most: int | None = None

    def covers(self, mark: str | Fraction) -> bool:
        """Whether *mark* is one the limit counts."""
        if isinstance(mark, str):
            return mark in self.grades
        inside = (self.low is None or mark >= self.low) and (self.high is None or mark < self.high)
        return not self.grades and inside


@dataclass(frozen=True)
class SheetRule:
    """What makes a sheet of grades or marks valid."""

    limits: tuple[Limit, ...] = ()
    all_equal_void: bool = False
    blank_allowed: bool = True


def sheet_total(marks: Mapping[str, Exact], criteria: Sequence[Criterion]) -> SheetTotal:
    """Add up one sheet, for instance 开创性 30, 实效性 40, 推广性 30 (5.3 stage 2, 5.4 ``D``).

    Raises NotCountable: ``keys_differ`` when a criterion has no mark or a mark no criterion,
    ``mark_out_of_range`` when a mark is below 0 or above the criterion's most.
    """
    values = exactly(marks)
    if values.keys() != {each.name for each in criteria}:
        differing = values.keys() ^ {each.name for each in criteria}
        raise NotCountable("keys_differ", keys=", ".join(sorted(differing)))
    for each in criteria:
        if not 0 <= values[each.name] <= each.most:
            raise NotCountable(
                "mark_out_of_range", name=each.name, mark=plain(values[each.name]),
                most=plain(each.most),
            )  # fmt: skip
    counted = [each for each in criteria if each.in_total]
    total = sum((values[each.name] * each.weight for each in counted), Fraction(0))
    left = "+".join(_term(values[each.name], each.weight) for each in counted) or "0"
    used = {each.name: values[each.name] / each.most for each in criteria if each.most}
    names = ", ".join(each.name for each in counted)
    return SheetTotal(total, used, (Line("sheet_total", quotient(left, total), names),))


def sheet_valid(sheet: Mapping[str, str | Fraction | None], rule: SheetRule) -> Answer:
    """Whether a sheet counts; the working names every rule it broke (selection 4.2 ``D``).

    *sheet* is entry → grade (text), mark (exact number) or None for a blank.
    """
    marks = {item: sheet[item] for item in sorted(sheet)}
    given = [mark for mark in marks.values() if mark is not None]
    broken = [] if rule.blank_allowed else [
        Line("sheet_blank", about=item) for item, mark in marks.items() if mark is None
    ]  # fmt: skip
    if rule.all_equal_void and len(given) > 1 and len(set(given)) == 1:
        broken.append(Line("sheet_all_equal", _written(given[0])))
    for limit in rule.limits:
        broken += _outside(limit, sum(limit.covers(mark) for mark in given))
    return Answer(not broken, tuple(broken))


def _term(mark: Fraction, weight: Fraction) -> str:
    if weight == 1:
        return plain(mark)
    text = plain(weight)
    return f"{plain(mark)}×{f'({text})' if '/' in text else text}"


def _outside(limit: Limit, count: int) -> list[Line]:
    if count < limit.least:
        return [Line("sheet_too_few", f"{count} < {limit.least}", limit.name)]
    if limit.most is not None and count > limit.most:
        return [Line("sheet_too_many", f"{count} > {limit.most}", limit.name)]
    return []


def _written(mark: str | Fraction) -> str:
    return mark if isinstance(mark, str) else plain(mark)
