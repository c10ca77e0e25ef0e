"""Whatever is changed in a chain or in the records that hang on it is found."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from engine import audit, holds, tasks, worker
from engine.audit import Entry
from engine.errors import Conflict, Tampered
from engine.model import audit_entry, instance, step_record
from engine.tasks import Return, Submission
from engine.unit_of_work import CHINA, SYSTEM, Engine
from tests.conftest import Clock
from tests.small_case import ANN, DAN, TEAM, begin, do, open_tasks

pytestmark = pytest.mark.both_databases


def busy(engine: Engine, clock: Clock) -> str:
    """Bring a case through every kind of record; the clock of a rehearsal shows China time."""
    clock.now = clock.now.astimezone(CHINA)
    case_id = begin(engine)
    do(engine, ANN, "起草", Submission({"text": "𠮷", "n": 2**62}))
    with engine.begin(DAN) as uow:
        mine = tasks.held(uow, open_tasks_id(engine, DAN))
        tasks.send_back(uow, mine, Return("draft", "其他", "再改"))
    do(engine, ANN, "起草")
    do(engine, DAN, "审核", Submission(reason="同意", findings=[{"rule": "X-001"}]))
    with engine.begin(SYSTEM) as uow:
        holds.place(uow, case_id, reason="查")
    with engine.begin(SYSTEM) as uow:
        holds.release(uow, case_id, reason="了")
    do(engine, TEAM, "考察")
    do(engine, TEAM, "考察")
    clock.move(days=20)
    worker.drain(engine)
    return case_id


def open_tasks_id(engine: Engine, actor: Any) -> str:
    return str(open_tasks(engine, actor)[0].id)


def check(engine: Engine, case_id: str) -> None:
    with engine.read(SYSTEM) as uow:
        head = uow.conn.scalar(sa.select(instance.c.audit_head).where(instance.c.id == case_id))
        entries = audit.trail(uow, case_id)
        audit.verify(entries, head=head)
        audit.verify_records(entries, audit.records(uow, case_id))


def test_a_whole_case_verifies_with_every_record_named_once(engine: Engine, clock: Clock) -> None:
    case_id = busy(engine, clock)
    check(engine, case_id)
    with engine.read(SYSTEM) as uow:
        kinds = {row.kind for row in audit.records(uow, case_id)}
        assert audit.verify_all(uow) == 3
    assert kinds == {"complete", "return", "hold", "release_hold", "timer"}


def test_a_change_in_any_column_of_an_entry_is_found(engine: Engine, clock: Clock) -> None:
    case_id = busy(engine, clock)
    with engine.read(SYSTEM) as uow:
        entries = list(audit.trail(uow, case_id))
    for name in Entry.__dataclass_fields__:
        changed: Any = {"seq": 99, "detail": {"a": 1}}.get(name, "x")
        forged = [*entries[:2], replace(entries[2], **{name: changed}), *entries[3:]]
        with pytest.raises(Tampered, match="chain_broken"):
            audit.verify(forged, head=entries[-1].digest)
    with engine.begin(SYSTEM) as uow:
        third = (audit_entry.c.instance_id == case_id) & (audit_entry.c.seq == 3)
        uow.conn.execute(audit_entry.update().where(third).values(actor="x"))
    with pytest.raises(Tampered) as found, engine.read(SYSTEM) as uow:
        audit.verify_all(uow)
    assert (found.value.instance_id, found.value.params) == (case_id, {"seq": 3})


def resealed(entries: list[Entry]) -> list[Entry]:
    """Number and link the entries anew, as a careful forger would."""
    previous, made = "0" * 64, []
    for seq, entry in enumerate(entries, start=1):
        values = vars(replace(entry, seq=seq, previous=previous))
        previous = audit.digest_of(values)
        made.append(Entry(**{**values, "digest": previous}))
    return made


def test_cut_swap_insert_and_a_chain_made_anew_are_found(engine: Engine, clock: Clock) -> None:
    case_id = busy(engine, clock)
    with engine.read(SYSTEM) as uow:
        entries = list(audit.trail(uow, case_id))
        head = entries[-1].digest
        rows = list(audit.records(uow, case_id))
    audit.verify(entries, head=head)
    forged = [
        entries[:-1],
        entries[1:],
        entries[:3] + entries[4:],
        [entries[0], entries[2], entries[1], *entries[3:]],
        [*entries[:2], entries[1], *entries[2:]],
        [],
        resealed(entries[:3] + entries[4:]),
    ]
    for chain in forged:
        with pytest.raises(Tampered):
            audit.verify(chain, head=head)
    shorter = resealed([entry for entry in entries if entry.action != "task_returned"])
    audit.verify(shorter)  # a chain made anew with its head is whole in itself …
    with pytest.raises(Tampered, match="record_unproved"):
        audit.verify_records(shorter, rows)  # … but the record of the act gives it away


def test_a_change_in_any_column_of_a_record_is_found(engine: Engine, clock: Clock) -> None:
    case_id = busy(engine, clock)
    with engine.read(SYSTEM) as uow:
        entries = audit.trail(uow, case_id)
        rows = list(audit.records(uow, case_id))
    kinds: dict[type, Any] = {str: "x", int: 77, dict: {"a": 1}, list: [1]}
    for column in {c.name for c in step_record.c} - {"id"}:
        values = rows[1]._asdict()
        values[column] = kinds.get(type(values[column]), clock.now + timedelta(days=1))
        forged = SimpleNamespace(_mapping=values, **values)
        with pytest.raises(Tampered, match="record_altered"):
            audit.verify_records(entries, [rows[0], forged, *rows[2:]])
    with engine.begin(SYSTEM) as uow:
        second = step_record.c.id == rows[1].id
        uow.conn.execute(step_record.update().where(second).values(findings=[]))
        uow.conn.execute(step_record.update().where(second).values(actor_name="别人"))
    with pytest.raises(Tampered, match="record_altered"):
        check(engine, case_id)


def test_a_record_taken_away_or_added_is_found(engine: Engine, clock: Clock) -> None:
    case_id = busy(engine, clock)
    with engine.read(SYSTEM) as uow:
        entries = audit.trail(uow, case_id)
        rows = list(audit.records(uow, case_id))
    with pytest.raises(Tampered, match="record_lost"):
        audit.verify_records(entries, rows[1:])
    with pytest.raises(Tampered, match="record_unproved"):
        audit.verify_records(entries, [*rows, rows[0]])


def test_a_float_is_no_evidence(engine: Engine) -> None:
    begin(engine)
    task_id = open_tasks_id(engine, ANN)
    with pytest.raises(TypeError, match="float"), engine.begin(ANN) as uow:
        tasks.complete(uow, tasks.held(uow, task_id), Submission({"rows": [{"share": 0.5}]}))
    assert open_tasks_id(engine, ANN) == task_id
    with pytest.raises(TypeError, match="float"):
        audit.digest_of({**dict.fromkeys(Entry.__dataclass_fields__, ""), "detail": {"a": [1.0]}})


def test_the_digest_is_that_of_sorted_json_in_utf_8() -> None:
    values: dict[str, Any] = {
        "instance_id": "i", "seq": 1, "at": "t", "actor": "a", "action": "x",
        "detail": {"乙": 1, "a": "𠮷"}, "previous": "0",
    }  # fmt: skip
    written = (
        '{"action":"x","actor":"a","at":"t","detail":{"a":"𠮷","乙":1},"instance":"i",'
        '"previous":"0","seq":1}'
    )
    assert orjson.loads(written)["detail"] == values["detail"]
    assert audit.digest_of(values) == hashlib.sha256(written.encode()).hexdigest()


def test_refusals_may_name_anything_but_are_kept_as_plain_json(engine: Engine) -> None:
    case_id = begin(engine)
    with pytest.raises(Conflict), engine.begin(ANN) as uow:
        raise Conflict("no", instance_id=case_id, when=[uow.now], what={"a": object, "b": 0.5})
    check(engine, case_id)
    with engine.read(SYSTEM) as uow:
        last = audit.trail(uow, case_id)[-1]
    assert last.detail["params"]["what"]["b"] == "0.5"
