from hashlib import sha256
from pathlib import Path

import pytest

from workflows.counting.lots import Sealed, draw, seal
from workflows.counting.working import Line, NotCountable

SEED = "00" * 31 + "2a"
ITEMS = ("甲", "乙", "丙", "丁", "戊")
PAGE = Path(__file__).parents[4] / "docs/reference/counting.md"


def test_anybody_draws_the_same_order_again():
    sealed = seal(SEED, ITEMS)
    assert draw(SEED, ITEMS, sealed) == draw(SEED, [*reversed(ITEMS)], seal(SEED, ITEMS[::-1]))


def test_the_draw_follows_its_public_recipe():
    listed = sha256("\n".join(["linxuan lot list 1", *sorted(ITEMS)]).encode()).hexdigest()
    mixed = sha256(f"linxuan lot 1\n{SEED}\n{listed}\n7\n19".encode()).hexdigest()
    order = sorted(ITEMS, key=lambda item: sha256(f"{mixed}\n{item}".encode()).hexdigest())
    lot = draw(SEED, ITEMS, seal(SEED, ITEMS), contributions=("7", "19"))
    assert lot.order == tuple(order)
    assert Line("lot_mixed", mixed) in lot.working


def test_program_on_the_reference_page_gives_the_order_of_the_draw():
    program = PAGE.read_text("utf-8").split("```python\n# lot\n")[1].split("```")[0]
    found = {"seed": SEED, "items": [*ITEMS], "contributions": ["7"]}
    exec(program, found)
    sealed = seal(SEED, ITEMS)
    assert found["commitment"] == sealed.commitment
    assert found["order"] == [*draw(SEED, ITEMS, sealed, contributions=("7",)).order]


def test_words_added_after_the_commitment_change_the_order():
    sealed = seal(SEED, ITEMS)
    orders = {draw(SEED, ITEMS, sealed, contributions=(str(n),)).order for n in range(20)}
    assert len(orders) > 10


def test_first_places_are_chosen():
    lot = draw(SEED, ITEMS, seal(SEED, ITEMS), places=2)
    assert lot.chosen == lot.order[:2]


@pytest.mark.parametrize(
    ("seed", "items"), [("11" * 32, ITEMS), (SEED, ITEMS[:4]), (SEED, (*ITEMS[:4], "己"))]
)
def test_other_seed_or_list_than_published_is_refused(seed, items):
    with pytest.raises(NotCountable) as refused:
        draw(seed, items, seal(SEED, ITEMS))
    assert refused.value.why == "lot_not_as_sealed"


@pytest.mark.parametrize("items", [("甲", "甲"), ("甲", ""), ("甲", "乙\n丙")])
def test_list_that_could_be_read_in_two_ways_is_refused(items):
    with pytest.raises(NotCountable) as refused:
        seal(SEED, items)
    assert refused.value.why == "lot_items"


@pytest.mark.parametrize("seed", ["", "42", "ZZ" * 32, "AB" * 32])
def test_seed_is_64_lower_hexadecimal_digits(seed):
    with pytest.raises(NotCountable) as refused:
        seal(seed, ITEMS)
    assert refused.value.why == "seed_malformed"


def test_negative_places_and_broken_contributions_are_refused():
    sealed = seal(SEED, ITEMS)
    assert isinstance(sealed, Sealed)
    with pytest.raises(NotCountable):
        draw(SEED, ITEMS, sealed, places=-1)
    with pytest.raises(NotCountable):
        draw(SEED, ITEMS, sealed, contributions=("7\n8",))
