"""``linxuan ballots``: how votes stand, the evidence, the recount, the end of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine import schema
from engine.unit_of_work import Engine
from tests.ballot_case import FOUR, Assembly, entries, set_up
from web.cli import main
from workflows.ballots import keeping

VOTE = f'kind="election" {entries(*FOUR)} seats="=3"'


@pytest.fixture
def engine(tmp_path, clock) -> Iterator[Engine]:
    """An engine on a database as ``linxuan db upgrade`` makes it."""
    made = Engine(f"sqlite:///{tmp_path}/linxuan.db", clock=clock, files=tmp_path / "files")
    schema.upgrade(made)
    yield made
    made.database.dispose()


@pytest.fixture
def counted(engine) -> Assembly:
    vote = set_up(engine, VOTE)
    vote.voting(10)
    vote.do("cast_all", votes={"甲": 8, "乙": 7, "丙": 6, "丁": 2})
    vote.counted()
    return vote


def run(vote: Assembly, *words: Any, typed: str = "") -> Result:
    database, boxes = vote.engine.url, vote.hall.store.engine.url
    folder = str(Path(database.removeprefix("sqlite:///")).parent)
    where = ["--database", database, "--ballots", boxes, "--data", folder]
    return CliRunner().invoke(main, [*where, "ballots", *map(str, words)], input=typed)


def test_status_tells_numbers_and_no_names(counted):
    shown = run(counted, "status")
    assert shown.exit_code == 0, shown.output
    assert counted.lead() in shown.output
    assert "实到 present 10 · 领票 issued 10 · 票箱 in the box 10" in shown.output
    assert "选举人" not in shown.output


def test_evidence_is_counted_again_with_two_shares_and_not_with_one(counted, tmp_path):
    file = tmp_path / "evidence.zip"
    assert run(counted, "evidence", counted.lead(), file).exit_code == 0
    first, second, _third = counted.hands[counted.lead()].shares.values()
    again = run(counted, "recount", file, typed=f"{first}\n{second}\n")
    assert again.exit_code == 0, again.output
    assert counted.event().result_digest in again.output
    assert first not in again.output  # what is typed is not echoed
    same = run(counted, "recount", file, typed=f"{first}\n{first}\n")
    assert same.exit_code == 1


def test_evidence_before_the_count_and_of_no_vote_is_refused_with_a_sentence(engine, tmp_path):
    vote = set_up(engine, VOTE)
    vote.voting(10)
    for name in (vote.lead(), "none"):
        shown = run(vote, "evidence", name, tmp_path / "x.zip")
        assert shown.exit_code == 1
        assert "投票" in shown.output
    assert not (tmp_path / "x.zip").exists()


def test_destruction_is_listed_signed_and_done_only_after_its_time(counted, clock):
    counted.close()
    counted.confirm()
    office = counted.people["office"]
    assert run(counted, "destroy", counted.lead()).exit_code == 1  # too early
    clock.set(2029, 3, 3, 1)
    keeping.list_destruction(counted.hall, office, counted.lead())
    early = run(counted, "destroy", counted.lead(), "--yes")
    assert early.exit_code == 1  # by the clock of this computer, and nobody has signed
    assert counted.event().state == "opened"
