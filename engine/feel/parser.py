"""Tokens to a tree: one loop over operator levels, so nesting costs few Python frames."""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import Final, cast

from engine.feel import limits, nodes
from engine.feel.errors import FeelError
from engine.feel.lexer import KEYWORDS, Token
from engine.feel.nodes import Node
from engine.feel.reader import Reader
from engine.feel.temporal import parse_temporal
from engine.feel.values import NUMBERS

OR, AND, COMPARE, ADD, MULTIPLY, POWER, POSTFIX = range(1, 8)
_LEVELS: Final = {
    "or": OR, "and": AND,
    "=": COMPARE, "!=": COMPARE, "<": COMPARE, "<=": COMPARE, ">": COMPARE, ">=": COMPARE,
    "between": COMPARE, "in": COMPARE, "instance": COMPARE,
    "+": ADD, "-": ADD, "*": MULTIPLY, "/": MULTIPLY, "**": POWER, ".": POSTFIX, "[": POSTFIX,
}  # fmt: skip
_COMPARISONS: Final = ("<", "<=", ">", ">=", "=", "!=")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_CANNOT_BEGIN: Final = frozenset(
    (")", "]", "}", ",", ":", "and", "or", "then", "else", "return", "satisfies", "=", "!=",
     "<", "<=", ">", ">=", "+", "*", "/", "**", "in", "between", "instance"),
)  # fmt: skip
_SPACED_PROPERTIES: Final = {("time", "offset"), ("start", "included"), ("end", "included")}


class Parser(Reader):
    """The grammar; every method leaves the reader after what it has read."""

    def expression(self) -> Node:
        """The whole source as one expression."""
        return self._whole(self._expression())

    def cell(self) -> nodes.Tests:
        """The whole source as the unary tests of a decision table's cell."""
        if self._looking("-") and self._peek(1).kind == "end":
            return nodes.Tests(0, ())
        if self._looking("not") and self._is(self._peek(1), "("):
            start = self._at
            self._at += 2
            tests = self._tests()
            if self._take(")") and self._peek().kind == "end":
                return nodes.Tests(0, tests, negated=True)
            self._at = start
        tests = self._tests()
        self._whole(tests[0])
        return nodes.Tests(0, tests)

    # ---- operators

    def _expression(self, level: int = OR) -> Node:
        self._level += 1
        if self._level > limits.DEPTH:
            position = self._peek().position
            raise FeelError("too_deep", position, self._source, limit=limits.DEPTH)
        left = self._prefix()
        while (operator := self._operator()) and _LEVELS[operator] >= level:
            left = self._infix(left, operator)
        self._level -= 1
        return left

    def _operator(self) -> str | None:
        token = self._peek()
        if token.kind == "end" or token.quoted or token.text not in _LEVELS:
            return None
        if token.kind == "string":
            return None
        if token.text == "[" and self._closes_range():
            return None
        return token.text

    def _closes_range(self) -> bool:
        """In ``]1..5[`` the last bracket closes: nothing that begins an expression follows."""
        after = self._peek(1)
        return after.kind == "end" or self._is(after, *_CANNOT_BEGIN)

    def _infix(self, left: Node, operator: str) -> Node:
        position = self._peek().position
        self._at += 1
        if operator in _COMPARISONS:
            op = cast("nodes.Comparison", operator)
            return nodes.Compare(position, op, left, self._expression(ADD))
        if operator in ("and", "or"):
            return self._logic(left, operator, position)
        if operator in ("+", "-", "*", "/", "**"):
            right = self._expression(_LEVELS[operator] + 1)
            return nodes.Arith(position, cast("nodes.Arithmetic", operator), left, right)
        return self._special(left, operator, position)

    def _special(self, left: Node, operator: str, position: int) -> Node:
        if operator == ".":
            return nodes.Path(position, left, self._property())
        if operator == "[":
            condition = self._expression()
            self._need("]")
            return nodes.Filter(position, left, condition)
        if operator == "in":
            return nodes.In(position, left, self._in_tests())
        if operator == "instance":
            self._need("of")
            return nodes.InstanceOf(position, left, self._type())
        low = self._expression(ADD)
        self._need("and")
        return nodes.Between(position, left, low, self._expression(ADD))

    def _logic(self, left: Node, operator: str, position: int) -> Node:
        parts = [left, self._expression(_LEVELS[operator] + 1)]
        while self._take(operator):
            parts.append(self._expression(_LEVELS[operator] + 1))
        return nodes.Logic(position, operator == "or", tuple(parts))

    def _property(self) -> str:
        token = self._peek()
        if token.kind != "name":
            self._refuse("expected_name")
        self._at += 1
        if (token.text, self._peek().text) in _SPACED_PROPERTIES:
            self._at += 1
            return f"{token.text} {self._tokens[self._at - 1].text}"
        return token.text

    # ---- what begins an expression

    def _prefix(self) -> Node:
        token = self._peek()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "string":
            self._at += 1
            return nodes.Value(token.position, token.text)
        if token.kind == "name":
            return self._word(token)
        if token.kind == "end":
            self._refuse("expected_value")
        return self._symbol(token)

    def _number(self, token: Token) -> Node:
        self._at += 1
        try:
            return nodes.Value(token.position, NUMBERS.create_decimal(token.text))
        except DecimalException:
            text = token.text[:40]
            raise FeelError("bad_number", token.position, self._source, text=text) from None

    def _word(self, token: Token) -> Node:
        called = self._is(self._peek(1), "(")
        if not token.quoted and token.text in KEYWORDS:
            return self._keyword(token, called)
        self._at += 1
        if called:
            return self._call(token.text, token.position)
        return nodes.Name(token.position, token.text)

    def _keyword(self, token: Token, called: bool) -> Node:
        word, position = token.text, token.position
        if word not in (*_CONSTANTS, "if", "for", "some", "every", "function", "not"):
            self._refuse("expected_value")
        self._at += 1
        if word in _CONSTANTS:
            return nodes.Value(position, _CONSTANTS[word])
        if word == "if":
            return self._if(position)
        if word == "function":
            return self._function(position)
        if word != "not":
            return self._loop(word, position)
        if not called:
            self._refuse("expected", wanted="(")
        return self._call(word, position)

    def _symbol(self, token: Token) -> Node:
        opener = token.text
        if opener not in ("-", "(", "[", "]", "{", "?", "@"):
            self._refuse("expected_value")
        self._at += 1
        if opener == "-":
            return self._negative(token.position)
        if opener == "?":
            return nodes.Name(token.position, "?")
        if opener == "{":
            return self._context(token.position)
        if opener == "@":
            return self._temporal(token.position)
        if opener == "(" and (op := self._take("<", "<=", ">", ">=")):
            return self._half_range(op, token.position)
        return self._bracketed(opener, token.position)

    def _negative(self, position: int) -> Node:
        operand = self._expression(POSTFIX)
        if isinstance(operand, nodes.Value) and isinstance(operand.value, Decimal):
            return nodes.Value(position, NUMBERS.minus(operand.value))
        return nodes.Negative(position, operand)

    def _temporal(self, position: int) -> Node:
        token = self._peek()
        value = parse_temporal(token.text) if token.kind == "string" else None
        if value is None:
            raise FeelError("bad_temporal", token.position, self._source, text=token.text[:40])
        self._at += 1
        return nodes.Value(position, value)

    def _half_range(self, op: str, position: int) -> Node:
        bound = self._expression(ADD)
        self._need(")")
        if op in ("<", "<="):
            return nodes.RangeNode(position, None, bound, low_in=False, high_in=op == "<=")
        return nodes.RangeNode(position, bound, None, low_in=op == ">=", high_in=False)

    def _bracketed(self, opener: str, position: int) -> Node:
        if opener == "[" and self._take("]"):
            return nodes.ListNode(position, ())
        first = self._expression()
        if self._take(".."):
            return self._range(opener, first, position)
        if opener == "(":
            self._need(")")
            return first
        if opener == "]":
            self._refuse("expected", wanted="..")
        items = [first]
        while self._take(","):
            items.append(self._expression())
        self._need("]")
        return nodes.ListNode(position, tuple(items))

    def _range(self, opener: str, low: Node, position: int) -> Node:
        high = self._expression(ADD)
        closer = self._take("]", ")", "[")
        if closer is None:
            self._refuse("expected", wanted="]")
        return nodes.RangeNode(position, low, high, low_in=opener == "[", high_in=closer == "]")

    def _context(self, position: int) -> Node:
        entries: dict[str, Node] = {}
        while not self._looking("}"):
            at = self._peek()
            key = self._label() or at.text
            if at.kind == "string":
                self._at += 1
                self._need(":")
            elif self._tokens[self._at - 1].text != ":":
                self._refuse("expected_name")
            if key in entries:
                raise FeelError("duplicate_key", at.position, self._source, text=key[:40])
            entries[key] = self._expression()
            if not self._take(","):
                break
        self._need("}")
        return nodes.ContextNode(position, tuple(entries.items()))

    def _label(self) -> str | None:
        """``some words :`` – the words; nothing is read when it is not a label."""
        ahead = 0
        while self._peek(ahead).kind == "name":
            ahead += 1
        if ahead == 0 or not self._is(self._peek(ahead), ":"):
            return None
        words = [self._peek(step).text for step in range(ahead)]
        self._at += ahead + 1
        return " ".join(words)

    def _call(self, name: str, position: int) -> Node:
        self._need("(")
        unnamed: list[Node] = []
        named: dict[str, Node] = {}
        while not self._looking(")"):
            label = self._label()
            if label is None:
                unnamed.append(self._expression())
            elif label in named:
                self._refuse("duplicate_key")
            else:
                named[label] = self._expression()
            if not self._take(","):
                break
        self._need(")")
        if unnamed and named:
            raise FeelError("mixed_arguments", position, self._source)
        return nodes.Call(position, name, tuple(unnamed), tuple(named.items()))

    def _if(self, position: int) -> Node:
        condition = self._expression()
        self._need("then")
        yes = self._expression()
        self._need("else")
        return nodes.If(position, condition, yes, self._expression())

    def _loop(self, word: str, position: int) -> Node:
        sources = [self._source_of_loop()]
        while self._take(","):
            sources.append(self._source_of_loop())
        self._need("return" if word == "for" else "satisfies")
        body = self._expression()
        return nodes.Loop(position, word, tuple(sources), body)  # type: ignore[arg-type]

    def _source_of_loop(self) -> tuple[str, Node]:
        name = self._name()
        self._need("in")
        position = self._peek().position
        low = self._expression()
        if not self._take(".."):
            return name, low
        return name, nodes.RangeNode(position, low, self._expression(ADD), True, True)

    def _function(self, position: int) -> Node:
        self._need("(")
        parameters: list[str] = []
        while not self._looking(")"):
            parameters.append(self._name())
            if self._take(":"):
                self._type()
            if not self._take(","):
                break
        self._need(")")
        return nodes.FunctionNode(position, tuple(parameters), self._expression())

    # ---- tests and types

    def _tests(self) -> tuple[nodes.Test, ...]:
        tests = [self._test()]
        while self._take(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self) -> nodes.Test:
        position = self._peek().position
        op = self._take(*_COMPARISONS)
        operand = self._expression(ADD if op else OR)
        return nodes.Test(position, cast("nodes.Comparison | None", op), operand)

    def _in_tests(self) -> nodes.Tests:
        position = self._peek().position
        if self._looking(*_COMPARISONS):
            return nodes.Tests(position, (self._test(),))
        if not self._take("("):
            return nodes.Tests(position, (nodes.Test(position, None, self._expression(ADD)),))
        tests = self._tests()
        if len(tests) == 1 and tests[0].op is None and self._take(".."):
            span = self._range("(", tests[0].operand, position)
            return nodes.Tests(position, (nodes.Test(position, None, span),))
        self._need(")")
        return nodes.Tests(position, tests)

    def _type(self) -> nodes.TypeName:
        position = self._peek().position
        name = self._type_name()
        item: nodes.TypeName | None = None
        entries: list[tuple[str, nodes.TypeName]] = []
        if name in ("list", "range") and self._take("<"):
            item = self._type()
            self._need(">")
        elif name == "context" and self._take("<"):
            entries.append(self._entry_type())
            while self._take(","):
                entries.append(self._entry_type())
            self._need(">")
        return nodes.TypeName(position, name, item, tuple(entries))

    def _entry_type(self) -> tuple[str, nodes.TypeName]:
        name = self._name()
        self._need(":")
        return name, self._type()
