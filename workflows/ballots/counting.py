"""Adding up opened ballots: totals, void ballots by reason, classes where they hide nobody.

The recount script does the same from its own text; both must give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workflows.ballots.rules import Ballot, BallotRules

Opened = tuple[Ballot | str, str]
"""A ballot, or the code of why it is none, and the class of its slip."""


def count(rules: BallotRules, opened: Sequence[Opened]) -> dict[str, Any]:
    """Return the totals of a box.

    ``totals`` is candidate → option → number, unmarked lines under the ``blank`` option;
    ``invalid`` is reason → number; ``classes`` holds only what may be shown, see ``hidden``.
    """
    judged = [(ballot, _reason(rules, ballot), voter_class) for ballot, voter_class in opened]
    valid = [(ballot, voter_class) for ballot, reason, voter_class in judged if reason is None]
    papers = [ballot for ballot, _ in valid if isinstance(ballot, Ballot)]
    sizes = Counter(voter_class for _, _, voter_class in judged)
    covered = hidden({name: sizes[name] for name in rules.classes}, rules.class_minimum)
    return {
        "ballots": len(judged),
        "valid": len(papers),
        "invalid": dict(Counter(reason for _, reason, _ in judged if reason is not None)),
        "totals": _totals(rules, papers),
        "write_ins": dict(Counter(name for paper in papers for name in paper.write_ins)),
        "hidden_classes": sorted(covered),
        "classes": {
            name: _class(rules, name, sizes[name], valid)
            for name in rules.classes
            if name not in covered
        },
    }


def hidden(sizes: Mapping[str, int], minimum: int) -> set[str]:
    """Return the classes whose totals must not be shown.

    Those with fewer ballots than *minimum*; and, because the whole minus the others gives a
    single hidden one away, further classes from the smallest up until the hidden are at least
    two and have *minimum* ballots together. Empty classes hide nobody.
    """
    voting = sorted((size, name) for name, size in sizes.items() if size)
    covered = {name for size, name in voting if size < minimum}
    for _size, name in voting:
        if not covered or (len(covered) > 1 and sum(sizes[each] for each in covered) >= minimum):
            break
        covered.add(name)
    return covered


def add_paper(box: dict[str, Any], paper: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return box, paper and the sum of both, each under its name."""
    parts = [box, *paper]
    whole = {
        "ballots": sum(part["ballots"] for part in parts),
        "valid": sum(part["valid"] for part in parts),
        "invalid": _sum(part["invalid"] for part in parts),
        "write_ins": _sum(part["write_ins"] for part in parts),
        "totals": {key: _sum(part["totals"][key] for part in parts) for key in box["totals"]},
    }
    return {"box": box, "paper": [dict(part) for part in paper], "sum": whole}


def _reason(rules: BallotRules, ballot: Ballot | str) -> str | None:
    return ballot if isinstance(ballot, str) else rules.reason(ballot)


def _class(
    rules: BallotRules, name: str, size: int, valid: Iterable[tuple[Ballot | str, str]]
) -> dict[str, Any]:
    papers = [paper for paper, its in valid if its == name and isinstance(paper, Ballot)]
    return {"ballots": size, "valid": len(papers), "totals": _totals(rules, papers)}


def _totals(rules: BallotRules, papers: Sequence[Ballot]) -> dict[str, dict[str, int]]:
    codes = [option.code for option in rules.options]
    codes += [rules.blank] if rules.blank is not None else []
    totals = {each.id: dict.fromkeys(codes, 0) for each in rules.candidates}
    for paper in papers:
        for candidate, marks in totals.items():
            marks[paper.marks.get(candidate, rules.blank or "")] += 1
    return totals


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
