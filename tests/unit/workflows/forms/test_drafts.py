import pytest

from engine.errors import Invalid
from engine.unit_of_work import Actor
from workflows.forms import drafts

LIN, CHEN = Actor("lin", "林"), Actor("chen", "陈")
HALF = {"name": "周", "n": "12x", "rows": [{}, {"who": ""}]}

pytestmark = pytest.mark.both_databases


def test_a_half_filled_form_comes_back_as_it_was_typed(engine, clock):
    with engine.begin(LIN) as uow:
        drafts.save(uow, "t1", HALF)
    with engine.read(LIN) as uow:
        found = drafts.load(uow, "t1")

    assert found == drafts.Draft(HALF, clock.now)


def test_a_later_draft_takes_the_place_of_the_earlier(engine, clock):
    with engine.begin(LIN) as uow:
        drafts.save(uow, "t1", HALF)
    clock.move(minutes=5)
    with engine.begin(LIN) as uow:
        drafts.save(uow, "t1", {"name": "周文"})
        assert drafts.load(uow, "t1") == drafts.Draft({"name": "周文"}, clock.now)


def test_everybody_has_a_draft_of_their_own(engine):
    with engine.begin(LIN) as uow:
        drafts.save(uow, "t1", HALF)
    with engine.begin(CHEN) as uow:
        assert drafts.load(uow, "t1") is None
        drafts.save(uow, "t1", {"name": "钱"})
        drafts.discard(uow, "t1")
    with engine.read(LIN) as uow:
        assert drafts.load(uow, "t1").data == HALF


def test_a_draft_survives_the_command_that_failed(engine):
    with engine.begin(LIN) as uow:
        drafts.save(uow, "t1", HALF)
    with pytest.raises(Invalid), engine.begin(LIN) as uow:
        drafts.discard(uow, "t1")
        raise Invalid
    with engine.read(LIN) as uow:
        assert drafts.load(uow, "t1").data == HALF


def test_discarding_nothing_is_fine_and_a_draft_without_end_is_refused(engine):
    with engine.begin(LIN) as uow:
        drafts.discard(uow, "t1")
        with pytest.raises(Invalid):
            drafts.save(uow, "t1", {"a": "x" * 2_000_001})
        assert drafts.load(uow, "t1") is None
