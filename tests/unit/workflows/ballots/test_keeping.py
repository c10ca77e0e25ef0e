"""Evidence is kept for its time, counted again by two programs, and destroyed by a signed list."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.errors import Blocked, Conflict, EngineError, Invalid, Tampered
from tests.unit.workflows.ballots.hall import (
    OFFICER,
    RULES,
    WATCHERS,
    opened,
    people,
    plan,
    signing,
)
from workflows.ballots import casting, events, evidence, keeping, paper, recount, signing_in
from workflows.ballots.store import box, header, slip

SCRIPT = Path(recount.__file__)


@pytest.fixture
def counted(hall):
    """A vote with classes, names written in and paper, opened."""
    rules = replace(RULES, classes=("党员", "群众"), class_minimum=5)
    roll = people(12, "党员") + people(8, "群众", 12)
    vote = signing(hall, plan(roll, rules=rules))
    for voter in roll:
        with hall.engine.begin(OFFICER) as uow:
            signing_in.sign_in(uow, vote.id, voter.person)
    signing_in.open_box(hall, OFFICER, vote.id)
    members, others = vote.codes[:12], vote.codes[17:25]
    for code in members[:10] + others:
        data = {"marks": {"c1": "赞成", "c2": "不赞成"}, "write_ins": ["王“五”"]}
        casting.cast(hall.store, vote.id, code, data)
    for code in members[10:]:
        paper.exchange(hall.store, vote.id, code)
    row = {"赞成": 1, "不赞成": 0, "弃权": 0}
    figures = {
        "handed_out": 2, "ballots": 2, "valid": 1, "invalid": {"多选": 1},
        "totals": {f"c{n}": row for n in range(1, 5)}, "write_ins": {},
    }  # fmt: skip
    for teller in WATCHERS[:2]:
        with hall.engine.begin(teller) as uow:
            paper.enter(uow, vote.id, "一号台", figures)
    vote.count()
    return vote


def run_script(file: Path, codes) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file)],
        input="\n".join(codes) + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip


def exported(vote, path: Path, **changed) -> Path:
    data = json.loads(evidence.export(vote.hall, OFFICER, vote.id)) | changed
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.both_databases
def test_two_programs_that_share_no_line_give_the_published_result(counted, tmp_path):
    file = exported(counted, tmp_path / "evidence.json")
    ours = evidence.recount(file.read_bytes(), counted.two_shares())
    assert ours == counted.event.result
    assert ours["sum"]["ballots"] == 20
    assert ours["sum"]["totals"]["c1"] == {"赞成": 19, "不赞成": 0, "弃权": 0}
    done = run_script(file, list(counted.shares.values())[1:])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"SHA-256 {counted.event.result_digest} IDENTICAL" in done.stdout


def test_the_script_imports_nothing_but_the_standard_library():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= sys.stdlib_module_names


def test_both_programs_refuse_a_file_that_was_changed(counted, tmp_path):
    data = json.loads(evidence.export(counted.hall, OFFICER, counted.id))
    file = exported(counted, tmp_path / "evidence.json", ballots=data["ballots"][1:])
    with pytest.raises(Tampered) as error:
        evidence.recount(file.read_bytes(), counted.two_shares())
    assert error.value.code == "ballot_root_differs"
    done = run_script(file, counted.two_shares())
    assert done.returncode == 1
    assert "not those of the statement" in done.stderr


def test_both_programs_refuse_another_result(counted, tmp_path):
    file = exported(counted, tmp_path / "evidence.json", result_digest="0" * 64)
    with pytest.raises(Tampered) as error:
        evidence.recount(file.read_bytes(), counted.two_shares())
    assert error.value.code == "ballot_recount_differs"
    assert "DIFFERS" in run_script(file, counted.two_shares()).stdout


def test_both_programs_refuse_wrong_shares_and_no_file(counted, tmp_path):
    file = exported(counted, tmp_path / "evidence.json")
    one = counted.two_shares()[0]
    with pytest.raises(Invalid) as error:
        evidence.recount(file.read_bytes(), [one, one[:-4] + "AAAA"])
    assert error.value.code == "ballot_share_wrong"
    with pytest.raises(Invalid) as error:
        evidence.recount(file.read_bytes(), [one])
    assert error.value.code == "ballot_shares_do_not_fit"
    with pytest.raises(Invalid) as error:
        evidence.recount(b"[]", [])
    assert error.value.code == "ballot_evidence_unreadable"
    done = run_script(file, [one, one])
    assert (done.returncode, done.stdout) == (1, "")


def rows(hall):
    with hall.store.read() as look:
        count = sa.select(sa.func.count())
        return [look.conn.scalar(count.select_from(table)) for table in (header, slip, box)]


def set_keeping(vote, last: date):
    with vote.hall.engine.begin(OFFICER) as uow:
        keeping.keep_until(uow, vote.id, last, "下一届选举结束")


def refused(vote, call, kind: type[EngineError], code: str):
    before = rows(vote.hall)
    with pytest.raises(kind) as error:
        call()
    assert error.value.code == code
    assert rows(vote.hall) == before


@pytest.mark.both_databases
def test_evidence_is_destroyed_after_its_time_by_a_list_two_people_signed(hall, clock):
    vote = opened(hall)
    vote.cast(vote.codes[0], c1="赞成")
    vote.count()
    destroy = lambda: keeping.destroy(hall, OFFICER, vote.id)  # noqa: E731
    listed = lambda: keeping.list_destruction(hall, OFFICER, vote.id)  # noqa: E731
    refused(vote, listed, Blocked, "ballot_to_be_kept")
    set_keeping(vote, date(2031, 3, 2))
    refused(vote, listed, Blocked, "ballot_to_be_kept")
    refused(vote, lambda: set_keeping(vote, date(2030, 1, 1)), Conflict, "ballot_keeping_shortened")
    clock.set(2031, 3, 3)
    text = listed()
    assert (text["ballots"], text["slips"], len(text["shares"])) == (1, 15, 3)
    refused(vote, destroy, Blocked, "ballot_not_signed")
    vote.sign("destruction", [OFFICER, WATCHERS[0]])
    destroy()
    assert rows(hall) == [0, 0, 0]
    event = vote.event
    assert event.state == "destroyed"
    assert event.result["box"]["valid"] == 1  # what was published stays
    refused(vote, destroy, Conflict, "ballot_not_now")


def test_a_list_that_no_longer_fits_destroys_nothing(hall, clock):
    vote = opened(hall)
    vote.count()
    set_keeping(vote, date(2026, 3, 3))
    clock.move(days=10)
    keeping.list_destruction(hall, OFFICER, vote.id)
    vote.sign("destruction", [OFFICER, WATCHERS[0]])
    with hall.store.begin() as uow:
        first = uow.conn.scalar(sa.select(slip.c.digest))
        uow.conn.execute(slip.delete().where(slip.c.digest == first))
    call = lambda: keeping.destroy(hall, OFFICER, vote.id)  # noqa: E731
    refused(vote, call, Conflict, "ballot_list_outdated")
    keeping.list_destruction(hall, OFFICER, vote.id)
    vote.sign("destruction", [OFFICER, WATCHERS[0]])
    call()
    assert rows(hall) == [0, 0, 0]


def test_a_vote_that_was_not_opened_gives_no_evidence_file(hall):
    vote = opened(hall)
    with pytest.raises(Conflict) as error:
        evidence.export(hall, OFFICER, vote.id)
    assert error.value.code == "ballot_not_now"
    assert vote.event.state == events.VOTING
