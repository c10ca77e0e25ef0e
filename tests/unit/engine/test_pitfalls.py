"""The 38 traps of the token library, each with its guard.

Not met because what they need is never used: 7 (results of repeated activities are rows), 8 and
9 (votes are rows; nothing ends by counting inside the library), 13 (its data stay empty), 22
(timers are jobs, test_time.py), 26 (nothing depends on the order of branches).
Met elsewhere: 1 and 24 in test_spiff.py; 17, 18, 20, 25, 36 and 37 also by the linter.
"""

import base64
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition

from engine import expressions, feel, instances, messages, queries, spiff, tasks, worker
from engine.errors import AlreadyDone, Conflict, Invalid
from engine.lint import lint
from engine.packages import Package
from engine.spiff import Wait
from engine.tasks import Submission
from engine.unit_of_work import CHINA, Delegate, Engine, Hooks, ServiceCall
from tests.diagrams import bpmn, flow, gateway_xml
from tests.packages import FORM, MANIFEST, START, user
from tests.small_case import ANN, DAN, TEAM, begin, do, open_tasks, snapshot
from tests.unit.engine import test_spiff as net

SOURCE = Path(__file__).parents[3] / "engine"
OLD_BODY = base64.b64decode(
    "MXgBjVfLbhxHDPyXOQ+Nbjb7QR0D+JKrjwsd+pk4FmTBkgwEhv89NdKsEBswzMvOQhp2k8ViFffb9nW7+fZ93/rr49Pr"
    "42G7udzu2xMel614x6NKp+adJ1GnVLIP5EfoseWofqxtv3++u9svW+wppryYepBF4uYiTbESDqg+cy6edbvdk+zbh6f6"
    "5Wnb3a01bDemctlEY3czTpqtIosVAylnT1Gzqy5UjjNt+6Y+pzByIuaeSMqqVGsrtHjpdCyBe8drU2bwbuK0tTLJGIFa"
    "nI3m0JyLy6Kez5oeH9798fn5ftQv/77/Ou+fPjzcfbzWaDpmtyEIyNLsytFFyjMwkOaCBo2jQT3U4tLgKkfynvFeaJQL"
    "45+FM1UtmTiGxBMfOUwkX/bt/vPTPNthCjICs4NJft9+RubPzx/vz9uslVjacN52PdrYYRNrgbkbldOcAprwIMnDkWZf"
    "qThxRVtrmAtgnvqIazlHNfWDflLwDe/OEpiH76H3E/O7+oa5KcjK2d9ibqzEht/rbX+d7TQOnxXznnrRuJRWA6LioEGq"
    "Q2g4J2OF5DAFwNzXugSMphJ7xxAoZvmIyk1YupOaQwfPAx9UPDM1xexGNQE7VvdL/aI+eyPx3YMnvtCcrs8lro06kGkt"
    "a7K6QYETVGckyMliodBXn0Fjk3SwAwr595mnKcIIAVjcVDSlMSGHFZLQAqAqAoBnbEVzyi4dGo2hvbbUFGGs7JzQ57M2"
    "I2i2VsGskq+hjEyxwafEdaYWiqMyQ45hpOjVoTaw4Kp1pojd2FxMAo5+ePf+fvxP4IwUtg0OrgA1fiWncO1HeLiNs4e7"
    "5+l8HDVSGAw2djhFbTVRlxFDSyUI5zd3h4W5kJWJc8WQZYUS9pTJiS8QtibrBd2f3d0UthtTuWxzOfgeTM+5hpR1CTWG"
    "Pa8QdZScsy49FMFx8tILaL4mVHhApxmriOem8EJXR2+gwpHsw5XoppgX4/s9Di8enVKIFSqUD4+egLlKFppdqoNasZYj"
    "BZ/27ROfA5GmIcZYHVLw2aHYAv93RwoL8lm8JhorIx3lXsaxvBwg/HOVRUsIXM6UKBgGkdZjdYzsYZo1AoQinpZHo1bv"
    "aep4zWBeMTCFAANTopdNs6wSyyKeKUJxBRwH+OSag+71pTIPb3gdqx9H1xQK6lpqPJQPd+CCE2gjkW3jg1av1rNgHdGV"
    "oH1dPTXspoQNtUeFlYd1Jfwnf+21JQaEN40ckNbOrY9BreJigdFQEbSetQb8CXsRHylg23xjmykEvTYletkYey/Wq0C5"
    "rgJzq4ypF+hZrt6NySuV013f2GYKweZlqQ0Tx6H4FSaIhp8VJMElLOZaCLNeBEvMzH39gm2m0N1W449su8VvvLHdrHr3"
    "OL//B3KAlQc="
)
"""A body of format 1 as it was written on 25 November 2026: it must be readable for ever."""


def service(operation: str = "work") -> Package:
    main = bpmn(
        "small",
        START,
        flow("f1", "begin", "draft"),
        user("draft", "起草", no="1", role="CLERK"),
        flow("f2", "draft", "work"),
        f'<bpmn:serviceTask id="work"><bpmn:extensionElements><lx:service operation="{operation}">'
        '<lx:input name="x" value="=1"/></lx:service></bpmn:extensionElements></bpmn:serviceTask>',
        flow("f3", "work", "review"),
        user("review", "审核", no="2", role="HEAD"),
        flow("f4", "review", "end"),
        '<bpmn:endEvent id="end"/>',
    )
    files = {"process.toml": MANIFEST.encode(), "process.bpmn": main}
    return Package("small", {**files, **{f"forms/{n}.json": FORM for n in ("draft", "review")}})


def with_delegate(engine: Engine, run: Any, outputs: tuple[str, ...] = ("y",)) -> str:
    delegate = Delegate(run, "办", "Work", ("x",), outputs)
    engine.hooks = Hooks(delegates={"work": delegate})
    return begin(engine, package=service(), deep={"list": [1]})


def variables(engine: Engine, case_id: str) -> dict[str, Any]:
    with engine.begin(ANN) as uow:
        return dict(instances.lock(uow, case_id).flow.variables)


def forget(engine: Engine) -> None:
    """Put every awake case to sleep, so that the next command reads the stored one."""
    engine.live = type(engine.live)(10)


def test_02_what_a_step_left_does_not_change_with_the_hands_that_gave_it(engine: Engine) -> None:
    case_id = begin(engine)
    given: dict[str, Any] = {"rows": [{"score": 1}]}
    do(engine, ANN, "起草", Submission(given, {"rows": given["rows"]}))
    given["rows"][0]["score"] = 99
    assert variables(engine, case_id)["rows"] == [{"score": 1}]
    with engine.read(ANN) as uow:
        assert queries.records(uow, case_id)[0].data == {"rows": [{"score": 1}]}


def test_02_a_service_cannot_reach_into_the_case(engine: Engine) -> None:
    def run(_uow: Any, call: ServiceCall) -> dict[str, Any]:
        call.variables["deep"]["list"].append(2)
        return {"y": 1}

    case_id = with_delegate(engine, run)
    do(engine, ANN, "起草")
    assert variables(engine, case_id)["deep"] == {"list": [1]}


def test_03_branches_share_no_data_of_the_library() -> None:
    run = net.begin(again=False)
    for node in ("u", "k1", "k2"):
        net.move(run, node)
    assert run.done
    assert all(not task.data for task in run.workflow.tasks.values())
    assert not run.workflow.data


@pytest.mark.both_databases
@pytest.mark.parametrize("value", ["x", "datetime", "UUID"])
def test_04_no_word_of_the_user_is_special_to_storage(engine: Engine, value: str) -> None:
    case_id = begin(engine)
    odd = {"typename": value, "__class__": value, "nested": {"typename": value, "value": "1"}}
    do(engine, ANN, "起草", Submission(odd, odd))
    forget(engine)
    kept = variables(engine, case_id)
    assert {name: kept[name] for name in odd} == odd


@pytest.mark.parametrize(
    "value", [{1, 2}, date(2026, 3, 2), Decimal("0.1"), b"x", 0.5, float("nan"), {1: "x"}, 2**64]
)
def test_05_only_json_without_floats_is_kept(engine: Engine, value: Any) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    before = snapshot(engine)
    with pytest.raises(TypeError), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission(variables={"x": [value]}))
    assert snapshot(engine) == before
    assert "x" not in variables(engine, case_id)


def test_05_an_awake_case_and_a_stored_one_are_the_same(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草", Submission(variables={"pair": ("a", 1), "text": "0.10"}))
    awake = variables(engine, case_id)
    forget(engine)
    assert variables(engine, case_id) == awake
    assert awake["pair"] == ["a", 1]


def test_06_a_field_named_like_a_function_breaks_no_function(engine: Engine) -> None:
    begin(engine, sum=5, today="x", deadline=7, date="y")
    with engine.begin(ANN) as uow:
        case = instances.lock(uow, queries.todo(uow).rows[0].instance_id)
        assert expressions.evaluate(case, "=sum([1, 2]) + sum", node="n") == 8
        due = expressions.due(case, '=deadline(today(), 1, "wd")', node="n")
    assert due == datetime(2026, 3, 3, 23, 59, 59, tzinfo=CHINA)


@pytest.mark.parametrize(
    "items", [[None], [{"id": "a"}, {"id": "a"}], [{"name": "x"}], "ab", [{"id": 7}], [{"id": ""}]]
)
def test_10_things_without_a_key_of_their_own_start_nothing(engine: Engine, items: Any) -> None:
    begin(engine, objects=items)
    do(engine, ANN, "起草")
    task_id = open_tasks(engine, DAN)[0].id
    before = snapshot(engine)
    with pytest.raises(Invalid, match="children_"), engine.begin(DAN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission())
    assert snapshot(engine) == before


def test_11_a_child_case_gives_back_what_is_exported_and_nothing_else(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    for _ in range(2):
        do(engine, TEAM, "考察", Submission(variables={"score": 1, "secret": "x", "objects": []}))
    known = variables(engine, case_id)
    assert "secret" not in known
    assert len(known["objects"]) == 2
    assert [set(row) for row in known["each_results"]] == [{"key", "item", "outcome", "score"}] * 2


def test_12_29_31_32_nothing_resets_pickles_or_uses_the_serializer() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    for name in ("reset_from_task_id", "pickle", "BpmnWorkflowSerializer", "serialize_json"):
        assert not re.search(rf"\b{name}\b", text), name


def test_14_a_message_nobody_waits_for_gets_a_clear_answer(engine: Engine) -> None:
    case_id = begin(engine)
    before = snapshot(engine)
    with pytest.raises(Conflict, match="message_unexpected"), engine.begin(DAN) as uow:
        messages.deliver(uow, case_id, "unit.reply", Submission())
    assert snapshot(engine)[1:4] == before[1:4]


def test_15_19_an_event_of_one_case_moves_no_other(engine: Engine, clock: Any) -> None:
    ids = []
    for _ in range(2):
        ids.append(begin(engine, objects=[]))
        do(engine, ANN, "起草")
        do(engine, DAN, "审核")
    clock.move(days=20)
    worker.drain(engine)
    with engine.begin(DAN) as uow:
        assert messages.deliver(uow, ids[0], "unit.reply", Submission()) == ids[0]
    with engine.read(DAN) as uow:
        rows = {row.id: row.status for row in queries.of_units(uow, ["u"]).rows}
    assert rows == {ids[0]: "completed", ids[1]: "running"}


def test_15_every_event_has_a_name_of_its_own_and_none_is_left_over() -> None:
    run = net.begin()
    net.move(run, "u")
    assert run.workflow.bpmn_events == []
    specs = [*net.NET.specs.values(), *net.NET.called["p"].values()]
    events = [
        task.event_definition
        for spec in specs
        for task in spec.task_specs.values()
        if isinstance(getattr(task, "event_definition", None), SignalEventDefinition)
    ]
    assert sorted(event.name for event in events) == ["signal_late", "signal_note"]


def test_16_an_event_beside_a_step_happens_once_and_then_says_so() -> None:
    run = net.begin()
    net.move(run, "u")
    note = next(wait for wait in run.waits() if wait.node == "note")
    run.fire(note)
    run.step(lambda _source: False)
    with pytest.raises(AlreadyDone):
        run.fire(note)
    assert "n" in net.nodes(run)


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ('=date and time("2026-03-05T10:00:00")', datetime(2026, 3, 5, 10, tzinfo=CHINA)),
        ('=date and time("2026-03-05T10:00:00Z")', datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ('=deadline(date("2026-01-31"), 1, "month")', datetime(2026, 3, 1, tzinfo=CHINA)),
    ],
)
def test_21_a_moment_without_a_zone_is_one_in_china(engine: Engine, source: str, at: Any) -> None:
    begin(engine)
    with engine.begin(ANN) as uow:
        case = instances.lock(uow, queries.todo(uow).rows[0].instance_id)
        assert expressions.moment(case, source, node="n") == at


def test_23_a_service_that_fails_changes_nothing_and_may_be_tried_again(engine: Engine) -> None:
    answers: list[Any] = [ValueError("broken"), {"y": "done"}]

    def run(_uow: Any, _call: ServiceCall) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    case_id = with_delegate(engine, run)
    task_id = open_tasks(engine, ANN)[0].id
    before = snapshot(engine)
    with pytest.raises(ValueError, match="broken"), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission())
    assert snapshot(engine) == before
    do(engine, ANN, "起草")
    assert variables(engine, case_id)["y"] == "done"


def test_25_a_gateway_without_a_way_out_is_a_refusal_and_no_crash() -> None:
    diagram = bpmn(
        "p",
        '<bpmn:startEvent id="s"/>',
        flow("a", "s", "g"),
        '<bpmn:exclusiveGateway id="g"/>',
        flow("b", "g", "e1", "one"),
        flow("c", "g", "e2", "two"),
        '<bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/>',
    )
    run = spiff.new(spiff.parse({"p.bpmn": diagram}), "p", {})
    with pytest.raises(Invalid, match="diagram_not_executable"):
        run.step(lambda _source: False)


def test_25_a_condition_that_fails_is_named_and_changes_nothing() -> None:
    def condition(_source: str) -> bool:
        raise Invalid("expression_failed", node="g")

    diagram = bpmn(
        "p",
        '<bpmn:startEvent id="s"/>',
        flow("a", "s", "g"),
        gateway_xml("g", default="c"),
        flow("b", "g", "e1", "one"),
        flow("c", "g", "e2"),
        '<bpmn:endEvent id="e1"/><bpmn:endEvent id="e2"/>',
    )
    run = spiff.new(spiff.parse({"p.bpmn": diagram}), "p", {})
    with pytest.raises(Invalid, match="expression_failed"):
        run.step(condition)


def test_27_an_expression_changes_no_variable() -> None:
    known = {"v": [1], "c": {"a": [1]}}
    feel.evaluate("=append(v, 2)", known)
    feel.evaluate("=concatenate(c.a, [3])", known)
    feel.evaluate('=context put(c, "a", 1)', known)
    assert known == {"v": [1], "c": {"a": [1]}}


def test_28_a_withdrawn_case_is_not_taken_for_a_finished_one(engine: Engine) -> None:
    case_id = begin(engine)
    with engine.begin(ANN) as uow:
        tasks.withdraw(uow, case_id, "不办")
    with engine.read(ANN) as uow:
        row = queries.of_units(uow, ["u"]).rows[0]
    assert (row.status, row.outcome) == ("withdrawn", "撤回")


def test_30_threads_that_share_a_net_do_not_meet() -> None:
    """Every thread plays the same way through one parsed net; the net is never changed."""
    way = ["u", "k1", "k2", "u", "late", "u", "note", "n", "k2", "k1"]

    def play(_number: int) -> list[list[str]]:
        run, seen = net.begin(again=True), []
        for node in way:
            net.move(run, node)
            run = net.stored(run)
            seen.append(net.nodes(run))
        return seen

    alone, before = play(0), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(play, range(40))) == [alone] * 40
    finally:
        sys.setswitchinterval(before)


def test_33_ids_are_text_wherever_we_see_them(engine: Engine) -> None:
    case_id = begin(engine)
    with engine.begin(ANN) as uow:
        waits = list(instances.lock(uow, case_id).flow.waits())
    assert waits == [Wait(str(open_tasks(engine, ANN)[0].id), "draft")]


def test_34_a_body_written_long_ago_is_still_understood() -> None:
    run = spiff.load(net.NET, "p", OLD_BODY)
    assert net.nodes(run) == ["k2", "late", "note"]
    net.move(run, "k2")
    assert run.done


def test_35_words_of_the_library_come_as_a_refusal_with_a_code() -> None:
    broken = bpmn("p", '<bpmn:startEvent id="s"/>', flow("a", "s", "nowhere"))
    with pytest.raises(Invalid) as refused:
        spiff.parse({"p.bpmn": broken})
    assert refused.value.code == "diagram_not_executable"


@pytest.mark.parametrize(
    "element",
    [
        '<bpmn:task id="t" name="x"/>',
        '<bpmn:scriptTask id="t"><bpmn:script>1</bpmn:script></bpmn:scriptTask>',
        '<bpmn:manualTask id="t"/>',
        '<bpmn:sendTask id="t"/>',
    ],
)
def test_36_37_what_would_run_by_itself_never_gets_in(element: str) -> None:
    main = bpmn(
        "small", START, flow("a", "begin", "t"), element, flow("b", "t", "end"),
        '<bpmn:endEvent id="end"/>',
    )  # fmt: skip
    package = Package("small", {"process.toml": MANIFEST.encode(), "process.bpmn": main})
    errors = [
        each for each in lint(package, delegates={}, functions={}) if each.severity == "error"
    ]
    assert "t" in {each.element for each in errors}


def test_38_a_diagram_is_read_as_bytes_whatever_the_machine_speaks() -> None:
    text = net.LOOP.decode().replace('id="u"', 'id="u" name="审核"')
    made = spiff.parse({"p.bpmn": text.encode()})
    assert made.specs["p"].task_specs["u"].bpmn_name == "审核"
    with pytest.raises(Invalid, match="xml_encoding"):
        spiff.parse({"p.bpmn": text.encode("gb18030")})
