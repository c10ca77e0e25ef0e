"""What the tables, the files and the logs give away about who voted how: nothing.

The schema is walked, not trusted. The tricks that link ballots to voters in an ordinary
database (transaction numbers, row addresses, page order, the log) are played on our own tables.
"""

from __future__ import annotations

import logging
import random
import traceback
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import model as engine_model
from tests.unit.workflows.ballots.hall import (
    OFFICER,
    Vote,
    login,
    opened,
    voter,
)
from workflows.ballots import casting, model, signing_in, store
from workflows.ballots.slips import new_code

ALLOWED = (sa.Text, sa.LargeBinary, sa.Boolean)
"""Column types of slips and ballots: no moment, no number, so no order."""
FORBIDDEN = ("person", "name", "user", "account", "actor", "time", "date", "created", "updated")
FORBIDDEN += ("ip", "address", "device", "session", "seq", "serial", "no", "at")
MARKER = "暗号标记甲乙丙"


def test_slips_and_ballots_have_no_column_that_could_name_or_order():
    for table in (store.slip, store.box):
        assert all(isinstance(column.type, ALLOWED) for column in table.columns)
        words = {word for column in table.columns for word in column.name.split("_")}
        assert not words & set(FORBIDDEN)
        assert {column.default for column in table.columns} == {None}
        assert {column.server_default for column in table.columns} == {None}


def test_no_path_of_keys_leads_from_the_roll_to_slips_or_ballots():
    ours = engine_model.metadata
    assert not {table.name for table in store.metadata.sorted_tables} & set(ours.tables)
    assert not [key for table in store.metadata.sorted_tables for key in table.foreign_keys]
    reached, edge = set(), {model.ballot_roll.name}
    links = [
        {table.name, key.column.table.name}
        for table in ours.sorted_tables
        for key in table.foreign_keys
    ]
    while edge:
        reached |= edge
        edge = {name for link in links if link & reached for name in link} - reached
    assert not reached & set(store.metadata.tables)


def test_the_roll_keeps_no_moment_and_no_place():
    assert set(model.ballot_roll.c.keys()) == {
        "event_id", "person", "name", "voter_class", "state", "excuse", "claim",
    }  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.own_database
def test_the_database_itself_has_only_the_columns_of_the_model(hall):
    found = sa.inspect(hall.store.engine.database)
    for table in (store.slip, store.box):
        assert [each["name"] for each in found.get_columns(table.name)] == table.c.keys()
        assert found.get_foreign_keys(table.name) == []
    assert hall.store.engine.sqlite or found.get_sequence_names() == []


@pytest.mark.both_databases
@pytest.mark.own_database
def test_every_sealed_ballot_has_the_same_length(hall):
    vote = opened(hall)
    vote.cast(vote.codes[0])
    vote.cast(vote.codes[1], c1="赞成", c2="不赞成", c3="赞成", c4="不赞成")
    names = {"marks": {"c1": "不赞成", "c2": "不赞成"}, "write_ins": ["王" * 20, "李" * 20]}
    casting.cast(hall.store, vote.id, vote.codes[2], names)
    with hall.store.read() as look:
        assert len(set(map(len, look.conn.scalars(sa.select(store.box.c.sealed))))) == 1


def everything(database: sa.Engine) -> str:
    """Every value of every table, as text."""
    with database.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for name in sa.inspect(database).get_table_names()
            for row in connection.execute(sa.text(f'select * from "{name}"'))
        )


def files_of(database: sa.Engine) -> bytes:
    """Every byte of a SQLite database: file and log. Nothing for PostgreSQL."""
    if database.dialect.name != "sqlite":
        return b""
    path = Path(database.url.database)
    return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))


@pytest.mark.both_databases
@pytest.mark.own_database
def test_a_marker_choice_is_found_nowhere(hall, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    vote, code = login(hall), new_code()
    signing_in.claim(hall, voter(1), vote.id, code)
    data = {"marks": {"c4": "不赞成"}, "write_ins": [MARKER]}
    receipt = casting.cast(hall.store, vote.id, code, data)
    vote.close()
    main, own = hall.engine.database, hall.store.engine.database
    for text in (everything(main), everything(own), caplog.text):
        assert MARKER not in text
        assert code not in text
    for raw in (files_of(main), files_of(own)):
        assert MARKER.encode() not in raw
        assert code.encode() not in raw
    assert len(caplog.records) > 50  # the log did listen
    assert receipt in everything(main)  # in the statement, sorted among the others
    vote.sign()
    with hall.engine.read(OFFICER) as uow:
        for table in ("job", "draft", "step_record", "audit_entry", "idempotency", "instance"):
            rows = engine_model.metadata.tables[table]
            assert uow.conn.scalar(sa.select(sa.func.count()).select_from(rows)) == 0


@pytest.mark.both_databases
@pytest.mark.own_database
def test_an_error_report_shows_neither_digest_nor_ballot(hall):
    vote = opened(hall)
    with hall.store.begin() as uow:
        uow.conn.execute(sa.text("drop table ballot_box"))
    data = {"marks": {"c1": "赞成"}}
    with pytest.raises(sa.exc.DBAPIError) as error:
        casting.cast(hall.store, vote.id, vote.codes[0], data)
    told = "".join(traceback.format_exception(error.value))
    assert "hide_parameters" in told
    assert "赞成" not in told
    assert "commitment': b" not in told


@pytest.mark.both_databases
@pytest.mark.own_database
def test_the_programs_own_database_holds_no_ballot_before_the_close(hall):
    vote = opened(hall)
    receipts = [vote.cast(code, c1="赞成") for code in vote.codes[:5]]
    main = hall.engine.database
    with hall.store.read() as look:
        sealed = look.conn.execute(sa.select(store.box.c.sealed, store.box.c.commitment)).all()
    raw, text = files_of(main), everything(main)
    for row in sealed:
        for value in row:
            assert value not in raw
            assert value.hex() not in text
    assert not [receipt for receipt in receipts if receipt in text]


def physical(hall) -> list[bytes]:
    """Commitments in the order in which the database keeps the rows."""
    with hall.store.read() as look:
        found = list(look.conn.scalars(sa.select(store.box.c.commitment)))
    raw = files_of(hall.store.engine.database)
    return sorted(found, key=raw.rindex) if raw else _by_address(hall)


def _by_address(hall) -> list[bytes]:
    with hall.store.read() as look:
        rows = look.conn.execute(sa.text("select commitment from ballot_box order by ctid"))
        return [row[0] for row in rows]


def tau(order: list[int]) -> float:
    """Kendall's rank correlation with 0, 1, 2…"""
    pairs = [(a < b) - (a > b) for at, a in enumerate(order) for b in order[at + 1 :]]
    return sum(pairs) / len(pairs)


@pytest.fixture
def cast_in_turn(hall):
    """200 ballots cast in the order of the roll, as nobody should; commitments in that order."""
    vote, chance = opened(hall, voters=200), random.Random(20261125)
    order: list[bytes] = []
    seen: set[bytes] = set()
    for code in vote.codes[:200]:
        vote.cast(code, c1=chance.choice(["赞成", "不赞成"]))
        with hall.store.read() as look:
            now = set(look.conn.scalars(sa.select(store.box.c.commitment)))
        order += now - seen
        seen = now
    return vote, order


@pytest.mark.postgresql
def test_postgresql_transaction_numbers_say_nothing_after_the_close(hall, cast_in_turn):
    vote, order = cast_in_turn
    query = "select commitment from ballot_box order by xmin::text::bigint"
    with hall.store.read() as look:
        before = [row[0] for row in look.conn.execute(sa.text(query))]
    assert before == order  # the route is open until the close
    vote.close()
    with hall.store.read() as look:
        for table in ("ballot_box", "ballot_slip"):
            numbers = look.conn.scalars(sa.text(f"select distinct xmin::text from {table}")).all()
            assert len(numbers) == 1
        dead = look.conn.scalar(sa.text("select pg_relation_size('ballot_box')"))
    assert dead < 200 * 1000  # no old versions are left in the file
    with hall.engine.read(OFFICER) as uow:
        roll = uow.conn.scalars(sa.text("select xmin::text from ballot_roll")).all()
    with hall.store.read() as look:
        box = set(look.conn.scalars(sa.text("select xmin::text from ballot_box")))
    assert not box & {str(int(number) + step) for number in roll for step in (0, 1)}


@pytest.mark.both_databases
@pytest.mark.own_database
def test_the_order_of_rows_says_nothing_after_the_close(hall, cast_in_turn):
    vote, order = cast_in_turn
    place = {commitment: at for at, commitment in enumerate(order)}
    if not hall.store.engine.sqlite:
        assert tau([place[each] for each in physical(hall)]) > 0.99  # the control
    vote.close()
    assert abs(tau([place[each] for each in physical(hall)])) < 0.25  # five times its deviation


def test_sqlite_gives_back_the_old_pages_and_the_log(hall, cast_in_turn):
    vote, order = cast_in_turn
    log = Path(f"{hall.store.engine.database.url.database}-wal")
    assert log.stat().st_size > 0
    vote.close()
    assert log.stat().st_size == 0
    raw = files_of(hall.store.engine.database)
    assert {raw.count(commitment) for commitment in order} == {1}
    with hall.store.read() as look:
        assert look.conn.scalar(sa.text("pragma freelist_count")) == 0


def test_neighbours_on_a_sqlite_page_were_no_neighbours_in_time(hall, cast_in_turn):
    vote, order = cast_in_turn
    vote.close()
    place = {commitment: at for at, commitment in enumerate(order)}
    found = [place[each] for each in physical(hall)]
    near = sum(abs(a - b) == 1 for a, b in pairwise(found))
    assert near <= 12  # two by chance


def test_the_key_of_the_slips_is_wiped_at_the_close(hall):
    vote = opened(hall)
    with hall.store.read() as look:
        key = look.conn.scalar(sa.select(store.header.c.slip_key))
    vote.close()
    assert key not in files_of(hall.store.engine.database)


def relinked(vote: Vote) -> bool:
    """Whether some text that names a voter also holds a digest of the store."""
    main = everything(vote.hall.engine.database)
    with vote.hall.store.read() as look:
        digests = look.conn.scalars(sa.select(store.slip.c.digest)).all()
        ids = look.conn.scalars(sa.select(store.box.c.id)).all()
    return any(value.hex() in main or repr(value) in main for value in (*digests, *ids))


@pytest.mark.both_databases
@pytest.mark.own_database
def test_the_claim_of_a_login_is_no_key_of_the_store(hall):
    vote = login(hall)
    for number in range(3):
        code = new_code()
        signing_in.claim(hall, voter(number), vote.id, code)
        vote.cast(code, c1="赞成")
    assert not relinked(vote)
