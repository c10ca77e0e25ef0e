"""Where a case has been on its diagram, read from its records alone."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from engine.diagrams import read
from tests.diagrams import bpmn, flow, gateway_xml
from tests.office import MAIN
from tests.packages import user
from workflows.trace import taken

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)
OFFICE = read(MAIN, "process.bpmn").processes["office"]


def record(node, minutes, kind="complete"):
    return SimpleNamespace(node=node, at=NINE + timedelta(minutes=minutes), kind=kind)


def task(node, minutes):
    return SimpleNamespace(node=node, created_at=NINE + timedelta(minutes=minutes))


def test_flow_from_the_start_to_the_first_task_is_taken():
    assert taken(OFFICE, [record("begin", 0, "start")], [task("draft", 0)]) == {"f1"}


def test_return_takes_the_returning_branch_and_no_other():
    records = [record("begin", 0, "start"), record("draft", 1), record("review", 2, "return")]
    work = [task("draft", 0), task("review", 1), task("draft", 2)]
    assert taken(OFFICE, records, work) == {"f1", "f2", "f3", "f4"}


def test_nothing_is_taken_that_no_record_proves():
    assert taken(OFFICE, [], [task("draft", 0)]) == set()
    assert taken(OFFICE, [record("draft", 1)], [task("review", 5)]) == set()


def test_sub_process_is_entered_and_left():
    xml = bpmn(
        "p",
        '<bpmn:startEvent id="s"/>',
        flow("a", "s", "one"),
        user("one", "一", role="TEAM"),
        flow("b", "one", "sub"),
        '<bpmn:subProcess id="sub"><bpmn:startEvent id="is"/>',
        flow("c", "is", "two"),
        user("two", "二", role="TEAM"),
        flow("d", "two", "ie"),
        '<bpmn:endEvent id="ie"/></bpmn:subProcess>',
        flow("e", "sub", "g"),
        gateway_xml("g"),
        flow("f", "g", "three"),
        user("three", "三", role="TEAM"),
    )
    process = read(xml, "p.bpmn").processes["p"]
    records = [record("one", 1), record("two", 2)]
    work = [task("two", 1), task("three", 2)]
    assert taken(process, records, work) == {"b", "c", "d", "e", "f"}
