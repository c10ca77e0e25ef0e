"""The paper: who stands on it, what may be marked, and what makes a ballot void.

One description serves an election (赞成/不赞成/弃权, as many marks as seats), a plenary vote, a
recommendation with free names and an evaluation sheet (优秀…不称职). It is frozen with the event:
its SHA-256 is part of every ballot's commitment. Limits and write-in rules follow
the presets of selection section 4.6; "all the same" is a rule of evaluation sheets.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import orjson

from engine.errors import EngineError, Invalid

NAME_LENGTH = 20
"""Characters of a name written in by hand."""
SMALLEST_CLASS = 5
"""Totals of fewer voters than this are never given apart, whatever the rules say."""


def canonical(value: Any) -> bytes:
    """Return sorted, compact UTF-8 JSON (RFC 8785 for the values used here: no floats)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True)
class Candidate:
    """A line of the paper; ``person`` is the known person behind it, if there is one."""

    id: str
    name: str
    person: str = ""


@dataclass(frozen=True)
class Option:
    """A mark a line can get, and how many lines may get it."""

    code: str
    most: int | None = None
    least: int = 0


@dataclass(frozen=True)
class Ballot:
    """What one voter wants: marks by candidate and names written in, both in sorted order."""

    marks: Mapping[str, str]
    write_ins: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Any) -> Ballot:
        """Read a ballot from JSON; raises Invalid("ballot_unreadable") when it is no ballot."""
        marks, names = _parts(data)
        tidy = sorted(" ".join(unicodedata.normalize("NFKC", name).split()) for name in names)
        return cls({key: marks[key] for key in sorted(marks)}, tuple(tidy))

    @property
    def content(self) -> bytes:
        """The canonical JSON that is committed to and sealed."""
        return canonical({"marks": self.marks, "write_ins": self.write_ins})


@dataclass(frozen=True)
class BallotRules:
    """The rules of one paper. ``counting`` is what the result is judged by, carried untouched."""

    candidates: tuple[Candidate, ...]
    options: tuple[Option, ...]
    blank: str | None = None
    """What an unmarked line counts as; None: every line must be marked."""
    all_equal: bool = True
    write_ins: int = 0
    write_in_as: str | None = None
    """The option a written name counts towards, e.g. 赞成 with as many marks as seats."""
    write_in_against: str | None = None
    """Only so many names may be written in as lines have this mark, e.g. 不赞成."""
    classes: tuple[str, ...] = ()
    class_minimum: int = 10
    counting: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> BallotRules:
        """Read rules from JSON; raises Invalid("ballot_rules_wrong") when they contradict."""
        try:
            known = dict(data)
            known["candidates"] = tuple(Candidate(**each) for each in data["candidates"])
            known["options"] = tuple(Option(**each) for each in data["options"])
            known["classes"] = tuple(data.get("classes", ()))
            rules = cls(**known)
        except (KeyError, TypeError, AttributeError) as error:
            raise Invalid("ballot_rules_wrong", part="format") from error
        rules._consistent()
        return rules

    def _consistent(self) -> None:
        ids = [each.id for each in self.candidates]
        codes = [each.code for each in self.options]
        named = {self.write_in_as, self.write_in_against} - {None}
        for part, wrong in (
            ("candidates", len(set(ids)) != len(ids) or not all(ids)),
            ("options", len(set(codes)) != len(codes) or not all(codes) or not codes),
            ("blank", self.blank in codes or self.blank == ""),
            ("write_ins", self.write_ins < 0 or bool(named - set(codes))),
            ("classes", len(set(self.classes)) != len(self.classes) or "" in self.classes),
            ("class_minimum", self.class_minimum < SMALLEST_CLASS),
            ("paper", not ids and not self.write_ins),
        ):
            if wrong:
                raise Invalid("ballot_rules_wrong", part=part)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The lines of the paper."""
        return frozenset(each.id for each in self.candidates)

    @cached_property
    def codes(self) -> frozenset[str]:
        """The marks a line can get."""
        return frozenset(each.code for each in self.options)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names printed on the paper."""
        return frozenset(each.name for each in self.candidates)

    @property
    def plain(self) -> dict[str, Any]:
        """The rules as JSON; its digest is their fingerprint."""
        made: dict[str, Any] = orjson.loads(orjson.dumps(asdict(self)))
        return made

    @property
    def size(self) -> int:
        """Bytes of the longest ballot these rules allow, rounded up to a multiple of 64."""
        longest = max((option.code for option in self.options), key=lambda code: len(code.encode()))
        marks = {each.id: longest for each in self.candidates}
        names = ("\U00020000" * NAME_LENGTH,) * self.write_ins
        return -(-len(Ballot(marks, names).content) // 64) * 64

    def check(self, ballot: Ballot) -> None:
        """Raise Invalid with the code of the first rule the ballot breaks."""
        for problem in (self._marks(ballot), self._limits(ballot), self._names(ballot)):
            if problem is not None:
                raise problem

    def reason(self, ballot: Ballot) -> str | None:
        """Return the code of the first rule the ballot breaks, or None for a valid one."""
        try:
            self.check(ballot)
        except EngineError as problem:
            return problem.code
        return None

    def _marks(self, ballot: Ballot) -> Invalid | None:
        lines, marks = len(self.ids), set(ballot.marks.values())
        if not self.ids >= ballot.marks.keys() or not self.codes >= marks:
            return Invalid("ballot_mark_unknown")
        if self.blank is None and len(ballot.marks) < lines:
            return Invalid("ballot_line_blank", left=lines - len(ballot.marks))
        if not self.all_equal and len(ballot.marks) == lines > 1 and len(marks) == 1:
            return Invalid("ballot_all_equal")
        return None

    def _limits(self, ballot: Ballot) -> Invalid | None:
        given = Counter(ballot.marks.values())
        if self.write_in_as is not None:
            given[self.write_in_as] += len(ballot.write_ins)
        for option in self.options:
            count = given[option.code]
            if option.most is not None and count > option.most:
                return Invalid(
                    "ballot_too_many_marks", option=option.code, most=option.most, given=count
                )
            if count < option.least:
                return Invalid(
                    "ballot_too_few_marks", option=option.code, least=option.least, given=count
                )
        return None

    def _names(self, ballot: Ballot) -> Invalid | None:
        names = ballot.write_ins
        if len(names) > self.write_ins:
            return Invalid("ballot_write_ins_too_many", most=self.write_ins)
        if len(set(names)) < len(names) or not all(_writable(name) for name in names):
            return Invalid("ballot_write_in_wrong", most=NAME_LENGTH)
        if self.names & set(names):
            return Invalid("ballot_write_in_listed")
        against = self.write_in_against
        if against is not None and len(names) > list(ballot.marks.values()).count(against):
            return Invalid("ballot_write_in_needs_against", option=against)
        return None


def _writable(name: str) -> bool:
    return 0 < len(name) <= NAME_LENGTH and name.isprintable()


def _parts(data: Any) -> tuple[Mapping[str, str], Sequence[str]]:
    """Return marks and names of *data*, or refuse without repeating any of it."""
    if not isinstance(data, Mapping) or not data.keys() <= {"marks", "write_ins"}:
        raise Invalid("ballot_unreadable")
    marks, names = data.get("marks", {}), data.get("write_ins", ())
    if not isinstance(marks, Mapping) or not isinstance(names, list | tuple):
        raise Invalid("ballot_unreadable")
    if not _plain_text([*marks.keys(), *marks.values(), *names]):
        raise Invalid("ballot_unreadable")
    return marks, names


def _plain_text(values: Sequence[Any]) -> bool:
    """Whether all are text that can be written as UTF-8; a lone surrogate cannot."""
    if not set(map(type, values)) <= {str}:
        return False
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True
