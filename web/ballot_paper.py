"""A ballot paper as a form: fields of fixed number and length in, marks and names out.

Which mark a line has is one character, so that what travels has the same length whatever is
marked; names written in are made up for by padding. Nothing here knows who is asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from workflows.ballots.rules import NAME_LENGTH, BallotRules

UNMARKED = "-"
NAME_BYTES = NAME_LENGTH * 12
"""Characters of a written name once a browser has encoded it: four bytes, three signs each."""
FRAME = 512
"""Room in a request for everything but marks and names."""
PAGE, LINE, OPTION = 16_384, 700, 420
"""Bytes of a page without lines, of a line, and of one mark to choose on it; at the most."""


@dataclass(frozen=True)
class Mark:
    """One mark a line can get; ``most`` is how many lines may get it."""

    value: str
    code: str
    most: int | None
    least: int


@dataclass(frozen=True)
class Filled:
    """What a form holds: candidate → value of its mark, and the names as typed."""

    values: Mapping[str, str]
    names: tuple[str, ...]


def marks(rules: BallotRules) -> list[Mark]:
    """Return what a line can be given, the blank last when a line may stay unmarked."""
    found = [
        Mark(str(no), each.code, each.most, each.least) for no, each in enumerate(rules.options)
    ]
    return [*found, Mark(UNMARKED, rules.blank, None, 0)] if rules.blank is not None else found


def read(rules: BallotRules, form: Mapping[str, str]) -> Filled:
    """Read a form as far as it fits the paper; the rules judge it afterwards."""
    known = {each.value for each in marks(rules)}
    values = {each.id: form.get(f"m{no}", "") for no, each in enumerate(rules.candidates)}
    names = tuple(form.get(f"w{no}", "")[: 2 * NAME_LENGTH] for no in range(rules.write_ins))
    return Filled({key: value for key, value in values.items() if value in known}, names)


def ballot(rules: BallotRules, filled: Filled) -> dict[str, Any]:
    """Return the ballot as the box wants it."""
    codes = {each.value: each.code for each in marks(rules) if each.value != UNMARKED}
    given = {key: codes[value] for key, value in filled.values.items() if value in codes}
    return {"marks": given, "write_ins": [name for name in filled.names if name.strip()]}


def fields(rules: BallotRules, filled: Filled) -> dict[str, str]:
    """Return the form fields that hold a filled paper, always all of them."""
    values = enumerate(filled.values.get(each.id, UNMARKED) for each in rules.candidates)
    found = {f"m{no}": value for no, value in values}
    return found | {f"w{no}": name for no, name in enumerate(filled.names)}


def request_size(rules: BallotRules) -> int:
    """Return the length to which every request about this paper is filled up."""
    lines = len(rules.candidates) * len("&m000=0")
    return FRAME + lines + rules.write_ins * (NAME_BYTES + len("&w00="))


def padding(given: Mapping[str, str], size: int) -> str:
    """Return what a field ``pad`` must hold for a form with *given* to have *size* bytes."""
    taken = "&".join(f"{name}={_encoded(value)}" for name, value in {**given, "pad": ""}.items())
    return "0" * max(0, size - len(taken))


def page_size(rules: BallotRules) -> int:
    """Return the length to which every page about this paper is filled up."""
    line = LINE + OPTION * len(marks(rules))
    room = PAGE + line * len(rules.candidates) + rules.write_ins * LINE
    return -(-room // PAGE) * PAGE


def _encoded(value: str) -> str:
    """Encode as browsers do (application/x-www-form-urlencoded of the URL standard)."""
    return quote_plus(value, safe="*").replace("~", "%7E")
