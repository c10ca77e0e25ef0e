"""Functions that conditions in rules and diagrams may call besides the built-ins of FEEL.

They take FEEL values (numbers are Decimals) and, as is usual in FEEL, give null for arguments
that make no sense; a rule that requires null is not satisfied. The threshold functions exist
twice: ``VERDICTS`` returns the verdict with its working, ``FUNCTIONS`` only the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from workflows import thresholds
from workflows.checks import (
    birth_in,
    is_docno,
    is_idcard,
    month_of,
    names_a_number,
    party_date,
)
from workflows.counting import differential, presets
from workflows.counting.elections import near_full as near_full_of
from workflows.counting.working import Answer
from workflows.periods import probation_end, recommendation_valid_until
from workflows.thresholds import Verdict

Function = Callable[..., Any]
NAMING = ("id", "name", "member", "candidate", "person", "nominee", "object")
"""Keys by which a person, or a row of a form about a person, says who it is."""


def at_least(part: Any, base: Any, share: Any) -> Verdict | None:
    """以上: ``at_least(8, 11, "2/3")``."""
    return _share(thresholds.at_least, part, base, share)


def more_than(part: Any, base: Any, share: Any) -> Verdict | None:
    """超过: ``more_than(6, 11, "1/2")``."""
    return _share(thresholds.more_than, part, base, share)


def majority(agree: Any, due: Any, recused: Any, recused_in_base: Any) -> Verdict | None:
    """``majority(agree, due, recused, recused_in_base)``: more than half of those due agree."""
    numbers = _counts((agree, due, recused))
    if numbers is None or not isinstance(recused_in_base, bool) or numbers[2] > numbers[1]:
        return None
    return thresholds.majority(
        numbers[0], numbers[1], recused=numbers[2], recused_in_base=recused_in_base
    )


def votes_add_up(*counts: Any) -> Verdict | None:
    """``votes_add_up(present, recused, agree, disagree, defer)``."""
    return _counted(thresholds.votes_add_up, 5, counts)


def vacancies(*counts: Any) -> Verdict | None:
    """``vacancies(approved, used, vacant)``."""
    return _counted(thresholds.vacancies, 3, counts)


def enough_objects(objects: Any, posts: Any, ratio: Any) -> Verdict | None:
    """``enough_objects(n_objects, n_posts, "2/1")``: a differential choice is possible."""
    numbers, fraction = _counts((objects, posts)), _fraction(ratio)
    if numbers is None or fraction is None or not numbers[1]:
        return None
    return thresholds.differential_objects(numbers[0], numbers[1], fraction)


def enough_candidates(candidates: Any, seats: Any, share: Any) -> Verdict | None:
    """差额: ``enough_candidates(n, seats, "1/5")``: a fifth more candidates than **seats**."""
    numbers, fraction = _counts((candidates, seats)), _fraction(share)
    if numbers is None or fraction is None or not numbers[1]:
        return None
    return _verdict(differential.differential(numbers[0], numbers[1], fraction))


def near_full(elected: Any, seats: Any) -> Verdict | None:
    """接近应选名额: ``near_full(elected, seats)``, as the rule of members' meetings has it."""
    numbers = _counts((elected, seats))
    if numbers is None or numbers[0] > numbers[1]:
        return None
    return _verdict(near_full_of(presets.preset("members_election"), numbers[1], numbers[0]))


def candidate_minimum(seats: Any) -> Decimal | None:
    """Fewest candidates for *seats* in an election of 差额: seats + ⌈seats / 5⌉."""
    numbers = _counts((seats,))
    if numbers is None or not numbers[0]:
        return None
    return Decimal(int(differential.candidate_minimum(numbers[0]).value))


def signed(value: Any) -> bool:
    """Whether a signature field has been signed."""
    return value is True or (isinstance(value, Mapping) and bool(value))


def people(*values: Any) -> Decimal:
    """Count the different people among persons, names, rows with a name, and lists of these."""
    return Decimal(len(set(_people(values))))


def same_person(one: Any, other: Any) -> bool:
    """Whether two fields name the same person."""
    return bool(set(_people((one,))) & set(_people((other,))))


def blank(value: Any) -> bool:
    """Whether a field was left empty: null, empty text or an empty list."""
    return value is None or value in ("", []) or (isinstance(value, str) and not value.strip())


def birth_matches(idcard: Any, month: Any) -> bool | None:
    """Whether the birth date in an identity number lies in *month*."""
    born = birth_in(idcard) if isinstance(idcard, str) else None
    stated = month_of(month) if isinstance(month, str) else None
    return None if born is None or stated is None else f"{born:%Y%m}" == stated


def _text(check: Callable[[str], bool]) -> Function:
    def checked(value: Any) -> bool | None:
        return check(value) if isinstance(value, str) else None

    return checked


def _day(period: Callable[[date], date]) -> Function:
    def computed(value: Any) -> date | None:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            return None
        return period(date(day.year, day.month, day.day)) if isinstance(day, date) else None

    return computed


VERDICTS: Mapping[str, Function] = {
    "at_least": at_least,
    "more_than": more_than,
    "majority": majority,
    "votes_add_up": votes_add_up,
    "vacancies": vacancies,
    "enough_objects": enough_objects,
    "enough_candidates": enough_candidates,
    "near_full": near_full,
}


def _answer(call: Function) -> Function:
    def answered(*arguments: Any) -> bool | None:
        verdict = call(*arguments)
        return None if verdict is None else verdict.value

    answered.__doc__ = call.__doc__
    return answered


FUNCTIONS: Mapping[str, Function] = {
    **{name: _answer(call) for name, call in VERDICTS.items()},
    "signed": signed,
    "people": people,
    "same_person": same_person,
    "blank": blank,
    "candidate_minimum": candidate_minimum,
    "is_idcard": _text(is_idcard),
    "is_docno": _text(is_docno),
    "names_a_number": _text(names_a_number),
    "is_party_date": _text(lambda text: party_date(text) is not None),
    "birth_matches": birth_matches,
    "probation_end": _day(probation_end),
    "recommendation_valid_until": _day(recommendation_valid_until),
}


def recorded(working: list[str]) -> dict[str, Function]:
    """Return the functions, those with a verdict also writing their working to *working*."""

    def record(call: Function) -> Function:
        def answered(*arguments: Any) -> bool | None:
            verdict = call(*arguments)
            if verdict is None:
                return None
            working.extend(part for part in verdict.working if part not in working)
            return bool(verdict.value)

        return answered

    return {**FUNCTIONS, **{name: record(call) for name, call in VERDICTS.items()}}


def _verdict(answer: Answer) -> Verdict:
    return Verdict(answer.value, tuple(line.sum for line in answer.working if line.sum))


def _share(call: Callable[..., Verdict], part: Any, base: Any, share: Any) -> Verdict | None:
    numbers, fraction = _counts((part, base)), _fraction(share)
    if numbers is None or fraction is None:
        return None
    return call(numbers[0], fraction, of=numbers[1])


def _counted(call: Callable[..., Verdict], n: int, counts: tuple[Any, ...]) -> Verdict | None:
    numbers = _counts(counts) if len(counts) == n else None
    return None if numbers is None else call(*numbers)


def _counts(values: tuple[Any, ...]) -> list[int] | None:
    """Return *values* as whole numbers from zero up, or None if one is anything else."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        if value < 0 or value != int(value):
            return None
    return [int(value) for value in values]


def _fraction(value: Any) -> Fraction | None:
    try:
        return Fraction(value) if isinstance(value, str | int | Decimal) else None
    except (ValueError, ZeroDivisionError):
        return None


def _people(values: Any) -> Iterator[str]:
    """Yield who is named: the id of a person, else the name in a row or a text."""
    if isinstance(values, list | tuple):
        for value in values:
            yield from _people(value)
    elif isinstance(values, Mapping):
        yield from _people(next((values[key] for key in NAMING if values.get(key)), None))
    elif isinstance(values, str) and values.strip():
        yield values.strip()
