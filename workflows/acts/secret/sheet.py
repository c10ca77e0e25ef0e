"""What all secret acts have in common: how a vote is held, what is marked, what was counted.

``Material.more`` of such an act is what ``bridge.gather`` returns: the numbers, the findings
and the totals of the event, never a ballot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.kind import Material, listed, wrong
from workflows.ballots import counting
from workflows.ballots.rules import SMALLEST_CLASS
from workflows.counting.exact import exact, plain
from workflows.counting.presets import preset
from workflows.counting.rules import CountingRule, Turnout
from workflows.counting.stages import whole_weights
from workflows.counting.working import Line, NotCountable, Working

CHANNELS: Final = ("electronic", "paper", "mixed")
HOLDING: Final = {
    "voters": Attribute(feel="list"),
    "roll": Attribute(feel="list"),
    "scrutineers": Attribute(feel="list"),
    "tellers": Attribute(feel="list"),
    "desk": Attribute(feel="list"),
    "mode": Attribute(pattern="slip|login"),
    "channel": Attribute(pattern="|".join(CHANNELS), either=True),
    "title": Attribute(either=True),
    "deadline": Attribute(feel="date"),
}
CLASSES: Final = {
    "classes": Attribute(feel="list"),
    "class_minimum": Attribute(pattern=r"\d{1,3}"),
}
YES_NO: Final = "true|false"
FEW: Final = 30
"""Ids of a summary; the others are in the record."""
MAX_CLASSES: Final = 20
MAX_NUMBER: Final = 100_000
WRITTEN: Final = "+"
"""Begins the id of somebody whose name was written in."""


def holding(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the vote is held; paper cannot be exchanged where nobody has a slip."""
    mode = written.get("mode") or "slip"
    channel = written.get("channel") or "electronic"
    if channel not in CHANNELS:
        raise wrong("channel", " | ".join(CHANNELS))
    if mode == "login" and channel != "electronic":
        raise wrong("channel", "login")
    return {
        "mode": "paper" if channel == "paper" else mode, "channel": channel,
        "title": str(written.get("title") or "")[:200],
    }  # fmt: skip


def classes(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return classes with their weights (all or none, adding up to exactly one)."""
    minimum = int(written.get("class_minimum") or 10)
    if minimum < SMALLEST_CLASS:
        raise wrong("class_minimum", f"≥ {SMALLEST_CLASS}")
    given = written.get("classes")
    found = listed(given, "classes", limit=MAX_CLASSES) if given else []
    for each in found:
        if "/" in each["id"]:
            raise wrong("classes", "/")
    weights = {each["id"]: each["weight"] for each in found if each.get("weight") is not None}
    if weights and len(weights) != len(found):
        raise wrong("classes", "weight")
    return {"classes": found, "class_minimum": minimum, "weights": _whole(weights)}


def _whole(weights: Mapping[str, Any]) -> dict[str, str]:
    """Return weights as shares of one; 2 : 1 is as good as 2/3 : 1/3."""
    if not weights:
        return {}
    try:
        values = {key: exact(value) for key, value in weights.items()}
        total = sum(values.values(), Fraction(0))
        if total <= 0:
            raise wrong("classes", "weight")
        shares = whole_weights({key: value / total for key, value in values.items()})
    except NotCountable as error:
        raise wrong("classes", "weight") from error
    return {key: plain(value) for key, value in shares.items()}


def people(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the lines of a paper for people, with the known person behind each."""
    return [{"id": each["id"], "name": each["name"], "person": person_of(each)} for each in entries]


def person_of(entry: Mapping[str, Any]) -> str:
    """Return the id of the person an entry is about, or nothing."""
    person = entry.get("person")
    found = person.get("id") if isinstance(person, Mapping) else person
    return str(found or "")


def rule_of(written: Mapping[str, Any], usual: str) -> CountingRule:
    """Return the counting rule that is named; raises Invalid for one there is not."""
    name = str(written.get("rule") or usual)
    try:
        return preset(name)
    except NotCountable as error:
        raise wrong("rule", name) from error


def number(written: Mapping[str, Any], name: str, usual: int | None = None) -> int | None:
    """Return a whole number from 1 up that an attribute gives; raises Invalid."""
    value = written.get(name)
    if value is None or value == "":
        return usual
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_NUMBER:
        raise wrong(name, "1, 2, 3 …")
    return value


@dataclass(frozen=True)
class Counted:
    """What came out of the event: ``void`` says why it decides nothing, or is empty."""

    void: str
    numbers: Mapping[str, int]
    totals: Mapping[str, Mapping[str, int]]
    write_ins: Mapping[str, int]
    valid: int
    ballots: int
    invalid: Mapping[str, int]

    def turnout(self, members: int | None) -> Turnout:
        """Return the numbers of the meeting as counting rules want them."""
        number = self.numbers
        return Turnout(
            members if members is not None else number["due"], number["due"], number["present"],
            number["issued"], self.ballots, self.valid,
        )  # fmt: skip

    def said(self) -> dict[str, Any]:
        """Return the numbers for record and page."""
        return {
            **self.numbers, "returned": self.ballots, "valid": self.valid,
            "void": self.ballots - self.valid, "invalid": dict(self.invalid),
        }  # fmt: skip

    def brief(self) -> dict[str, Any]:
        """Return the numbers gateways and sentences of the case may need."""
        number = self.numbers
        return {
            "voters": number["due"], "present": number["present"], "issued": number["issued"],
            "returned": self.ballots, "valid_papers": self.valid,
            "void_papers": self.ballots - self.valid,
        }  # fmt: skip


TOO_MANY: Final = ("returned_over_issued", "paper_over_handed_out", "used_over_issued")


def counted(material: Material) -> Counted:
    """Return what was counted. Before anything is, all numbers are nought."""
    more = material.more or {}
    statement = more.get("statement") or {}
    numbers = statement.get("numbers") or {}
    findings = statement.get("findings") or (["called_off"] if more.get("state") == "void" else [])
    void = ""
    if findings:
        papers = any(each in TOO_MANY for each in findings)
        void = (
            "called_off"
            if "called_off" in findings
            else ("too_many_papers" if papers else "numbers")
        )
    whole = (more.get("result") or {}).get("sum") or {}
    known = {name: int(numbers.get(name, 0)) for name in ("due", "present", "issued")}
    returned = int(numbers.get("boxed", 0)) + int(numbers.get("paper_returned", 0))
    return Counted(
        void, known, whole.get("totals", {}), whole.get("write_ins", {}), whole.get("valid", 0),
        whole.get("ballots", returned), whole.get("invalid", {}),
    )  # fmt: skip


def by_class(material: Material) -> dict[str, dict[str, Any]]:
    """Return class → ``{ballots, valid, totals}`` for classes that may be shown.

    Papers count where desks count class by class. A class hidden in the box stays hidden, and
    so does one that is too small with its papers.
    """
    result = (material.more or {}).get("result") or {}
    box = result.get("box") or {}
    hidden = set(box.get("hidden_classes", ()))
    shown = {name: dict(each) for name, each in box.get("classes", {}).items()}
    for paper in result.get("paper", ()):
        name = paper["station"].partition("/")[0]
        if name in shown and name not in hidden:
            shown[name] = _plus(shown[name], paper)
    sizes = {name: each["ballots"] for name, each in shown.items()}
    covered = counting.hidden(sizes, material.settings["class_minimum"])
    return {name: each for name, each in shown.items() if name not in covered}


def _plus(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    totals = {
        line: {mark: number + other["totals"][line].get(mark, 0) for mark, number in marks.items()}
        for line, marks in one["totals"].items()
    }
    return {
        "ballots": one["ballots"] + other["ballots"], "valid": one["valid"] + other["valid"],
        "totals": totals,
    }  # fmt: skip


def written_in(names: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return entries for people whose names were written in."""
    return [
        {"id": WRITTEN + name, "name": name, "written_in": True} for name in sorted(names)
    ]  # fmt: skip


def with_names(working: Working, names: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the working with names where it has ids."""
    return tuple(
        replace(line, about=", ".join(names.get(part, part) for part in line.about.split(", ")))
        for line in working
    )


def few(ids: Sequence[str]) -> list[str]:
    """Return as many ids as a summary may hold."""
    return list(ids[:FEW])


def sealed(material: Material) -> dict[str, Any]:
    """Return what proves the count: digests, root, signatures, findings, keeping."""
    more = material.more or {}
    statement = more.get("statement") or {}
    return {
        "digests": more.get("digests", {}), "root": statement.get("root", ""),
        "findings": statement.get("findings", []), "mode": more.get("mode", ""),
        "signatures": more.get("signatures", []), "statement": statement.get("numbers", {}),
        "stations": [each["station"] for each in (more.get("result") or {}).get("paper", ())],
    }  # fmt: skip
