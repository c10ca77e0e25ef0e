"""A place in the tokens of one source: look, take, need, refuse."""

from __future__ import annotations

from typing import Final, NoReturn

from engine.feel.errors import FeelError
from engine.feel.lexer import KEYWORDS, Lexer, Token
from engine.feel.nodes import Node

_TYPES: Final = (
    "years and months duration", "days and time duration", "date and time", "duration", "number",
    "string", "boolean", "date", "time", "list", "range", "context", "function", "Any", "any",
    "null", "Null",
)  # fmt: skip


class Reader:
    """Reads one source; every method leaves the reader after what it has read."""

    def __init__(
        self, source: str, called: tuple[str, ...], known: frozenset[str] = frozenset()
    ) -> None:
        self._source = source
        self._tokens = Lexer(source, called, known).tokens()
        self._at = 0
        self._level = 0

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    @staticmethod
    def _is(token: Token, *texts: str) -> bool:
        return token.kind in ("operator", "name") and not token.quoted and token.text in texts

    def _looking(self, *texts: str) -> bool:
        return self._is(self._peek(), *texts)

    def _take(self, *texts: str) -> str | None:
        if not self._looking(*texts):
            return None
        self._at += 1
        return self._tokens[self._at - 1].text

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            self._refuse("expected", wanted=wanted)

    def _refuse(self, code: str, **params: object) -> NoReturn:
        token = self._peek()
        if code == "expected_value" and token.kind == "end" and self._at == 0:
            code = "empty"
        text = token.text[:40] or "…"
        raise FeelError(code, token.position, self._source, text=text, **params)

    def _whole(self, node: Node) -> Node:
        if self._peek().kind != "end":
            self._refuse("trailing")
        return node

    def _name(self) -> str:
        token = self._peek()
        if token.kind != "name" or (token.text in KEYWORDS and not token.quoted):
            self._refuse("expected_name")
        self._at += 1
        return token.text

    def _type_name(self) -> str:
        found = next((name for name in _TYPES if self._spelled(name.split())), None)
        if found is None:
            self._refuse("expected_type")
        self._at += len(found.split())
        return found.lower()

    def _spelled(self, words: list[str]) -> bool:
        return all(self._is(self._peek(step), word) for step, word in enumerate(words))
