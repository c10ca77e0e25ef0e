"""Regular expressions whose running time is bounded by pattern length times text length.

Python's ``re`` goes back and tries again, so a short pattern can stop the server. This one
turns the pattern into a program and runs all its possibilities side by side, character by
character (Thompson's method, with Pike's captures), so there is nothing to go back to.
Left out because it needs going back: back-references and look-around.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

from engine.feel import limits

Test = Callable[[str], bool]
Slots = tuple[int, ...]
PROGRAM: Final = 1_500
"""Instructions a pattern may need; ``{m,n}`` repeats what it follows."""

_REPEAT: Final = 1_000
_DEPTH: Final = 20
_PLAIN: Final = frozenset("\\|.?*+(){}[]^$-/")
_CONTROL: Final = {"n": "\n", "r": "\r", "t": "\t"}
_CLASSES: Final[dict[str, Test]] = {
    "d": str.isdigit,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
}
_FLAGS: Final = frozenset("ims")


class BadPattern(ValueError):
    """A pattern that is refused; ``part`` is where it goes wrong."""

    def __init__(self, part: str) -> None:
        self.part = part or "…"
        super().__init__(self.part)


@dataclass(slots=True)
class Step:
    """One instruction: take a character, fork, jump, remember a place, look, or be done."""

    kind: str
    test: Test | None = None
    to: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """A pattern ready to run; ``groups`` counts its captures, the whole match included."""

    steps: tuple[Step, ...]
    groups: int


@lru_cache(maxsize=512)
def program(pattern: str, flags: str = "") -> Program:
    """The program of a pattern; BadPattern when it is too long or uses what is left out."""
    if len(pattern) > limits.PATTERN or not set(flags) <= _FLAGS:
        raise BadPattern(flags or pattern[:20])
    writer = _Writer(pattern, flags)
    return writer.whole()


class _Writer:
    """Reads a pattern and writes its instructions in one pass."""

    def __init__(self, pattern: str, flags: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._fold = "i" in flags
        self._dot_all = "s" in flags
        self._lines = "m" in flags
        self._steps: list[Step] = []
        self._groups = 1
        self._level = 0

    def whole(self) -> Program:
        self._add(Step("save", to=0))
        self._choice()
        if self._at < len(self._pattern):
            self._refuse()
        self._add(Step("save", to=1))
        self._add(Step("match"))
        return Program(tuple(self._steps), self._groups)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _refuse(self) -> NoReturn:
        raise BadPattern(self._pattern[self._at : self._at + 8])

    def _add(self, step: Step) -> int:
        if len(self._steps) >= PROGRAM:
            raise BadPattern(self._pattern[:20])
        self._steps.append(step)
        return len(self._steps) - 1

    def _choice(self) -> None:
        self._level += 1
        if self._level > _DEPTH:
            self._refuse()
        start, ends = len(self._steps), []
        self._sequence()
        while self._take("|"):
            self._insert_fork(start)
            ends.append(self._add(Step("jump")))
            self._steps[start].other = len(self._steps)
            start = len(self._steps)
            self._sequence()
        for end in ends:
            self._steps[end].to = len(self._steps)
        self._level -= 1

    def _insert_fork(self, at: int) -> None:
        """Put a fork in front of what was written since ``at``, whose targets move along."""
        self._add(Step("jump"))
        self._steps.pop()
        for step in self._steps[at:]:
            if step.kind in ("fork", "jump"):
                step.to += step.to >= at
                step.other += step.other >= at
        self._steps.insert(at, Step("fork", to=at + 1))

    def _sequence(self) -> None:
        while self._peek() not in ("", "|", ")"):
            start, place, group = len(self._steps), self._at, self._groups
            self._atom()
            self._quantifier(start, place, group)

    def _quantifier(self, start: int, place: int, group: int) -> None:
        bounds = self._bounds()
        if bounds is None:
            return
        low, high = bounds
        lazy, after = self._take("?"), 0
        after = self._at
        if self._peek() in ("*", "+", "?", "{"):
            self._refuse()
        del self._steps[start:]
        for _ in range(low):
            self._again(place, group)
        if high is None:
            begin = self._add(Step("fork"))
            self._again(place, group)
            self._add(Step("jump", to=begin))
            self._leave([begin], lazy=lazy)
        else:
            forks = []
            for _ in range(high - low):
                forks.append(self._add(Step("fork")))
                self._again(place, group)
            self._leave(forks, lazy=lazy)
        self._at = after

    def _again(self, place: int, group: int) -> None:
        """Write the quantified atom once more; its groups keep their numbers."""
        self._at, self._groups = place, group
        self._atom()

    def _leave(self, forks: list[int], *, lazy: bool) -> None:
        for fork in forks:
            inside, outside = fork + 1, len(self._steps)
            step = self._steps[fork]
            step.to, step.other = (outside, inside) if lazy else (inside, outside)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        if not self._take("{"):
            return None
        low = self._integer()
        high: int | None = low
        if self._take(","):
            high = None if self._peek() == "}" else self._integer()
        if not self._take("}") or (high is not None and high < low):
            self._refuse()
        return low, high

    def _integer(self) -> int:
        start = self._at
        while self._peek().isdecimal() and self._peek().isascii():
            self._at += 1
        text = self._pattern[start : self._at]
        if not text or len(text) > 4 or int(text) > _REPEAT:  # noqa: PLR2004  (its digits)
            self._refuse()
        return int(text)

    # ---- atoms

    def _atom(self) -> None:
        char = self._peek()
        if char == "(":
            self._group()
        elif char in ("^", "$"):
            self._at += 1
            self._add(Step(("line" if self._lines else "text") + char))
        elif char in ("*", "+", "?", "{", "}", "]"):
            self._refuse()
        else:
            self._add(Step("take", self._one()))

    def _group(self) -> None:
        self._at += 1
        captures = not self._take("?:")
        if captures and self._peek() == "?":
            self._refuse()
        number = self._groups
        if captures:
            self._groups += 1
            self._add(Step("save", to=2 * number))
        self._choice()
        if not self._take(")"):
            self._refuse()
        if captures:
            self._add(Step("save", to=2 * number + 1))

    def _one(self) -> Test:
        """A test of one character."""
        if self._take("["):
            return self._set()
        if self._take("."):
            return _anything if self._dot_all else _no_line_end
        if self._peek() == "\\":
            return self._escape()
        char = self._peek()
        self._at += 1
        return self._exactly(char)

    def _exactly(self, char: str) -> Test:
        if self._fold:
            folded = char.casefold()
            return lambda other: other.casefold() == folded
        return lambda other: other == char

    def _escape(self) -> Test:
        code = self._pattern[self._at + 1 : self._at + 2]
        if code and code in "dDwWsS":
            self._at += 2
            inner = _CLASSES[code.lower()]
            return inner if code.islower() else lambda char: not inner(char)
        if code and code in "pP":
            return self._category(negated=code == "P")
        return self._exactly(self._escaped_char())

    def _escaped_char(self) -> str:
        code = self._pattern[self._at + 1 : self._at + 2]
        if code not in _PLAIN and code not in _CONTROL:
            self._refuse()
        self._at += 2
        return _CONTROL.get(code, code)

    def _category(self, *, negated: bool) -> Test:
        start = self._at
        end = self._pattern.find("}", start)
        name = self._pattern[start + 3 : end]
        if self._pattern[start + 2 : start + 3] != "{" or not name.isalpha() or len(name) > 2:  # noqa: PLR2004  (Lu)
            self._refuse()
        self._at = end + 1
        return lambda char: unicodedata.category(char).startswith(name) != negated

    def _set(self) -> Test:
        negated, tests = self._take("^"), list[Test]()
        while not self._take("]"):
            if self._peek() in ("", "["):
                self._refuse()
            tests.append(self._member())
        if not tests:
            self._refuse()
        return lambda char: any(test(char) for test in tests) != negated

    def _member(self) -> Test:
        code = self._pattern[self._at + 1 : self._at + 2]
        if self._peek() == "\\" and code not in _PLAIN and code not in _CONTROL:
            return self._escape()
        low = self._char()
        following = self._pattern[self._at + 1 : self._at + 2]
        if self._peek() != "-" or following in ("]", ""):
            return self._exactly(low)
        self._at += 1
        high = self._char()
        if high < low:
            self._refuse()
        if self._fold:
            return lambda char: low <= char.lower() <= high or low <= char.upper() <= high
        return lambda char: low <= char <= high

    def _char(self) -> str:
        if self._peek() == "\\":
            return self._escaped_char()
        self._at += 1
        return self._pattern[self._at - 1]


def _anything(char: str) -> bool:
    return True


def _no_line_end(char: str) -> bool:
    return char not in "\r\n"
