"""Each element we do not run is refused by name; ids and extensions are checked."""

import pytest

from tests.linting import DEMO, findings, found, put, spoil

TIMER = (
    "<bpmn:timerEventDefinition><bpmn:timeDate>=date(wait_until)</bpmn:timeDate>"
    "</bpmn:timerEventDefinition>"
)
PROCESS_END = "</bpmn:process>"


def instead_of_timer(definition: str) -> tuple[str, str]:
    return TIMER, definition


def beside(element: str) -> tuple[str, str]:
    return PROCESS_END, element + PROCESS_END


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("plain_task", beside('<bpmn:task id="bad"/>')),
        ("plain_task", beside('<bpmn:manualTask id="bad"/>')),
        ("send_task", beside('<bpmn:sendTask id="bad"/>')),
        ("script", beside(
            '<bpmn:scriptTask id="bad"><bpmn:script>1</bpmn:script></bpmn:scriptTask>')),
        ("throw_event", beside('<bpmn:intermediateThrowEvent id="bad"/>')),
        ("complex_gateway", beside('<bpmn:complexGateway id="bad"/>')),
        ("ad_hoc", beside('<bpmn:adHocSubProcess id="bad"/>')),
        ("transaction", beside('<bpmn:transaction id="bad"/>')),
        ("data_element", beside('<bpmn:dataObject id="bad"/>')),
        ("event_subprocess", beside('<bpmn:subProcess id="bad" triggeredByEvent="true"/>')),
        ("compensation", beside('<bpmn:userTask id="bad" isForCompensation="true"/>')),
        ("token_quantity", beside('<bpmn:userTask id="bad" startQuantity="2"/>')),
        ("instantiate", beside('<bpmn:receiveTask id="bad" instantiate="true"/>')),
        ("multi_instance", beside(
            '<bpmn:userTask id="bad"><bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>')),
        ("standard_loop", beside(
            '<bpmn:userTask id="bad"><bpmn:standardLoopCharacteristics/></bpmn:userTask>')),
        ("element_refused", beside(
            '<bpmn:userTask id="bad"><bpmn:potentialOwner/></bpmn:userTask>')),
        ("foreign_element", beside('<x:bad id="bad" xmlns:x="urn:x"/>')),
        ("empty_event", beside('<bpmn:intermediateCatchEvent id="bad"/>')),
        ("several_events", beside(
            '<bpmn:intermediateCatchEvent id="bad"><bpmn:messageEventDefinition/>'
            "<bpmn:timerEventDefinition/></bpmn:intermediateCatchEvent>")),
        ("event_here", beside(
            '<bpmn:endEvent id="bad"><bpmn:messageEventDefinition/></bpmn:endEvent>')),
        ("id_form", beside('<bpmn:userTask id="bad.id"/>')),
        ("id_form", beside('<bpmn:userTask id="起草"/>')),
        ("id_reserved", beside('<bpmn:userTask id="Start"/>')),
        ("id_reserved", beside('<bpmn:endEvent id="End"/>')),
        ("id_reserved", beside('<bpmn:userTask id="Root"/>')),
        ("id_missing", beside("<bpmn:userTask/>")),
        ("duplicate_id", beside('<bpmn:userTask id="inspect"/>')),
        ("duplicate_id", beside('<bpmn:userTask id="draft"/>')),
        ("schema", beside('<bpmn:userTask id="bad" colour="red"/>')),
        ("not_drawn", beside('<bpmn:userTask id="bad"/>')),
        ("several_processes", (
            PROCESS_END, f'{PROCESS_END}<bpmn:process id="second">{PROCESS_END}')),
        ("process_id", ('process id="demo"', 'process id="other"')),
        ("message_flow", (
            "</bpmn:collaboration>",
            '<bpmn:messageFlow id="bad" sourceRef="a" targetRef="b"/></bpmn:collaboration>')),
    ],
)  # fmt: skip
def test_element_is_refused(code: str, edit: tuple[str, str]):
    assert found(spoil("process.bpmn", edit), code).file == "process.bpmn"


@pytest.mark.parametrize(
    ("code", "definition"),
    [
        ("conditional", "conditionalEventDefinition"),
        ("link", "linkEventDefinition"),
        ("compensation", "compensateEventDefinition"),
        ("signal", "signalEventDefinition"),
        ("error_event", "errorEventDefinition"),
        ("escalation", "escalationEventDefinition"),
        ("transaction", "cancelEventDefinition"),
    ],
)
def test_event_kind_is_refused_by_its_name(code: str, definition: str):
    finding = found(spoil("process.bpmn", instead_of_timer(f"<bpmn:{definition}/>")), code)

    assert (finding.severity, finding.element) == ("error", "wait")


@pytest.mark.parametrize("kind", ["timeDuration", "timeCycle"])
def test_timer_needs_a_date(kind: str):
    package = spoil("process.bpmn", ("bpmn:timeDate>", f"bpmn:{kind}>"))

    assert found(package, "timer_kind").element == "wait"
    assert "deadline" in found(package, "timer_kind").remedy_en


def test_children_may_not_run_one_after_another_or_end_early():
    marker = "<bpmn:multiInstanceLoopCharacteristics/>"
    one_by_one = marker.replace("/>", ' isSequential="true"/>')
    early = marker.replace(
        "/>",
        "><bpmn:completionCondition>true</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>",
    )

    assert found(spoil("process.bpmn", (marker, one_by_one)), "sequential").element == "each"
    assert found(spoil("process.bpmn", (marker, early)), "completion_condition").element == "each"


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("attribute_unknown", 'not_by="draft"', 'notby="draft"'),
        ("extension_unknown", "<lx:decision table=", "<lx:decizion table="),
        ("extension_here", "<lx:decision table=", '<lx:step no="1"/><lx:decision table='),
        ("extension_twice", '<lx:start roles="CLERK"/>', '<lx:start roles="CLERK"/>' * 2),
        ("input_attributes", '<lx:input name="votes"', '<lx:input names="votes"'),
        ("foreign_extension", '<lx:start roles="CLERK"/>',
         '<lx:start roles="CLERK"/><c:form xmlns:c="http://camunda.org/schema/1.0/bpmn"/>'),
    ],
)  # fmt: skip
def test_extension_is_checked(code: str, old: str, new: str):
    found(spoil("process.bpmn", (old, new)), code)


def test_file_without_drawing_is_one_warning():
    text = DEMO.files["item.bpmn"].decode()
    start, end = text.index("<bpmndi:BPMNDiagram"), text.index("</bpmn:definitions>")

    every = findings(put("item.bpmn", text[:start] + text[end:]))

    assert [(f.severity, f.code, f.file) for f in every] == [("warning", "no_drawing", "item.bpmn")]


def test_file_without_process_is_named():
    head = DEMO.files["item.bpmn"].decode().split("<bpmn:process")[0]

    assert found(put("more.bpmn", head + "</bpmn:definitions>"), "no_process").file == "more.bpmn"


def test_annotation_group_and_colours_are_accepted():
    more = (
        '<bpmn:textAnnotation id="note"><bpmn:text>说明</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="line" sourceRef="note" targetRef="draft"/>'
        '<bpmn:group id="frame"/>'
    )

    assert findings(spoil("process.bpmn", beside(more))) == []
