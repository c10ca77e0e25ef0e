"""Tokens: how they move, what is guarded, and that cutting history off changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import spiff
from engine.errors import AlreadyDone, Invalid, Tampered
from tests.diagrams import bpmn, flow, gateway_xml

LOOP = bpmn(
    "p",
    '<bpmn:startEvent id="s"/>',
    flow("a", "s", "g"),
    '<bpmn:exclusiveGateway id="g"/>',
    flow("b", "g", "u"),
    '<bpmn:userTask id="u"/>',
    flow("c", "u", "sp"),
    '<bpmn:subProcess id="sp"><bpmn:startEvent id="s2"/>',
    flow("x1", "s2", "pg"),
    '<bpmn:parallelGateway id="pg"/>',
    flow("x2", "pg", "k1"),
    flow("x3", "pg", "k2"),
    '<bpmn:userTask id="k1"/><bpmn:serviceTask id="k2"/>',
    flow("x4", "k1", "pj"),
    flow("x5", "k2", "pj"),
    '<bpmn:parallelGateway id="pj"/>',
    flow("x6", "pj", "e2"),
    '<bpmn:endEvent id="e2"/></bpmn:subProcess>',
    '<bpmn:boundaryEvent id="late" attachedToRef="sp"><bpmn:timerEventDefinition>'
    "<bpmn:timeDate>=d</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent>",
    flow("bb", "late", "g"),
    '<bpmn:boundaryEvent id="note" attachedToRef="sp" cancelActivity="false">'
    '<bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>',
    flow("nn", "note", "n"),
    '<bpmn:userTask id="n"/>',
    flow("ne", "n", "en"),
    '<bpmn:endEvent id="en"/>',
    flow("d", "sp", "h"),
    gateway_xml("h", default="f1"),
    flow("f1", "h", "e"),
    flow("f2", "h", "g", "again"),
    '<bpmn:endEvent id="e"/>',
    defs='<bpmn:message id="m" name="m"/>',
)
NET = spiff.parse({"p.bpmn": LOOP})
EVENTS = ("late", "note")


def begin(**variables: object) -> spiff.Flow:
    run = spiff.new(NET, "p", variables)
    run.step(lambda source: bool(run.variables.get(source)))
    return run


def move(run: spiff.Flow, node: str) -> None:
    wait = next(wait for wait in run.waits() if wait.node == node)
    (run.fire if node in EVENTS else run.complete)(wait)
    run.step(lambda source: bool(run.variables.get(source)))


def nodes(run: spiff.Flow) -> list[str]:
    return sorted(wait.node for wait in run.waits())


def stored(run: spiff.Flow) -> spiff.Flow:
    return spiff.load(NET, "p", run.dump())


def test_a_parallel_block_waits_for_all_its_branches() -> None:
    run = begin()
    move(run, "u")
    assert nodes(run) == ["k1", "k2", "late", "note"]
    move(run, "k1")
    assert nodes(run) == ["k2", "late", "note"]
    move(run, "k2")
    assert run.done
    assert nodes(run) == []


def test_an_interrupting_timer_takes_the_block_away() -> None:
    run = begin()
    move(run, "u")
    move(run, "late")
    assert nodes(run) == ["u"]


def test_a_token_is_completed_only_once() -> None:
    run = begin()
    wait = next(iter(run.waits()))
    run.complete(wait)
    with pytest.raises(AlreadyDone):
        run.complete(wait)


def test_an_event_that_no_longer_waits_cannot_happen() -> None:
    run = begin()
    move(run, "u")
    late = next(wait for wait in run.waits() if wait.node == "late")
    move(run, "k1")
    move(run, "k2")
    with pytest.raises(AlreadyDone):
        run.fire(late)


def test_a_thousand_rounds_leave_the_body_as_small_as_one() -> None:
    run = begin(again=True)
    sizes = []
    for round_no in range(120):
        move(run, "u")
        move(run, "k1")
        move(run, "late" if round_no % 3 == 0 else "k2")
        run = stored(run)
        sizes.append(len(run.dump()))
    assert max(sizes) - min(sizes) < 200
    assert len(run.workflow.tasks) < 20


def test_two_instances_of_one_net_have_tokens_of_their_own() -> None:
    one, other = begin(), begin()
    assert not set(one.waits()) & set(other.waits())


def test_an_endless_loop_is_stopped() -> None:
    spin = bpmn(
        "p",
        '<bpmn:startEvent id="s"/>',
        flow("a", "s", "g"),
        gateway_xml("g", default="b"),
        flow("b", "g", "h"),
        flow("c", "g", "e", "never"),
        '<bpmn:exclusiveGateway id="h"/>',
        flow("d", "h", "g"),
        '<bpmn:endEvent id="e"/>',
    )
    run = spiff.new(spiff.parse({"p.bpmn": spin}), "p", {})
    with pytest.raises(Invalid) as refused:
        run.step(lambda source: False)
    assert refused.value.code == "too_many_steps"


def test_an_unreadable_body_is_reported_as_tampered() -> None:
    with pytest.raises(Tampered):
        spiff.load(NET, "p", b"1not zlib")
    with pytest.raises(Tampered):
        spiff.load(NET, "p", b"9")


def test_an_event_gateway_takes_the_first_event_only() -> None:
    choice = bpmn(
        "p",
        '<bpmn:startEvent id="s"/>',
        flow("a", "s", "g"),
        '<bpmn:eventBasedGateway id="g"/>',
        flow("b", "g", "t"),
        flow("c", "g", "m1"),
        '<bpmn:intermediateCatchEvent id="t"><bpmn:timerEventDefinition>'
        "<bpmn:timeDate>=d</bpmn:timeDate></bpmn:timerEventDefinition>"
        "</bpmn:intermediateCatchEvent>",
        '<bpmn:intermediateCatchEvent id="m1"><bpmn:messageEventDefinition messageRef="m"/>'
        "</bpmn:intermediateCatchEvent>",
        flow("d", "t", "late_task"),
        '<bpmn:userTask id="late_task"/>',
        flow("e1", "late_task", "e"),
        flow("f", "m1", "e"),
        '<bpmn:endEvent id="e"/>',
        defs='<bpmn:message id="m" name="m"/>',
    )
    net = spiff.parse({"p.bpmn": choice})
    run = spiff.new(net, "p", {})
    run.step(lambda source: False)
    run = spiff.load(net, "p", run.dump())
    assert nodes(run) == ["m1", "t"]
    run.fire(next(wait for wait in run.waits() if wait.node == "t"))
    run.step(lambda source: False)
    assert nodes(run) == ["late_task"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=5), max_size=25))
def test_a_run_stored_after_every_step_goes_the_way_of_one_never_stored(picks: list[int]) -> None:
    kept, cut = begin(again=True), begin(again=True)
    for pick in picks:
        choices = nodes(kept)
        assert choices == nodes(cut)
        node = choices[pick % len(choices)]
        move(kept, node)
        move(cut, node)
        cut = stored(cut)
    assert nodes(kept) == nodes(cut)
