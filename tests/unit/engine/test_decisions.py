"""Decision tables: hit policies, types, requirements; and what is refused, with its place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest

from engine import decisions
from engine.errors import Blocked, Invalid

DATA = Path(__file__).parents[2] / "data" / "dmn"
DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    DMN,
)


ASKED = '<inputExpression typeRef="number"><text>n</text></inputExpression>'


def text(tag: str, value: str) -> str:
    return f"<{tag}><text>{escape(value)}</text></{tag}>"


def table(
    rules: list[tuple[list[str], list[str]]],
    *,
    policy: str = 'hitPolicy="UNIQUE"',
    asked: tuple[str, ...] = (
        '<inputExpression typeRef="number"><text>n</text></inputExpression>',
    ),
    given: tuple[str, ...] = ('<output name="out"/>',),
) -> str:
    rows = "".join(
        "<rule>"
        + "".join(text("inputEntry", cell) for cell in tests)
        + "".join(text("outputEntry", cell) for cell in results)
        + "</rule>"
        for tests, results in rules
    )
    columns = "".join(f"<input>{one}</input>" for one in asked) + "".join(given)
    return f"<decisionTable {policy}>{columns}{rows}</decisionTable>"


def decision(logic: str, name: str = "结果", needs: str = "", key: str = "d") -> str:
    return f'<decision id="{key}" name="{name}"><variable name="{name}"/>{needs}{logic}</decision>'


def formula(source: str) -> str:
    return text("literalExpression", source)


def file(*parts: str, namespace: str = DMN) -> bytes:
    body = "".join(parts)
    return f'<definitions xmlns="{namespace}" name="f">{body}</definitions>'.encode()


def decide(logic: str, context: dict[str, Any], **options: Any) -> Any:
    return decisions.decide(decisions.load(file(decision(logic))), context, **options)


def refusal(content: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        decisions.load(content)
    assert caught.value.params["zh"]
    assert caught.value.params["en"]
    return caught.value


def outputs(values: str) -> str:
    return f'<output name="out">{text("outputValues", values)}</output>'


OVERLAPPING = [([">= 10"], ['"多"']), ([">= 20"], ['"很多"']), (["< 10"], ['"少"'])]
ORDERED = (outputs('"很多","多","少"'),)


# ---- hit policies


@pytest.mark.parametrize(
    ("policy", "given", "n", "expected"),
    [
        ("UNIQUE", ('<output name="out"/>',), 15, "多"),
        ("UNIQUE", ('<output name="out"/>',), None, None),
        ("FIRST", ('<output name="out"/>',), 30, "多"),
        ("PRIORITY", ORDERED, 30, "很多"),
        ("RULE ORDER", ('<output name="out"/>',), 30, ["多", "很多"]),
        ("OUTPUT ORDER", ORDERED, 30, ["很多", "多"]),
        ("COLLECT", ('<output name="out"/>',), 30, ["多", "很多"]),
        ("COLLECT", ('<output name="out"/>',), None, []),
        ("ANY", ('<output name="out"/>',), 5, "少"),
    ],
)
def test_hit_policy_gives(policy: str, given: tuple[str, ...], n: int | None, expected: Any):
    logic = table(OVERLAPPING, policy=f'hitPolicy="{policy}"', given=given)

    assert decide(logic, {"n": n}) == expected


@pytest.mark.parametrize(
    ("aggregation", "n", "expected"),
    [
        ("SUM", 30, Decimal("3.3")),
        ("MIN", 30, Decimal("1.1")),
        ("MAX", 30, Decimal("2.2")),
        ("COUNT", 30, Decimal(2)),
        ("COUNT", 0, Decimal(0)),
        ("SUM", 0, None),
    ],
)
def test_aggregation_gives(aggregation: str, n: int, expected: Decimal | None):
    logic = table(
        [([">= 10"], ["1.1"]), ([">= 20"], ["2.2"])],
        policy=f'hitPolicy="COLLECT" aggregation="{aggregation}"',
    )

    assert decide(logic, {"n": n}) == expected


def test_a_table_without_a_policy_is_unique():
    with pytest.raises(Invalid) as caught:
        decide(table(OVERLAPPING, policy=""), {"n": 30})

    assert caught.value.params["reason"] == "unique"
    assert caught.value.params["rules"] == "1, 2"
    assert "结果" in caught.value.params["zh"]


def test_any_refuses_rules_that_differ():
    with pytest.raises(Invalid) as caught:
        decide(table(OVERLAPPING, policy='hitPolicy="ANY"'), {"n": 30})

    assert caught.value.params["reason"] == "any"


def test_several_outputs_give_a_context_and_their_defaults():
    given = (
        f'<output name="a">{text("defaultOutputEntry", "0")}</output>',
        '<output name="b"/>',
    )
    logic = table([(["1"], ["10", '"x"'])], given=given)

    assert decide(logic, {"n": 1}) == {"a": Decimal(10), "b": "x"}
    assert decide(logic, {"n": 2}) == {"a": Decimal(0), "b": None}


def test_priority_of_several_outputs_goes_column_by_column():
    given = (
        '<output name="a"><outputValues><text>"高","低"</text></outputValues></output>',
        '<output name="b"><outputValues><text>1, 2</text></outputValues></output>',
    )
    rules = [(["-"], ['"低"', "1"]), (["-"], ['"高"', "2"]), (["-"], ['"高"', "1"])]
    logic = table(rules, policy='hitPolicy="OUTPUT ORDER"', given=given)

    found = decide(logic, {"n": 1})

    assert [(one["a"], int(one["b"])) for one in found] == [("高", 1), ("高", 2), ("低", 1)]


# ---- inputs


def test_numbers_and_dates_given_as_text_are_read_as_declared():
    logic = table(
        [([">= 85.5", '>= date("2026-01-01")'], ["true"])],
        asked=(
            '<inputExpression typeRef="number"><text>n</text></inputExpression>',
            '<inputExpression typeRef="date"><text>d</text></inputExpression>',
        ),
    )

    assert decide(logic, {"n": "85.50", "d": "2026-05-01"}) is True


@pytest.mark.parametrize("value", ["很多", True, [1]])
def test_an_input_of_the_wrong_type_is_refused(value: Any):
    with pytest.raises(Invalid) as caught:
        decide(table(OVERLAPPING), {"n": value})

    assert caught.value.params["reason"] == "input_type"
    assert "“n”应是数" in caught.value.params["zh"]


def test_an_input_outside_its_listed_values_is_refused():
    asked = (
        "<inputExpression><text>c</text></inputExpression>" + text("inputValues", '"甲","乙"'),
    )
    logic = table([(['"甲"'], ["1"])], asked=asked)

    with pytest.raises(Invalid) as caught:
        decide(logic, {"c": "丙"})

    assert caught.value.params["reason"] == "input_value"
    assert decide(logic, {"c": "乙"}) is None
    assert decide(logic, {"c": None}) is None


def test_functions_of_the_caller_and_the_clock_are_at_hand():
    found = decide(
        formula("翻倍(n) + today().day"),
        {"n": 2},
        functions={"翻倍": lambda value: value * 2},
        now=datetime(2026, 5, 1, 1, tzinfo=UTC),
    )

    assert found == Decimal(5)


def test_what_a_function_of_the_caller_raises_goes_through():
    def missing(day: Any) -> Any:
        raise Blocked("calendar_missing", year=2031)

    with pytest.raises(Blocked):
        decide(formula("f(1)"), {}, functions={"f": missing})


def test_an_exceeded_bound_names_the_decision():
    with pytest.raises(Invalid) as caught:
        decide(formula("count(for i in 1..99999, j in 1..99999 return i)"), {})

    assert caught.value.params["reason"] == "expression"
    assert caught.value.params["zh"].startswith("决策“结果”")


def test_one_bound_covers_all_rules_of_a_table():
    heavy = "count(for i in 1..40000 return i * 2) > ?"
    logic = table([([heavy], ["1"])] * 10, policy='hitPolicy="FIRST"')
    missing = table([([f"not({heavy})"], ["1"])] * 10, policy='hitPolicy="FIRST"')

    assert decide(logic, {"n": 1}) == Decimal(1)
    with pytest.raises(Invalid):
        decide(missing, {"n": 1})


# ---- several decisions in a file


def chain() -> decisions.Decision:
    return decisions.load((DATA / "任职资格.dmn").read_bytes())


def test_required_decisions_and_knowledge_are_worked_out_first():
    person = {"出生日期": "1980-01-01", "任现职 时间": "2023-06-30", "考核": "91.5"}

    found = decisions.decide(chain(), {"人选": person, "基准日": "2026-06-29"})

    assert found == {"结论": "合格", "说明": "任职满2年"}


def test_a_decision_in_between_can_be_asked_by_name():
    person = {"任现职 时间": "2025-06-30", "考核": 95}
    context = {"人选": person, "基准日": date(2026, 6, 29)}

    assert decisions.decide(chain(), context, name="任职年限") == Decimal(0)
    assert decisions.decide(chain(), context, name="d2") == {"结论": "破格", "说明": "考核95"}


def test_input_data_of_the_wrong_type_is_refused():
    with pytest.raises(Invalid) as caught:
        decisions.decide(chain(), {"人选": {"考核": "优"}, "基准日": "2026-06-29"})

    assert caught.value.params["reason"] == "input_type"


def test_several_decisions_nobody_needs_give_a_context():
    both = file(decision(formula("1"), "甲", key="a"), decision(formula("2"), "乙", key="b"))

    assert decisions.decide(decisions.load(both), {}) == {"甲": Decimal(1), "乙": Decimal(2)}


def test_a_file_tells_what_it_needs_from_outside():
    logic = table(
        [(["> least"], ["f(other)"]), (["count(xs[age > 1]) > ?"], ["合计(1)"])],
        given=(f'<output name="a">{text("defaultOutputEntry", "fallback")}</output>',),
    )
    knowledge = (
        '<businessKnowledgeModel id="k" name="合计"><encapsulatedLogic><formalParameter name="p"/>'
        f"{formula('p + rate')}</encapsulatedLogic></businessKnowledgeModel>"
    )
    loaded = decisions.load(file(knowledge, decision(logic)))

    assert decisions.reads(loaded) == {"n", "least", "other", "xs", "fallback", "rate"}
    assert decisions.calls(loaded) == {"f"}
    assert decisions.reads(chain()) == {"人选", "基准日"}


def test_an_unknown_decision_is_refused():
    with pytest.raises(Invalid):
        decisions.decide(chain(), {}, name="没有")


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_of_dmn_is_read(namespace: str):
    loaded = decisions.load(file(decision(formula("1 + 1")), namespace=namespace))

    assert decisions.decide(loaded, {}) == Decimal(2)


# ---- what is refused at loading


def need(target: str) -> str:
    inner = f'<requiredDecision href="#{target}"/>'
    return f"<informationRequirement>{inner}</informationRequirement>"


ONE = '<output name="out"/>'
REFUSED = [
    ("namespace", file(namespace="urn:other")),
    ("no_decision", file()),
    ("no_logic", file(decision(""))),
    ("no_name", file(decision(formula("1"), name=""))),
    ("no_text", file(decision(formula("")))),
    ("element", file(decision("<context/>"))),
    ("element", file("<decisionService/>", decision(formula("1")))),
    ("element", file('<import importType="x"/>', decision(formula("1")))),
    ("language", file(decision('<literalExpression expressionLanguage="urn:js"><text>1</text>'
                               "</literalExpression>"))),
    ("language", file('<businessKnowledgeModel id="k" name="k"><encapsulatedLogic kind="Java"/>'
                      "</businessKnowledgeModel>", decision(formula("1")))),
    ("expression", file(decision(formula("1 +")))),
    ("expression", file(decision(table([([">="], ["1"])])))),
    ("duplicate", file(decision(formula("1")), decision(formula("2")))),
    ("duplicate", file(decision(formula("1")), decision(formula("2"), key="e"))),
    ("dangling", file(decision(formula("1"), needs=need("nowhere")))),
    ("cycle", file(decision(formula("1"), "甲", need("b"), "a"),
                   decision(formula("1"), "乙", need("a"), "b"))),
    ("policy", file(decision(table([], policy='hitPolicy="RANDOM"')))),
    ("policy", file(decision(table([], policy='hitPolicy="COLLECT" aggregation="AVG"')))),
    ("policy", file(decision(table([], policy='hitPolicy="FIRST" aggregation="SUM"')))),
    ("aggregate", file(decision(table(
        [], policy='hitPolicy="COLLECT" aggregation="SUM"', given=(ONE, '<output name="b"/>'))))),
    ("priority", file(decision(table([], policy='hitPolicy="PRIORITY"')))),
    ("output_name", file(decision(table([], given=(ONE, "<output/>"))))),
    ("width", file(decision(table([(["1", "2"], ["1"])])))),
    ("width", file(decision(table([(["1"], [])])))),
    ("size", file(decision(table([(["1"], ["1"])] * 2001)))),
    ("type_unknown", file(decision(table(
        [], asked=('<inputExpression typeRef="tNone"><text>n</text></inputExpression>',))))),
    ("cell_type", file(decision(table([(['"多"'], ["1"])])))),
    ("cell_type", file(decision(table([(["1"], ["1"])], given=('<output typeRef="string"/>',))))),
    ("output_value", file(decision(table([(["1"], ['"丁"'])], given=ORDERED)))),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "content"), REFUSED)
def test_a_file_that_cannot_be_decided_is_refused(reason: str, content: bytes):
    assert refusal(content).params["reason"] == reason


def test_a_refusal_names_decision_rule_cell_and_line():
    content = file("\n\n", decision(table([(["1"], ["1"]), (["1 +"], ["1"])])))

    found = refusal(content)

    assert found.params["line"] == 3
    assert found.params["zh"].startswith("决策“结果”，第 2 条规则，“n”格：")
    assert found.params["en"].startswith("decision “结果”, rule 2, cell “n”: ")


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE d [<!ENTITY a "b">]><definitions/>',
        b"<definitions",
        b"",
        b"<a>" * 100 + b"</a>" * 100,
        b" " * (3 * 1024 * 1024),
    ],
)
def test_hostile_xml_is_refused(content: bytes):
    with pytest.raises(Invalid):
        decisions.load(content)
