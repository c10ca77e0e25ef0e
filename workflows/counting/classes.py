"""Which totals by class of voter may be shown without telling how a single person voted.

A class below the minimum is hidden, and no hidden number may follow by subtraction: when the
classes that are hidden are together still below the minimum, the smallest shown one is hidden
too. Domain specification 2.6 (fewer than 5), selection 3.3 (default 10, never below 5), ``D``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from workflows.counting.working import Line, NotCountable, Working

LEAST_EVER: Final = 5
LEAST_USUALLY: Final = 10


@dataclass(frozen=True)
class Publishable:
    """Classes whose totals may be shown, those hidden, and shown ones that were unanimous.

    ``total`` says whether even the sum over all classes may be shown.
    """

    value: tuple[str, ...]
    hidden: tuple[str, ...]
    unanimous: tuple[str, ...]
    total: bool
    working: Working = field(repr=False)


def publishable(
    sizes: Mapping[str, int],
    choices: Mapping[str, Mapping[str, int]] | None = None,
    *,
    least: int = LEAST_USUALLY,
) -> Publishable:
    """Decide which classes may be shown, given class → number who took part.

    *choices* (class → answer → count) finds unanimous classes: unanimity tells everybody's
    answer whatever the size, which the page must say. Raises NotCountable (``least_too_low``)
    when *least* is below five.
    """
    if least < LEAST_EVER:
        raise NotCountable("least_too_low", least=least, most=LEAST_EVER)
    by_size = sorted((size, name) for name, size in sizes.items() if size)
    small = [name for size, name in by_size if size < least]
    lines = [Line("class_small", f"{sizes[name]} < {least}", name) for name in small]
    hidden = list(small)
    rest = [name for _, name in by_size if name not in small]
    while hidden and rest and _of(hidden, sizes) < least:
        lines.append(Line("class_by_difference", f"{_of(hidden, sizes)} < {least}", rest[0]))
        hidden.append(rest.pop(0))
    unanimous = tuple(
        name for name in sorted(rest) if choices and _unanimous(choices.get(name, {}))
    )
    lines += [Line("class_unanimous", about=name) for name in unanimous]
    everybody = sum(sizes.values())
    total = everybody >= least
    return Publishable(tuple(sorted(rest)), tuple(sorted(hidden)), unanimous, total, tuple(lines))


def _of(names: list[str], sizes: Mapping[str, int]) -> int:
    return sum(sizes[name] for name in names)


def _unanimous(answers: Mapping[str, int]) -> bool:
    return sum(1 for count in answers.values() if count) == 1
