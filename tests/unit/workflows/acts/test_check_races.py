"""Several people check at the same moment: nobody waits for another in a ring, nothing is lost."""

import pytest

from engine import audit
from engine.errors import NotAllowed
from engine.unit_of_work import SYSTEM
from tests.line_case import set_up
from tests.unit.engine.test_races import at_once
from workflows.acts import rows

pytestmark = pytest.mark.both_databases
FIT = {"verdict": "合格", "all": "ok"}
CHECK = (
    'kind="check" roll="=signers" entries="=entries" '
    'checklist="=[{id: &quot;seal&quot;}, {id: &quot;whole&quot;}]"'
)
PANEL = ("ann", "ben", "dan", "eve")
ENTRIES = [{"id": f"e{no}", "name": f"项目{no}"} for no in range(8)]


def test_four_people_at_the_same_entries_give_each_its_opinions(engine):
    case = set_up(engine, {"check": CHECK})
    case.start(ENTRIES, signers=" ".join(PANEL))
    case.open("check")
    for entry in [each["id"] for each in ENTRIES]:
        answers = at_once(*[
            lambda who=who, entry=entry: case.give(who, "check", {entry: FIT}) for who in PANEL
        ])  # fmt: skip
        late = [answer for answer in answers if answer is not True]
        assert all(isinstance(each, NotAllowed) for each in late), answers
        assert answers.count(True) >= 2
    with engine.read(SYSTEM) as uow:
        given = rows.current(uow, case.lead("check"))
    assert all(sum(row.entry == each["id"] for row in given) >= 2 for each in ENTRIES)
    case.close("check")
    case.confirm("check")
    with engine.read(SYSTEM) as uow:
        assert rows.of_task(uow, case.lead("check")).result["summary"]["passed"] == len(ENTRIES)
        audit.verify_all(uow)


def test_different_entries_at_once_leave_the_work_of_the_others_right(engine):
    case = set_up(engine, {"check": CHECK})
    case.start(ENTRIES, signers="ann ben dan")
    case.open("check")
    ids = [each["id"] for each in ENTRIES]
    case.give("ann", "check", dict.fromkeys(ids, FIT))
    half = len(ids) // 2
    answers = at_once(
        lambda: case.give("ben", "check", dict.fromkeys(ids[:half], FIT)),
        lambda: case.give("dan", "check", dict.fromkeys(ids[half:], FIT)),
    )
    assert answers == [True, True]
    case.close("check")  # everything has its two opinions, so no reason is needed
