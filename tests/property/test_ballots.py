"""Invariants of secret ballots over many papers: sums hold, two programs agree, nothing leaks."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from workflows.ballots import recount, shares
from workflows.ballots.counting import add_paper, count, hidden
from workflows.ballots.rules import Ballot, BallotRules, Candidate, Option, canonical
from workflows.ballots.sealing import Key, Lock, new_pair
from workflows.ballots.slips import codes, plain

OPTIONS = ("赞成", "不赞成", "缓议")
GROUPS = ("A", "B", "C")


@st.composite
def papers(draw):
    size = draw(st.integers(1, 5))
    most = draw(st.none() | st.integers(0, size))
    return BallotRules(
        candidates=tuple(Candidate(f"c{n}", f"候选人{n}") for n in range(size)),
        options=(Option("赞成", most=most), Option("不赞成"), Option("缓议")),
        blank=draw(st.sampled_from([None, "弃权"])),
        all_equal=draw(st.booleans()),
        write_ins=draw(st.integers(0, 2)),
        write_in_as=draw(st.sampled_from([None, "赞成"])),
        write_in_against=draw(st.sampled_from([None, "不赞成"])),
        classes=draw(st.sampled_from([(), GROUPS])),
        class_minimum=5,
    )


names = st.text(max_size=22) | st.sampled_from(["王五", "候选人0", " 李  四 ", "Ａ"])


@st.composite
def boxes(draw):
    rules = draw(papers())
    ids = st.sampled_from([each.id for each in rules.candidates] + ["c9"])
    marks = st.dictionaries(ids, st.sampled_from([*OPTIONS, "也许"]))
    ballots = st.builds(
        lambda given, written: Ballot.of({"marks": given, "write_ins": written}),
        marks,
        st.lists(names, max_size=3),
    )
    group = st.sampled_from(GROUPS if rules.classes else ("",))
    void = st.sampled_from(["sealed_wrong", "commitment_wrong"])
    return rules, draw(st.lists(st.tuples(ballots | void, group), max_size=30))


@given(boxes())
def test_every_line_adds_up_to_the_valid_ballots(box):
    rules, opened = box
    found = count(rules, opened)
    assert found["ballots"] == len(opened) == found["valid"] + sum(found["invalid"].values())
    for row in found["totals"].values():
        assert sum(row.values()) == found["valid"]
    option = rules.options[0]
    if option.most is not None:
        given_marks = sum(row[option.code] for row in found["totals"].values())
        assert given_marks <= found["valid"] * option.most


@given(boxes())
def test_the_script_counts_every_box_alike(box):
    rules, opened = box
    ours = add_paper(count(rules, opened), [])
    rows = [
        (json.loads(ballot.content) if isinstance(ballot, Ballot) else ballot, group)
        for ballot, group in opened
    ]
    theirs = recount.with_paper(recount.count_box(json.loads(canonical(rules.plain)), rows), [])
    assert recount.canonical(theirs) == canonical(ours)


@given(boxes(), st.randoms(use_true_random=False))
def test_the_order_of_the_box_changes_nothing(box, chance):
    rules, opened = box
    mixed = list(opened)
    chance.shuffle(mixed)
    assert canonical(count(rules, mixed)) == canonical(count(rules, opened))


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.integers(0, 30)), st.integers(5, 12))
def test_no_small_class_can_be_had_by_subtraction(sizes, minimum):
    covered = hidden(sizes, minimum)
    for name, size in sizes.items():
        if 0 < size < minimum:
            assert name in covered
    voting = {name for name, size in sizes.items() if size}
    if covered:
        together = sum(sizes[name] for name in covered)
        assert covered == voting or (len(covered) > 1 and together >= minimum)


@given(boxes())
def test_what_is_sealed_comes_out_and_all_look_alike(box):
    rules, opened = box
    private, public = new_pair()
    lock = Lock("event", rules, public)
    valid = [each for each, _ in opened if isinstance(each, Ballot) and rules.reason(each) is None]
    sealed = [lock.seal(ballot) for ballot in valid]
    assert [Key(lock, private).open(each) for each in sealed] == valid
    assert len({len(each.sealed) for each in sealed}) <= 1


@given(st.binary(min_size=32, max_size=32).filter(lambda key: key < b"\xff" * 31), st.data())
def test_enough_shares_give_the_secret_back(secret, data):
    needed = data.draw(st.integers(1, 5))
    cut = shares.split(secret, needed, data.draw(st.integers(needed, 8)))
    chosen = data.draw(st.permutations(cut))[:needed]
    assert shares.combine(chosen) == secret
    assert all(shares.read_code("e", share.code("e")) == share for share in cut)


@given(st.integers(0, 200))
def test_codes_are_all_different_and_readable(number):
    made = codes(number)
    assert Counter(map(plain, made)).total() == len({plain(code) for code in made}) == number
