"""Text to tokens: numbers, strings, names (Chinese too, back-quoted ones), operators.

A name holds letters, digits and underscores. Names with spaces are the builtins, where a
parenthesis follows, the names the caller declares (``known``), and anything in back quotes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from engine.feel import limits
from engine.feel.errors import FeelError

Kind = Literal["number", "string", "name", "operator", "end"]

KEYWORDS: Final = frozenset(
    ("and", "between", "else", "every", "false", "for", "function", "if", "in", "instance", "not",
     "null", "of", "or", "return", "satisfies", "some", "then", "true"),
)  # fmt: skip
_SPACE: Final = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER: Final = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_OPERATOR: Final = re.compile(r"\*\*|\.\.|!=|<=|>=|->|[-+*/=<>()\[\]{},:.?@]")
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_PLAIN_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_WORD_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``position`` is where it begins, ``quoted`` a name in back quotes."""

    kind: Kind
    text: str
    position: int
    quoted: bool = False


class Lexer:
    """Reads one source with the names that may hold spaces."""

    def __init__(self, source: str, called: tuple[str, ...], known: frozenset[str]) -> None:
        self._source = source
        self._called = _by_first_word(called)
        self._known = _by_first_word(known)

    def tokens(self) -> list[Token]:
        """All tokens, an ``end`` token last; FeelError where the text cannot be read."""
        source = self._source
        if len(source) > limits.SOURCE:
            raise FeelError("too_long", 0, source[:80], length=len(source), limit=limits.SOURCE)
        return [*self._scan(), Token("end", "", len(source))]

    def _scan(self) -> Iterator[Token]:
        at = self._skip(0)
        while at < len(self._source):
            token, end = self._next(at)
            yield token
            at = self._skip(end)

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self._source, at)
        end = found.end() if found else at
        if self._source.startswith("/*", end):
            raise FeelError("open_comment", end, self._source)
        return end

    def _next(self, at: int) -> tuple[Token, int]:
        source = self._source
        first = source[at]
        if first == '"':
            return self._string(at)
        if first == "`":
            return self._quoted_name(at)
        if (word := _NAME.match(source, at)) is not None:
            text, end = self._longest_name(at) or (word.group(), word.end())
            return Token("name", text, at), end
        if (number := _NUMBER.match(source, at)) is not None:
            return Token("number", number.group(), at), number.end()
        if (operator := _OPERATOR.match(source, at)) is not None:
            return Token("operator", operator.group(), at), operator.end()
        raise FeelError("bad_character", at, source, text=first)

    def _quoted_name(self, at: int) -> tuple[Token, int]:
        end = self._source.find("`", at + 1)
        if end <= at + 1:
            raise FeelError("open_string", at, self._source)
        return Token("name", self._source[at + 1 : end], at, quoted=True), end + 1

    def _string(self, at: int) -> tuple[Token, int]:
        found = _STRING.match(self._source, at)
        if found is None:
            raise FeelError("open_string", at, self._source)
        return Token("string", self._unescape(found.group(1), at + 1), at), found.end()

    def _unescape(self, text: str, offset: int) -> str:
        if "\\" not in text:
            return text
        joined = _ESCAPE.sub(lambda found: self._escape(found, offset), text)
        try:  # two \\uXXXX halves make one character; a lone half is no character at all
            return joined.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise FeelError("bad_escape", offset, self._source, text=text[:20]) from None

    def _escape(self, found: re.Match[str], offset: int) -> str:
        code = found.group(1)
        if code in _PLAIN_ESCAPES:
            return _PLAIN_ESCAPES[code]
        if code[0] in "uU" and len(code) > 1 and int(code[1:], 16) <= sys.maxunicode:
            return chr(int(code[1:], 16))
        if code[0] in "dDwWsS.pb^$|?*+()[]{}-":  # a pattern for matches(): "\d" stays "\d"
            return "\\" + code
        raise FeelError("bad_escape", offset + found.start(), self._source, text=found.group())

    def _longest_name(self, at: int) -> tuple[str, int] | None:
        word = _NAME.match(self._source, at)
        key = word.group() if word else ""
        for name, shape in self._known.get(key, ()):
            if (found := shape.match(self._source, at)) and not self._goes_on(found.end()):
                return name, found.end()
        for name, shape in self._called.get(key, ()):
            if (found := shape.match(self._source, at)) and self._opens(found.end()):
                return name, found.end()
        return None

    def _goes_on(self, end: int) -> bool:
        after = self._source[end : end + 1]
        return after.isalnum() or after == "_"

    def _opens(self, end: int) -> bool:
        return self._source.startswith("(", self._skip(end))


def _by_first_word(
    names: tuple[str, ...] | frozenset[str],
) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Names that are more than one word, by their first word, the longest first."""
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name in sorted(names, key=len, reverse=True):
        first = _NAME.match(name)
        if first is None or first.group() == name or len(name) > _WORD_LENGTH:
            continue
        shape = re.compile(r"\s+".join(re.escape(part) for part in name.split()))
        table.setdefault(first.group(), []).append((name, shape))
    return table
