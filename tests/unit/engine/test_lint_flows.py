"""Flows, gateways, loops and parallel blocks: each fault in a copy of a good diagram."""

import pytest

from tests.diagrams import flow
from tests.linting import DEMO, findings, found, spoil

PROCESS_END = "</bpmn:process>"
BLOCK_END = "</bpmn:subProcess>"
CONDITION = (
    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=return_to = &quot;draft&quot; or '
    "opinion = &quot;补充&quot;</bpmn:conditionExpression>"
)
START = '<bpmn:startEvent id="block_start"/>'
MESSAGE_START = (
    '<bpmn:startEvent id="block_start"><bpmn:messageEventDefinition messageRef="m_stop"/>'
    "</bpmn:startEvent>"
)
LATE = (
    '<bpmn:intermediateCatchEvent id="late"><bpmn:timerEventDefinition><bpmn:timeDate>=today()'
    "</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
)


def more(*elements: str) -> tuple[str, str]:
    return PROCESS_END, "".join(elements) + PROCESS_END


def in_block(*elements: str) -> tuple[str, str]:
    return BLOCK_END, "".join(elements) + BLOCK_END


def end(key: str) -> str:
    return f'<bpmn:endEvent id="{key}"/>'


@pytest.mark.parametrize(
    ("code", "element", "edits"),
    [
        ("flow_dangling", "f2", [('id="f2" sourceRef="draft" targetRef="review"',
                                  'id="f2" sourceRef="draft" targetRef="nowhere"')]),
        ("flow_crosses", "x", [more(flow("x", "wait", "left"))]),
        ("condition_ignored", "f3", [
            (flow("f3", "review", "g"), flow("f3", "review", "g", "=true"))]),
        ("several_outgoing", "draft", [more(flow("x", "draft", "tally"))]),
        ("incoming_here", "begin", [more(flow("x", "tally", "begin"))]),
        ("outgoing_here", "done", [more(flow("x", "done", "stop_end"))]),
        ("no_default", "g", [(' default="f5"', "")]),
        ("no_condition", "f4", [(CONDITION, "")]),
        ("default_condition", "f5", [
            (flow("f5", "g", "tally"), flow("f5", "g", "tally", "=true"))]),
        ("boundary_host", "stopped", [('attachedToRef="block"', 'attachedToRef="g"')]),
        ("boundary_host", "stopped", [('attachedToRef="block"', 'attachedToRef="left"')]),
        ("boundary_instant", "stopped", [('attachedToRef="block"', 'attachedToRef="tally"')]),
        ("unreachable", "lost", [more('<bpmn:userTask id="lost"/>', flow("x", "lost", "done"))]),
        ("dead_end", "each", [(flow("f11", "wait", "done"), "")]),
        ("dead_end", "stopped", [(flow("f8", "stopped", "stop_end"), "")]),
        ("no_start", "block", [('<bpmn:startEvent id="block_start"/>', "")]),
        ("no_end", "block", [('<bpmn:endEvent id="block_end"/>', "")]),
        ("several_starts", "demo", [more('<bpmn:startEvent id="x"/>', flow("y", "x", "draft"))]),
        ("message_start_inside", "block_start", [(START, MESSAGE_START)]),
        ("busy_loop", "tally", [(
            flow("f6", "tally", "grade"),
            '<bpmn:exclusiveGateway id="again" default="f6"/>' + flow("fa", "tally", "again")
            + flow("fb", "again", "tally", "=votes = 1") + flow("f6", "again", "grade"))]),
    ],
)  # fmt: skip
def test_flow_fault_is_named(code: str, element: str, edits: list[tuple[str, str]]):
    assert found(spoil("process.bpmn", *edits), code).element == element


def test_loop_with_a_task_in_it_is_fine():
    """f4 leads back to the draft, and nobody complains."""
    assert 'id="f4"' in DEMO.files["process.bpmn"].decode()
    assert findings(DEMO) == []


SPLIT_OUTSIDE = (
    '<bpmn:parallelGateway id="ps"/>', flow("p1", "wait", "ps"), flow("p2", "ps", "done"),
    flow("p3", "ps", "pe"), end("pe"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "element", "edits"),
    [
        ("parallel_outside", "ps", [(flow("f11", "wait", "done"), "".join(SPLIT_OUTSIDE))]),
        ("parallel_two", "split2", [(
            flow("b2", "split", "left"),
            '<bpmn:parallelGateway id="split2"/>' + flow("b2", "split", "split2")
            + flow("s1", "split2", "left") + flow("s2", "split2", "se") + end("se"))]),
        ("parallel_in_loop", "split", [(
            flow("b6", "join", "block_end"),
            '<bpmn:exclusiveGateway id="more" default="b7"/>' + flow("b6", "join", "more")
            + flow("b7", "more", "block_end") + flow("b8", "more", "split", "=votes = 1"))]),
        ("gateway_mixed", "join", [in_block(flow("x", "join", "e2"), end("e2"))]),
        ("join_alone", "jj", [(
            flow("f11", "wait", "done"),
            '<bpmn:parallelGateway id="jj"/>' + flow("f11", "wait", "jj") + flow("jd", "jj", "done")
            ), (flow("f8", "stopped", "stop_end"), flow("f8", "stopped", "jj"))]),
        ("parallel_joins", "join", [(
            flow("b4", "left", "join"),
            '<bpmn:parallelGateway id="join2"/>' + flow("b4", "left", "join2")
            + flow("b9", "right2", "join2") + flow("b10", "join2", "join")
            + '<bpmn:userTask id="right2"/>' + flow("b11", "split", "right2"))]),
        ("branches_merge", "left", [(flow("b3", "split", "right"), flow("b3", "split", "left")),
                                    (flow("b5", "right", "join"), "")]),
        ("branch_unbalanced", "left", [(
            flow("b4", "left", "join"),
            '<bpmn:exclusiveGateway id="xg" default="b4"/>' + flow("b40", "left", "xg")
            + flow("b4", "xg", "join") + flow("b41", "xg", "xe", "=votes = 1") + end("xe"))]),
        ("join_starves", "join", [
            in_block('<bpmn:userTask id="late"/>', flow("l1", "late", "join"))]),
    ],
)  # fmt: skip
def test_parallel_block_fault_is_named(code: str, element: str, edits: list[tuple[str, str]]):
    assert found(spoil("process.bpmn", *edits), code).element == element


def test_loop_around_the_sub_process_of_a_block_is_fine():
    again = (
        '<bpmn:exclusiveGateway id="again" default="f9"/>' + flow("f90", "block", "again")
        + flow("f9", "again", "each") + flow("f91", "again", "block", "=votes = 1")
    )  # fmt: skip
    every = findings(spoil("process.bpmn", (flow("f9", "block", "each"), again)))

    assert {finding.code for finding in every} == {"not_drawn"}


def test_terminating_end_inside_a_branch_is_fine():
    stop = (
        '<bpmn:exclusiveGateway id="xg" default="b4"/>' + flow("b40", "left", "xg")
        + flow("b4", "xg", "join") + flow("b41", "xg", "xe", "=votes = 1")
        + '<bpmn:endEvent id="xe"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
    )  # fmt: skip
    every = findings(spoil("process.bpmn", (flow("b4", "left", "join"), stop)))

    assert {finding.code for finding in every} == {"not_drawn"}


EVENT_GATE = (
    '<bpmn:eventBasedGateway id="eg"/>', flow("e1", "wait", "eg"), flow("e2", "eg", "late"),
    LATE, flow("e3", "late", "done"),
)  # fmt: skip


def test_event_gateway_needs_two_events_of_its_own():
    one = spoil("process.bpmn", (flow("f11", "wait", "done"), "".join(EVENT_GATE)))
    task = spoil(
        "process.bpmn",
        (flow("f11", "wait", "done"), "".join(EVENT_GATE) + flow("e4", "eg", "draft")),
    )

    assert found(one, "event_based_few").element == "eg"
    assert found(task, "event_based_target").element == "eg"
