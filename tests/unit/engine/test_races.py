"""Two people pressing the same button: one effect, one clear answer to the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from engine import audit, children, queries, tasks, worker
from engine.errors import AlreadyDone, Conflict, EngineError, TaskAlreadyClaimed
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Actor, Engine
from tests.conftest import Clock
from tests.small_case import ANN, BEN, DAN, TEAM, begin, do, open_tasks

pytestmark = pytest.mark.both_databases


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls at the same moment; returns what each gave or the error it raised."""
    ready = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        ready.wait()
        try:
            return call()
        except EngineError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def claim(engine: Engine, actor: Actor, task_id: str) -> None:
    with engine.begin(actor) as uow:
        tasks.claim(uow, task_id)


def complete(engine: Engine, actor: Actor, task_id: str) -> bool:
    with engine.begin(actor) as uow:
        return tasks.complete(uow, tasks.held(uow, task_id), Submission())


def test_of_two_who_claim_one_task_one_gets_it(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    answers = at_once(*[lambda a=a: claim(engine, a, task_id) for a in (ANN, BEN)])
    assert sorted(type(answer) for answer in answers if answer) == [TaskAlreadyClaimed]
    with engine.read(SYSTEM) as uow:
        actions = [entry.action for entry in audit.trail(uow, case_id)]
        audit.verify(audit.trail(uow, case_id))
    assert actions.count("task_claimed") == 1
    assert actions.count("attempt_refused") == 1


def test_of_eight_who_hand_in_one_task_one_does(engine: Engine) -> None:
    case_id = begin(engine)
    task_id = open_tasks(engine, ANN)[0].id
    people = [Actor(f"p{n}", f"人{n}", frozenset({"CLERK@u"})) for n in range(8)]
    answers = at_once(*[lambda a=a: complete(engine, a, task_id) for a in people])
    assert answers.count(True) == 1
    assert sum(isinstance(answer, AlreadyDone) for answer in answers) == 7
    with engine.read(SYSTEM) as uow:
        assert len(queries.records(uow, case_id)) == 1
        audit.verify(audit.trail(uow, case_id))


def test_children_ending_together_let_the_parent_go_on_once(engine: Engine) -> None:
    case_id = begin(engine)
    do(engine, ANN, "起草")
    do(engine, DAN, "审核")
    ids = [row.id for row in open_tasks(engine, TEAM)]
    assert at_once(*[lambda t=t: complete(engine, TEAM, t) for t in ids]) == [True, True]
    at_once(lambda: worker.drain(engine), lambda: worker.drain(engine))
    with engine.read(SYSTEM) as uow:
        assert [c["status"] for c in children.of(uow, case_id)] == ["completed", "completed"]
        actions = [entry.action for entry in audit.trail(uow, case_id)]
    assert actions.count("children_ended") == 1


def test_two_workers_start_every_child_once(engine: Engine) -> None:
    many = [{"id": f"k{n}", "name": f"名{n}"} for n in range(30)]
    case_id = begin(engine, objects=many)
    with engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, open_tasks(engine, ANN)[0].id), Submission())
    with engine.begin(DAN) as uow:
        tasks.complete(uow, tasks.held(uow, open_tasks(engine, DAN)[0].id), Submission())
    at_once(lambda: worker.drain(engine), lambda: worker.drain(engine))
    worker.drain(engine)
    with engine.read(SYSTEM) as uow:
        started = children.of(uow, case_id)
    assert [child["child_key"] for child in started] == [item["id"] for item in many]
    assert len({child["business_key"] for child in started}) == 30


def test_a_business_key_is_given_once(engine: Engine) -> None:
    begin(engine)
    from tests.small_case import begin as again  # noqa: PLC0415

    assert not any(isinstance(a, Conflict) for a in at_once(*[lambda: again(engine)] * 4))


def test_a_reminder_and_a_submission_at_the_same_moment_do_not_block_each_other(
    engine: Engine, clock: Clock
) -> None:
    for _ in range(5):
        begin(engine)
        do(engine, ANN, "起草")
    ids = [row.id for row in open_tasks(engine, DAN)]
    clock.move(days=2)
    answers = at_once(
        lambda: worker.drain(engine),
        *[lambda t=t: complete(engine, DAN, t) for t in ids],
        lambda: worker.drain(engine),
    )
    assert [answer for answer in answers if isinstance(answer, EngineError)] == []
    worker.drain(engine)
    assert len(open_tasks(engine, TEAM)) == 10
