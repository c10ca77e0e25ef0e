"""A committee decides: quorum, base, recusal, attendance, votes by inbox and in the room."""

import pytest

from engine.errors import Conflict, Invalid, NotFound
from engine.unit_of_work import SYSTEM
from tests.line_case import set_up
from web.i18n import sentences
from workflows.acts import committee_vote, meeting, preparing, rows
from workflows.acts.committee_vote import ABSENT, LEAVE, PRESENT
from workflows.acts.kind import Material, Member, Sheet
from workflows.acts.meeting import Attendance
from workflows.acts.preparing import Pin
from workflows.counting.working import NotCountable

YES, NO, LATER = "同意", "不同意", "缓议"


def meets(members, present, votes, off=0, **written):
    """Return the result of one item; the first *off* members are present and recused."""
    settings = committee_vote.settle({"entries": [{"id": "x", "name": "甲"}], **written})
    barred = frozenset("x")
    people = [Member(f"{no:02d}", barred if no <= off else frozenset())
              for no in range(1, members + 1)]  # fmt: skip
    there = {each.label: PRESENT if no < present else LEAVE for no, each in enumerate(people)}
    voters = [each.label for no, each in enumerate(people) if off <= no < present]
    sheets = [Sheet(who, "x", {"opinion": word}) for who, word in zip(voters, votes, strict=False)]
    more = {"attendance": there, "chair": "甲", "recorder": "乙", "hands": {}}
    return committee_vote.result(Material(settings, people, sheets, more=more))


def outcome(found):
    return found.value["rows"][0]["outcome"]


@pytest.mark.parametrize(
    ("vector", "numbers", "expected"),
    [
        ("T01", (11, 8, [YES] * 6), "adopted"),
        ("T02", (11, 7, [YES] * 7), "invalid"),
        ("T03", (12, 8, [YES] * 6), "rejected"),
        ("T04", (9, 6, [YES] * 4), "rejected"),
        ("T05", (9, 6, [YES] * 5 + [LATER]), "adopted"),
        ("T06", (9, 8, [YES] * 5, 2), "adopted"),
        ("T06 less", (9, 8, [YES] * 4, 2), "rejected"),
        ("E10", (11, 8, [YES] * 5), "rejected"),
        ("E10 more", (11, 8, [YES] * 6), "adopted"),
        ("half", (10, 10, [YES] * 5), "rejected"),
        ("deferred", (9, 9, [LATER] * 5), "deferred"),
    ],
)
def test_the_vectors_of_the_domain_specification(vector, numbers, expected):
    assert outcome(meets(*numbers)) == expected, vector


def test_a_recused_member_leaves_the_base_only_where_the_diagram_says_so():
    assert outcome(meets(9, 8, [YES] * 4, 2, recused="out")) == "adopted"  # T06: 8 > 7


@pytest.mark.parametrize(("agree", "expected"), [(5, "rejected"), (6, "adopted")])
def test_reopening_takes_more_than_half_of_all_members(agree, expected):
    assert outcome(meets(11, 7, [YES] * agree, rule="reopening")) == expected  # T07


def test_a_vacant_seat_lowers_the_due_and_leave_does_not():
    assert outcome(meets(11, 8, [YES] * 5)) == "rejected"
    assert outcome(meets(11, 8, [YES] * 5, due=9)) == "adopted"
    found = meets(11, 8, [YES] * 6)
    numbers = ("total", "due", "present", "leave")
    assert [found.value[name] for name in numbers] == [11, 11, 8, 3]


def test_too_few_votes_are_pointed_out_and_a_vote_of_somebody_absent_is_not_counted():
    found = meets(9, 8, [YES] * 7)
    assert found.attention == ("vote_sum",)
    settings = committee_vote.settle({"entries": [{"id": "x"}]})
    people = [Member("01"), Member("02"), Member("03")]
    sheets = [Sheet(each.label, "x", {"opinion": YES}) for each in people]
    there = {"01": PRESENT, "02": PRESENT, "03": ABSENT}
    found = committee_vote.result(Material(settings, people, sheets, more={"attendance": there}))
    assert (found.value["rows"][0]["agree"], found.attention) == (2, ("absent_vote",))


def test_more_hands_than_people_cannot_be_counted():
    settings = committee_vote.settle({"entries": [{"id": "x"}], "way": "hands"})
    people = [Member("01"), Member("02", frozenset("x"))]
    more = {"attendance": {"01": PRESENT, "02": PRESENT}, "hands": {"x": {"agree": 2}}}
    with pytest.raises(NotCountable):
        committee_vote.result(Material(settings, people, more=more))


def test_what_is_adopted_is_handed_on_and_the_summary_stays_small():
    settings = committee_vote.settle({"entries": [{"id": f"{no:036d}"} for no in range(90)]})
    people = [Member("01")]
    sheets = [Sheet("01", each["id"], {"opinion": YES if no % 2 else NO})
              for no, each in enumerate(settings["entries"])]  # fmt: skip
    found = committee_vote.result(
        Material(settings, people, sheets, more={"attendance": {"01": PRESENT}})
    )
    assert len(found.entries) == found.summary["adopted_count"] == 45
    assert len(found.summary["adopted"]) == 30
    assert found.summary["valid"]


@pytest.mark.parametrize("wrong", [{"rule": "nobody"}, {"quorum": "3/2"}, {"due": 0},
                                   {"members": "9"}, {"entries": []}])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(Invalid) as error:
        committee_vote.settle(wrong)
    assert error.value.code == "act_setting"


def test_every_attention_has_a_sentence():
    codes = {"no_quorum", "vote_sum", "absent_vote"}
    assert {f"act_attention_{code}" for code in codes} <= sentences().keys()


VOTE = 'kind="committee_vote" roll="=signers" entries="=entries" '


def seen(uow, lead, *absent, chair="甲", recorder="乙"):
    people = {row.id: PRESENT for row in rows.participants(uow, lead)}
    for row in rows.participants(uow, lead):
        if row.name in absent:
            people[row.id] = LEAVE
    return Attendance(people, chair, recorder)


@pytest.fixture
def voting(engine):
    case = set_up(engine, {"vote": VOTE})
    case.start(signers="ann ben dan")
    case.open("vote")
    return case


def attend(case, *absent, **more):
    lead = case.lead("vote")
    with case.engine.begin(case.actors["officer"]) as uow:
        meeting.attend(uow, lead, seen(uow, lead, *absent, **more))


def vote(case, login, x, y=YES):
    case.give(login, "vote", {"x": {"opinion": x}, "y": {"opinion": y}})


def test_members_vote_once_they_are_noted_as_present(voting):
    with pytest.raises(Conflict) as error:
        vote(voting, "ann", YES)
    assert error.value.code == "act_not_present"
    with pytest.raises(Conflict) as error:
        voting.close("vote", reason="提前")
    assert error.value.code == "act_attendance_missing"
    attend(voting, "dan某")
    assert voting.todo("dan") == []
    with pytest.raises(Invalid) as error:
        vote(voting, "ann", "也许")
    assert error.value.fields == {"x.opinion": ["act_vote"]}
    vote(voting, "ann", YES)
    vote(voting, "ben", YES, LATER)
    voting.close("vote")
    voting.confirm("vote")
    with voting.engine.read(SYSTEM) as uow:
        result = rows.of_task(uow, voting.lead("vote")).result
    assert result["summary"]["adopted"] == ["x"]
    assert result["summary"]["rejected"] == ["y"]
    assert (result["value"]["leave"], result["value"]["chair"]) == (1, "甲")


def test_who_comes_late_gets_his_part_back(voting):
    attend(voting, "dan某")
    attend(voting)
    assert voting.todo("dan") == ["vote"]
    vote(voting, "dan", YES)


def test_attendance_is_whole_and_names_who_presides(voting):
    lead, officer = voting.lead("vote"), voting.actors["officer"]
    with pytest.raises(Invalid) as error:
        attend(voting, chair=" ")
    assert error.value.fields == {"chair": ["required"]}
    with pytest.raises(Invalid), voting.engine.begin(officer) as uow:
        meeting.attend(uow, lead, Attendance({}, "甲", "乙"))
    with pytest.raises(NotFound), voting.engine.begin(officer) as uow:
        meeting.attend(uow, lead, Attendance({"nobody": PRESENT}, "甲", "乙"))
    with pytest.raises(NotFound), voting.engine.begin(officer) as uow:
        meeting.count_hands(uow, lead, {})


def test_a_recused_member_votes_on_the_other_items_only(voting):
    lead = voting.lead("vote")
    with voting.engine.begin(voting.actors["officer"]) as uow:
        ann = rows.participants(uow, lead)[0]
        preparing.pin(uow, lead, Pin(ann.id, "x", "近亲属"))
    attend(voting)
    voting.give("ann", "vote", {"y": {"opinion": YES}})
    vote(voting, "ben", YES)
    vote(voting, "dan", YES)
    voting.close("vote")
    with voting.engine.read(SYSTEM) as uow:
        row = rows.of_task(uow, lead).result["value"]["rows"][0]
    assert (row["agree"], row["recused"], row["outcome"], row["sum"]) == (
        2,
        ["01 ann某"],
        "adopted",
        True,
    )


def test_hands_are_counted_in_the_room(engine):
    case = set_up(engine, {"vote": VOTE + 'way="hands"'})
    case.start(signers="ann ben dan")
    case.open("vote")
    assert case.todo("ann") == []
    lead, officer = case.lead("vote"), case.actors["officer"]
    attend(case, "ben某")
    with pytest.raises(Conflict) as error:
        case.close("vote")
    assert error.value.code == "act_hands_missing"
    with pytest.raises(Invalid) as error, engine.begin(officer) as uow:
        meeting.count_hands(uow, lead, {"x": {"agree": "-1"}})
    assert error.value.fields["x.agree"] == ["act_count"]
    both = {"agree": "2", "against": "0", "neither": "0"}
    with engine.begin(officer) as uow:
        meeting.count_hands(uow, lead, {"x": both, "y": {**both, "agree": "1", "against": "1"}})
    case.close("vote")
    with engine.read(SYSTEM) as uow:
        summary = rows.of_task(uow, lead).result["summary"]
    assert (summary["adopted"], summary["rejected"]) == (["x"], ["y"])
