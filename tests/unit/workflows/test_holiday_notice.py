from datetime import date

import pytest

from engine.errors import Invalid
from workflows.holiday_notice import Span, read

NOTICE = """国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。"""


def d(month, day, year=2026):
    return date(year, month, day)


SPRING = Span("春节", d(2, 15), d(2, 23), (d(2, 14), d(2, 28)))


def test_notice_is_read_as_published():
    reading = read(NOTICE, 2026)
    assert reading.spans == (
        Span("元旦", d(1, 1), d(1, 3), (d(1, 4),)),
        SPRING,
        Span("清明节", d(4, 4), d(4, 6)),
        Span("国庆节", d(10, 1), d(10, 7), (d(9, 20), d(10, 10))),
    )
    assert reading.source == "国办发明电〔2025〕7号"
    assert [line[:4] for line in reading.unread] == ["国务院办", "各省、自", "节假日期"]


@pytest.mark.parametrize(
    "text",
    [
        "春节 2026-02-15至2026-02-23 上班 2026-02-14、2026-02-28",
        "春节 2/15-2/23 班 2/14 2/28",
        "春节：2月15日至23日放假，2月14日、28日上班",
        "2. 春节：2026年2月15日—2月23日放假；2月14日和2月28日补班",
        "春节：2月15日到23日放假\n调休：2月14日、2月28日上班",
    ],
)
def test_other_spellings_say_the_same(text):
    assert read(text, 2026).spans == (SPRING,)


def test_single_day_is_a_span_of_one_day():
    assert read("中秋节：9月25日放假，不调休。", 2026).spans == (
        Span("中秋节", d(9, 25), d(9, 25)),
    )


def test_days_of_other_years_are_left_out():
    text = "元旦：2022年12月31日至2023年1月2日放假调休。2023年1月28日上班。"
    assert read(text, 2023).spans == (
        Span("元旦", d(1, 1, 2023), d(1, 2, 2023), (d(1, 28, 2023),)),
    )
    assert read(text, 2022).spans == (Span("元旦", d(12, 31, 2022), d(12, 31, 2022)),)


def test_range_over_the_new_year_ends_in_the_next_one():
    assert read("元旦：12月30日至1月1日放假", 2026).spans == (Span("元旦", d(12, 30), d(12, 31)),)


@pytest.mark.parametrize(
    ("text", "place"),
    [("春节：2月30日放假", "1 2月30日"), ("\n春节：13月1日放假", "2 13月1日"),
     ("春节：32日放假", "1 32日"), ("国庆节：10月1日至40日", "1 40日")],
)  # fmt: skip
def test_day_that_does_not_exist_is_named_with_its_line(text, place):
    with pytest.raises(Invalid) as refusal:
        read(text, 2026)
    assert refusal.value.fields == {"text": [f"notice_date {place}"]}


def test_text_without_dates_and_endless_text():
    assert read("没有日期\n\n", 2026).spans == ()
    with pytest.raises(Invalid):
        read("1月1日放假\n" * 5000, 2026)
