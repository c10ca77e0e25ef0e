"""Child cases, called processes and messages between the diagrams of a package."""

import pytest

from engine.packages import Package
from tests.diagrams import bpmn, flow
from tests.linting import DEMO, findings, found, spoil

CALL = '<bpmn:callActivity id="call" calledElement="{}"/>'


def with_files(**files: bytes) -> Package:
    return Package("demo", {**DEMO.files, **{f"{k}.bpmn": body for k, body in files.items()}})


def small(process: str, *middle: str, start: str = "") -> bytes:
    """A process of one node between start and end."""
    key = f"{process}_x"
    return bpmn(
        process,
        start or f'<bpmn:startEvent id="{process}_s"/>',
        *middle,
        flow(f"{process}1", f"{process}_s", key),
        flow(f"{process}2", key, f"{process}_e"),
        f'<bpmn:endEvent id="{process}_e"/>',
    )


def call(process: str, target: str) -> bytes:
    return small(process, f'<bpmn:callActivity id="{process}_x" calledElement="{target}"/>')


@pytest.mark.parametrize(
    ("code", "element", "old", "new"),
    [
        ("called_missing", "each", 'process="item"', 'process="items"'),
        ("children_marker", "each", "<bpmn:multiInstanceLoopCharacteristics/>", ""),
        ("children_attribute", "each", 'key="id"', ""),
        ("children_id", "ea-ch", '"each"', '"ea-ch"'),
        ("export_unknown", "each", 'exports="score"', 'exports="points"'),
        ("never_awaited", "each", 'wait="true"', 'wait="false"'),
        ("message_missing", "stopped", ' messageRef="m_stop"', ""),
        ("message_name", "stopped", 'name="unit.stop"', 'name="Unit Stop"'),
    ],
)
def test_fault_between_processes_is_named(code: str, element: str, old: str, new: str):
    assert found(spoil("process.bpmn", (old, new)), code).element == element


def test_children_may_be_awaited_later():
    later = (
        '<bpmn:receiveTask id="later" name="等待"><bpmn:extensionElements><lx:await of="each"/>'
        "</bpmn:extensionElements></bpmn:receiveTask>" + flow("w1", "wait", "later")
        + flow("f11", "later", "done")
    )  # fmt: skip
    edits = [('wait="true"', 'wait="false"'), (flow("f11", "wait", "done"), later)]

    assert {f.code for f in findings(spoil("process.bpmn", *edits))} == {"not_drawn"}
    wrong = spoil("process.bpmn", *edits, ('of="each"', 'of="draft"'))
    assert found(wrong, "await_unknown").element == "later"
    assert found(spoil("process.bpmn", edits[1]), "await_waited").element == "later"


def test_process_that_calls_itself_is_refused():
    package = with_files(one=call("one", "two"), two=call("two", "one"))

    assert {f.element for f in findings(package) if f.code == "recursion"} == {"one", "two"}
    assert found(with_files(one=call("one", "demo")), "process_unused").severity == "warning"


MESSAGE_START = (
    '<bpmn:startEvent id="{0}_s"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
)


def started(process: str) -> bytes:
    task = f'<bpmn:callActivity id="{process}_x" calledElement="item"/>'
    body = small(process, task, start=MESSAGE_START.format(process)).decode()
    message = '<bpmn:message id="m" name="unit.complaint"/>'
    return body.replace("<bpmn:process", f"{message}<bpmn:process").encode()


def test_process_started_by_a_message_stands_alone_and_once():
    once = findings(with_files(one=started("one")))
    twice = with_files(one=started("one"), two=started("two"))

    assert {f.code for f in once} == {"no_drawing"}
    assert found(twice, "message_twice").element in {"one_s", "two_s"}


def test_process_started_by_a_message_cannot_be_called():
    package = with_files(one=started("one"), two=call("two", "one"))

    assert found(package, "called_start").element == "two_x"


def test_main_process_needs_a_plain_start():
    plain = '<bpmn:startEvent id="begin" name="发起">'
    package = spoil("process.bpmn", (
        plain + '<bpmn:extensionElements><lx:start roles="CLERK"/></bpmn:extensionElements>',
        plain + '<bpmn:messageEventDefinition messageRef="m_stop"/>'))  # fmt: skip

    assert found(package, "main_message_start").element == "begin"


def test_sub_processes_may_not_nest_for_ever():
    inner = '<bpmn:subProcess id="d{0}"><bpmn:startEvent id="s{0}"/>{1}</bpmn:subProcess>'
    nested = ""
    for depth in range(8):
        nested = inner.format(depth, nested)
    package = spoil("process.bpmn", ("</bpmn:process>", nested + "</bpmn:process>"))

    assert found(package, "nesting").element in {"d0", "d1"}
