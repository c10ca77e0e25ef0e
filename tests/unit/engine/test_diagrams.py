"""What is read out of a diagram."""

import pytest

from engine.diagrams import Children, DecisionUse, Service, StartInfo, read
from tests.diagrams import bpmn, flow
from tests.linting import DEMO

MAIN = DEMO.main
NODES = MAIN.nodes


def test_kinds_follow_from_element_and_extension():
    kinds = {key: node.kind for key, node in NODES.items()}

    assert kinds == {
        "begin": "start", "draft": "user", "review": "user", "g": "exclusive",
        "tally": "service", "grade": "decision", "block": "subprocess", "block_start": "start",
        "split": "parallel", "left": "user", "right": "user", "join": "parallel",
        "block_end": "end", "stopped": "message", "stop_end": "end", "each": "children",
        "wait": "timer", "done": "end",
    }  # fmt: skip


def test_step_attributes_are_read_with_their_types():
    step = NODES["review"].step

    assert step is not None
    assert (step.no, step.unit, step.remind) == (2, "=case.unit", (1, 3))
    assert (step.returns, step.not_by, step.records) == (("draft",), ("draft",), ())
    assert NODES["draft"].step is not None
    assert NODES["draft"].step.due == '=deadline(today(), 5, "wd")'
    assert NODES["draft"].step.records == ("A-01",)


def test_extensions_are_read():
    assert NODES["begin"].start == StartInfo(("CLERK",), "")
    assert NODES["tally"].service == Service("count", {"votes": "=votes"})
    assert NODES["grade"].decision == DecisionUse("grade", "grade_result")
    assert NODES["each"].children == Children("item", "=objects", "id", "name", True, ("score",))
    assert NODES["wait"].timer == "=date(wait_until)"


def test_role_is_the_lane_unless_the_step_says_otherwise():
    assert (NODES["review"].lane, NODES["review"].role) == ("HEAD", "HEAD")
    assert NODES["left"].role == "CLERK"  # its sub-process is in that lane
    assert DEMO.processes["item"].nodes["inspect"].role == "TEAM"


def test_boundary_event_knows_its_host():
    stopped = NODES["stopped"]

    assert (stopped.attached_to, stopped.interrupting, stopped.message) == (
        "block", True, "unit.stop")  # fmt: skip
    assert [node.id for node in MAIN.boundary("block")] == ["stopped"]
    assert NODES["stop_end"].terminate


def test_flows_lead_on_and_back():
    assert MAIN.targets("g") == ("draft", "tally")
    assert MAIN.sources("draft") == ("begin", "g")
    assert NODES["g"].default == "f5"
    assert MAIN.flows["f4"].condition == '=return_to = "draft" or opinion = "补充"'
    assert {node.id for node in MAIN.inside("block")} == {
        "block_start", "split", "left", "right", "join", "block_end"}  # fmt: skip


def test_names_in_both_languages():
    assert (NODES["draft"].name, NODES["draft"].en) == ("起草建议", "Draft")


def test_values_cannot_be_changed():
    with pytest.raises(AttributeError):
        NODES["draft"].name = "x"  # type: ignore[misc]


def test_message_start_call_and_await_are_told_apart():
    process = read(
        bpmn(
            "p",
            '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m"/>'
            "</bpmn:startEvent>",
            '<bpmn:callActivity id="c" calledElement="q"/>',
            '<bpmn:receiveTask id="r" messageRef="m"/>',
            '<bpmn:receiveTask id="a"><bpmn:extensionElements><lx:await of="k"/>'
            "</bpmn:extensionElements></bpmn:receiveTask>",
            '<bpmn:scriptTask id="x"/>',
            '<bpmn:boundaryEvent id="b" attachedToRef="c" cancelActivity="false">'
            "<bpmn:timerEventDefinition/></bpmn:boundaryEvent>",
            flow("f", "nowhere", "c"),
            defs='<bpmn:message id="m" name="unit.reply"/>',
        ),
        "p.bpmn",
    ).processes["p"]

    kinds = {key: node.kind for key, node in process.nodes.items()}
    assert kinds == {"s": "start", "c": "call", "r": "message", "a": "await",
                     "x": "unsupported", "b": "timer"}  # fmt: skip
    assert (process.start, process.message_starts) == ("", {"unit.reply": "s"})
    assert (process.nodes["c"].called, process.nodes["a"].await_of) == ("q", "k")
    assert not process.nodes["b"].interrupting
    assert process.nodes["c"].incoming == ("f",)
