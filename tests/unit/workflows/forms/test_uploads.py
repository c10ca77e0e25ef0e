import io

import pytest

from engine.documents import find, read
from engine.unit_of_work import Actor
from tests.unit.workflows.forms.build import field, form, rows
from workflows.forms.uploads import Upload, receive

LIN = Actor("lin", "林")
PDF = b"%PDF-1.7\nbody\n%%EOF\n"
MADE = form(
    field("one", "filepicker", accept=".pdf"),
    field("many", "filepicker", multiple=True, properties={"maxFiles": 2}),
    rows("r", field("f", "filepicker")),
    field("name"),
)


def upload(path, content=PDF, name="材料.pdf"):
    return Upload(path, name, io.BytesIO(content))


@pytest.fixture
def uow(engine):
    with engine.begin(LIN) as uow:
        yield uow


def codes(received):
    return {path: [m.code for m in found] for path, found in received.errors.items()}


def test_a_file_is_stored_and_named_in_the_answers(uow):
    received = receive(uow, MADE, {"name": "x"}, [upload("one")])

    [file] = received.raw["one"]
    assert (file["name"], file["mime"], file["size"]) == ("材料.pdf", "application/pdf", len(PDF))
    assert read(uow, file["digest"]) == PDF
    assert (received.raw["name"], received.errors) == ("x", {})


def test_a_single_file_takes_the_place_of_the_one_before(uow):
    raw = receive(uow, MADE, {}, [upload("one")]).raw
    raw = receive(uow, MADE, raw, [upload("one", PDF + b"%%EOF")]).raw

    assert len(raw["one"]) == 1


def test_the_same_content_is_listed_once_and_more_than_allowed_is_refused_unstored(uow):
    third = PDF + b"3%%EOF"
    files = [upload("many"), upload("many"), upload("many", PDF + b"2%%EOF"), upload("many", third)]

    received = receive(uow, MADE, {}, files)

    assert len(received.raw["many"]) == 2
    assert codes(received) == {"many": ["files_max"]}


def test_a_refused_file_costs_only_itself(uow):
    files = [upload("one", b"no pdf"), upload("one", name="x.txt"), upload("many")]

    received = receive(uow, MADE, {}, files)

    assert codes(received) == {"one": ["file_type", "file_not_accepted"]}
    assert "one" not in received.raw or received.raw["one"] == []
    assert len(received.raw["many"]) == 1


def test_rows_hold_files_too(uow):
    received = receive(uow, MADE, {"r": [{}, {}]}, [upload("r-1-f")])

    assert [len(row.get("f", [])) for row in received.raw["r"]] == [0, 1]


@pytest.mark.parametrize("path", ["name", "x", "r", "r-0", "r-7-f", "one-0", "", "-"])
def test_files_for_other_places_are_refused(uow, path):
    received = receive(uow, MADE, {"r": [{}]}, [upload(path)])

    assert codes(received) == {path: ["unknown"]}
    assert find(uow, "0" * 64) is None
