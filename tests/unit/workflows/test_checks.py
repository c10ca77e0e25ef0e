from datetime import date

import pytest

from workflows.checks import (
    PartyDate,
    birth_in,
    is_docno,
    is_idcard,
    month_of,
    names_a_number,
    party_date,
)


def test_t30_identity_number_with_a_right_check_character():
    assert is_idcard("11010519491231002X")
    assert birth_in("11010519491231002X") == date(1949, 12, 31)


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # wrong check character
        "11010519491231002x",  # small letter
        "11010519490231002X",  # 31 February does not exist
        "1101051949123100",  # the old number of 15 or fewer digits
        "１1010519491231002X",  # full-width digit
        "",
    ],
)
def test_other_texts_are_no_identity_number(text):
    assert not is_idcard(text)
    assert birth_in(text) is None


def test_every_single_wrong_digit_is_noticed():
    right = "11010519491231002X"
    for place in range(17):
        for digit in "0123456789":
            if digit != right[place]:
                assert not is_idcard(right[:place] + digit + right[place + 1 :])


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("惠市组〔2011〕1号", True),
        ("惠市组[2011]01号", False),
        ("惠市组(2011)第1号", False),
        ("惠市组〔2011〕01号", False),
        ("〔2011〕1号", False),
        ("惠市组〔2011〕第1号", False),
        ("惠市 组〔2011〕1号", False),
        ("惠市组〔2011〕1号\n", False),
        ("惠市组〔２０１１〕1号", False),
    ],
)
def test_t31_document_number_has_agency_brackets_year_and_plain_serial(text, valid):
    assert is_docno(text) is valid


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("197503", "197503"),
        ("19750321", "197503"),
        ("1975.03", "197503"),
        ("1975.03.21", "197503"),
        ("197513", None),
        ("19750230", None),
        ("1975-03", None),
        ("75.03", None),
        ("187503", None),
        ("１９７５０３", None),
    ],
)
def test_month_is_read_in_the_four_spellings_editors_use(text, month):
    assert month_of(text) == month


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("民盟", PartyDate("", "民盟")),
        ("201006；民盟", PartyDate("201006", "民盟")),
        ("民盟;2010.06", PartyDate("201006", "民盟")),
        ("", PartyDate("", "")),
        ("201006", PartyDate("201006", "")),
    ],
)
def test_t32_joining_date_is_text_with_a_month_a_party_or_both(text, read):
    assert party_date(text) == read


@pytest.mark.parametrize("text", ["201013", "民盟；民建", "201006；201007", "2010年6月", "；"])
def test_joining_date_that_says_nothing_definite_is_refused(text):
    assert party_date(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三，身份证11010519491231002X", True),
        ("电话13800138000。", True),
        ("1975年3月生，惠组〔2026〕12号", False),
        ("编号202611250000138001380001234", False),
    ],
)
def test_personal_numbers_are_found_inside_a_notice(text, found):
    assert names_a_number(text) is found
