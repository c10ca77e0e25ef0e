"""Where slips and ballots are kept when nobody says so, and when somebody does."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.unit_of_work import Engine
from workflows.ballots import places
from workflows.ballots.places import hall_of


def test_the_store_is_a_file_of_its_own_beside_the_database(engine, tmp_path):
    hall = hall_of(engine)
    assert (tmp_path / "ballots.db").exists()
    assert hall_of(engine).store is hall.store
    assert hall.store.engine.url != engine.url
    places.close(engine)


def test_the_address_that_was_set_is_used(engine, tmp_path):
    places.settle(engine, f"sqlite:///{tmp_path}/elsewhere.db")
    hall_of(engine)
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "ballots.db").exists()
    places.close(engine)


def test_beside_a_server_it_is_a_file_beside_the_folder_of_files(tmp_path):
    server = Engine("postgresql+psycopg://nobody@nowhere/none", files=tmp_path / "files")
    assert places.beside(server) == f"sqlite:///{tmp_path}/ballots.db"
    with pytest.raises(Invalid) as error:
        places.beside(Engine("sqlite://"))
    assert error.value.code == "ballot_store_unset"
