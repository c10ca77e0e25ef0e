"""Single ballots that add up to given totals, for rehearsals of a vote.

Marks that are limited (as many as there are seats) are dealt round the ballots one after the
other, so each gets an even share and none of them twice the same line. Nothing here is used in
a real vote.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.ballots.rules import BallotRules, Option

Paper = dict[str, Any]
"""A ballot as ``casting.cast`` takes it."""


@dataclass(frozen=True)
class Wanted:
    """The totals: line → option → number. ``loose`` lines may get a further 不赞成 for a name."""

    totals: Mapping[str, Mapping[str, int]]
    write_ins: Mapping[str, int] = field(default_factory=dict)
    loose: frozenset[str] = frozenset()


def wanted(rules: BallotRules, votes: Mapping[str, Any], write_ins: Mapping[str, int]) -> Wanted:
    """Read totals by id or name of a line.

    They are a number of the first option, a list in the order of the options, or option →
    number. Raises KeyError for a line there is not.
    """
    codes = [option.code for option in rules.options]
    ids = {each.name: each.id for each in rules.candidates} | {each: each for each in rules.ids}
    totals: dict[str, dict[str, int]] = {}
    loose = set(rules.ids)
    for name, given in votes.items():
        if isinstance(given, int):
            totals[ids[name]] = {codes[0]: given}
        elif isinstance(given, Mapping):
            totals[ids[name]] = dict(given)
        else:
            totals[ids[name]] = dict(zip(codes, given, strict=False))
        if not isinstance(given, int):
            loose.discard(ids[name])
    return Wanted(totals, dict(write_ins), frozenset(loose))


def papers(rules: BallotRules, count: int, total: Wanted, seed: int) -> list[Paper]:
    """Return *count* ballots with exactly these totals, in an order drawn from *seed*.

    Raises ValueError when there are no such ballots.
    """
    made: list[Paper] = [{"marks": {}, "write_ins": []} for _ in range(count)]
    start = 0
    for option in rules.options:
        for line in (each.id for each in rules.candidates):
            number = total.totals.get(line, {}).get(option.code, 0)
            start = _deal(made, (line, option), number, start)
    for name, number in sorted(total.write_ins.items()):
        _write_in(rules, made, (name, number), total.loose)
    random.Random(seed).shuffle(made)  # noqa: S311  (a rehearsal that can be repeated)
    return made


def drawn(rules: BallotRules, count: int, seed: int) -> list[Paper]:
    """Return *count* valid ballots of people who mostly agree with the list."""
    dice = random.Random(seed)  # noqa: S311  (a rehearsal that can be repeated)
    made = []
    for _ in range(count):
        marks: dict[str, str] = {}
        left = Counter({each.code: each.most or len(rules.ids) for each in rules.options})
        lines = [each.id for each in rules.candidates]  # ids are new in every run
        dice.shuffle(lines)
        for line in lines:
            open_ = [code for code in left if left[code] > 0]
            code = open_[0] if dice.random() < 0.7 else dice.choice(open_)  # noqa: PLR2004  (how many agree)
            left[code] -= 1
            marks[line] = code
        made.append({"marks": marks, "write_ins": []})
    return made


def _deal(made: list[Paper], mark: tuple[str, Option], number: int, start: int) -> int:
    line, option = mark
    free = [no for no in _round(start, len(made)) if line not in made[no]["marks"]]
    most = option.most
    if most is not None:
        free = [no for no in free if _given(made[no], option.code) < most]
        free.sort(key=lambda no: _given(made[no], option.code))
    if number > len(free):
        raise ValueError(f"{line} {option.code}: {number} > {len(free)}")
    for no in free[:number]:
        made[no]["marks"][line] = option.code
    return (free[number - 1] + 1) % len(made) if number else start


def _write_in(
    rules: BallotRules, made: list[Paper], wish: tuple[str, int], loose: frozenset[str]
) -> None:
    name, number = wish
    most = next((each.most for each in rules.options if each.code == rules.write_in_as), None)
    for paper in sorted(made, key=lambda each: _given(each, rules.write_in_as or "")):
        if not number:
            return
        names = len(paper["write_ins"])
        full = most is not None and _given(paper, rules.write_in_as or "") + names >= most
        full = full or names >= rules.write_ins
        if full or not _against(rules, paper, loose):
            continue
        paper["write_ins"].append(name)
        number -= 1
    if number:
        raise ValueError(f"{name}: {number}")


def _against(rules: BallotRules, paper: Paper, loose: frozenset[str]) -> bool:
    """Make sure that another name may stand on the paper: each needs its 不赞成."""
    against = rules.write_in_against
    if against is None or _given(paper, against) > len(paper["write_ins"]):
        return True
    blank = sorted(loose - paper["marks"].keys())
    if blank:
        paper["marks"][blank[0]] = against
    return bool(blank)


def _given(paper: Paper, code: str) -> int:
    return list(paper["marks"].values()).count(code)


def _round(start: int, size: int) -> Sequence[int]:
    return [(start + step) % size for step in range(size)] if size else []
