import pytest

from engine.errors import Invalid
from workflows import lrmx

FILE = (
    "\ufeff<?xml version='1.0' encoding='utf-8'?>\r\n"
    "<Person>\r\n"
    "  <XingMing>张 三</XingMing>\r\n"
    "  <ChuShengNianYue>194912</ChuShengNianYue>\r\n"
    "  <RuDangShiJian>201006；民盟</RuDangShiJian>\r\n"
    "  <DaoLingNianYue hint='a>b'>203501</DaoLingNianYue>\r\n"
    "  <!-- <XingMing>not this one</XingMing> -->\r\n"
    "  <NiRenZhiWu>副局长 &amp; 党组成员</NiRenZhiWu>\r\n"
    "  <NiMianZhiWu/>\r\n"
    "  <JianLi>1970.09--1974.07  某大学学习\r\n1974.08--         某局干部</JianLi>\r\n"
    "  <JiaTingChengYuan>\r\n"
    "    <Item><ChengWei>妻子</ChengWei><XingMing>李四</XingMing><GuoJi>中国</GuoJi></Item>\r\n"
    "    <Item/>\r\n"
    "  </JiaTingChengYuan>\r\n"
    "  <ShenFenZheng>11010519491231002X</ShenFenZheng>\r\n"
    "  <ZhaoPian>/9j/4AAQ</ZhaoPian>\r\n"
    "  <Version>3.2.1.16</Version>\r\n"
    "</Person>\r\n"
).encode()
SHEET = lrmx.read(FILE)


def person(body):
    return f"<Person>{body}</Person>".encode()


def test_sheet_is_read_with_unknown_elements():
    assert SHEET.content == FILE
    assert SHEET.fields["XingMing"] == "张 三"
    assert SHEET.fields["NiRenZhiWu"] == "副局长 & 党组成员"
    assert SHEET.fields["DaoLingNianYue"] == "203501"
    assert SHEET.fields["JianLi"].count("\n") == 1
    assert [dict(row) for row in SHEET.family] == [
        {"ChengWei": "妻子", "XingMing": "李四", "GuoJi": "中国"},
        {},
    ]


def test_t33_unknown_element_survives_an_edit_and_nothing_else_changes():
    edited = SHEET.edit({"XingMing": "张三丰"})
    assert edited.fields["DaoLingNianYue"] == "203501"
    assert edited.content == FILE.replace("张 三".encode(), "张三丰".encode())
    assert edited.edit({"XingMing": "张 三"}).content == FILE


def test_changing_nothing_gives_the_same_bytes():
    assert SHEET.edit({}).content == FILE
    assert SHEET.edit({"JianLi": SHEET.fields["JianLi"]}).content == FILE


def test_text_is_escaped_and_lines_end_as_other_programs_want_them():
    edited = SHEET.edit({"JianLi": "一 <甲> & 乙\n二", "NiMianZhiWu": "科长"})
    assert "<JianLi>一 &lt;甲&gt; &amp; 乙\r\n二</JianLi>".encode() in edited.content
    assert "<NiMianZhiWu>科长</NiMianZhiWu>".encode() in edited.content
    assert edited.fields["JianLi"] == "一 <甲> & 乙\n二"


def test_missing_element_is_added_at_the_end():
    edited = SHEET.edit({"TianBiaoRen": "王五"})
    assert edited.content.endswith("<TianBiaoRen>王五</TianBiaoRen></Person>\r\n".encode())
    assert list(edited.fields)[-1] == "TianBiaoRen"


def test_family_rows_are_replaced_and_keep_what_they_do_not_name():
    edited = SHEET.edit({}, family=[{"ChengWei": "配偶"}, {"ChengWei": "女儿", "XingMing": "张小"}])
    assert dict(edited.family[0]) == {"ChengWei": "配偶", "XingMing": "李四", "GuoJi": "中国"}
    assert edited.family[1]["XingMing"] == "张小"
    assert edited.fields == SHEET.fields
    assert SHEET.edit({}, family=[]).family == ()


def test_family_of_eleven_is_refused():
    with pytest.raises(Invalid) as refused:
        SHEET.edit({}, family=[{"ChengWei": "亲属"}] * 11)
    assert refused.value.code == "lrmx_family"
    assert len(SHEET.edit({}, family=[{"ChengWei": "亲属"}] * 10).family) == 10


def test_blank_sheet_has_every_usual_element_and_can_be_filled():
    sheet = lrmx.blank()
    assert set(sheet.fields) == set(lrmx.ELEMENTS) - {lrmx.FAMILY}
    filled = sheet.edit({"XingMing": "张三"}, family=[{"ChengWei": "妻子"}])
    assert filled.fields["XingMing"] == "张三"
    assert list(filled.family[0]) == list(lrmx.RELATIVE)


@pytest.mark.parametrize("name", [lrmx.FAMILY, "a b", "x><y", "", "姓名"])
def test_only_plain_elements_are_edited(name):
    with pytest.raises(Invalid) as refused:
        SHEET.edit({name: "x"})
    assert refused.value.code == "lrmx_element"


@pytest.mark.parametrize("text", ["\x00", "a\x0bb", "\ud800", "\uffff"])
def test_text_that_xml_cannot_hold_is_refused(text):
    with pytest.raises(Invalid) as refused:
        SHEET.edit({"XingMing": text})
    assert refused.value.code == "lrmx_text"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<Personen/>", "lrmx_root"),
        (b'<Person xmlns="urn:x"/>', "lrmx_root"),
        (person("<XingMing><b>x</b></XingMing>"), "lrmx_nested"),
        (person("<XingMing/><XingMing/>"), "lrmx_repeated"),
        (person("<JiaTingChengYuan/><JiaTingChengYuan/>"), "lrmx_repeated"),
        (person("<XingMing>"), "xml_malformed"),
        (b"not xml", "xml_malformed"),
        ("<Person>张三</Person>".encode("gbk"), "xml_encoding"),
        (b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///x">]><Person>&x;</Person>', "xml_doctype"),
        (b"<a>" * 100 + b"</a>" * 100, "xml_too_deep"),
        (b"<Person>" + b" " * (2 << 20) + b"</Person>", "xml_too_large"),
    ],
)  # fmt: skip
def test_what_is_no_sheet_is_refused(content, code):
    with pytest.raises(Invalid) as refused:
        lrmx.read(content)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["民盟", "201006；民盟", ""])
def test_t32_joining_date_is_kept_as_text(text):
    edited = SHEET.edit({"RuDangShiJian": text})
    assert edited.fields["RuDangShiJian"] == text
    assert "RuDangShiJian" not in lrmx.problems(edited)


def test_right_sheet_has_no_problems():
    assert lrmx.problems(SHEET) == {}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"XingMing": " "}, {"XingMing": ["required"]}),
        ({"NiRenZhiWu": ""}, {"NiRenZhiWu": ["required"]}),
        ({"CanJiaGongZuoShiJian": "1974年"}, {"CanJiaGongZuoShiJian": ["month"]}),
        ({"RuDangShiJian": "2010年6月"}, {"RuDangShiJian": ["party_date"]}),
        ({"ShenFenZheng": "110105194912310021"}, {"ShenFenZheng": ["idcard"]}),
        ({"ChuShengNianYue": "195001"}, {"ShenFenZheng": ["birth_differs"]}),
        ({"ChuShengNianYue": "1949.12.31"}, {}),
        ({"ShenFenZheng": ""}, {}),
        (
            {"JianLi": "1970.09--1974.07  学习\n1974.10--  工作"},
            {"JianLi": ["career_gap 197407-197410"]},
        ),
        (
            {"JianLi": "1970.09--1974.07  学习\n1974.05--1980.01  工作\n1980.01--  工作"},
            {"JianLi": ["career_overlap 197407-197405"]},
        ),
        (
            {"JianLi": "1970.09--         工作\n1974.05--1980.01  工作"},
            {"JianLi": ["career_overlap 197405-"]},
        ),
        ({"JianLi": "1970.09--1974.07  学习\n（其间：实习）\n1974.08--1980.01  工作"}, {}),
    ],
)
def test_problems_name_the_element_and_what_is_wrong(changes, found):
    assert lrmx.problems(SHEET.edit(changes)) == found


def test_age_counts_full_years_in_months():
    assert lrmx.age_at(SHEET) is None
    assert lrmx.age_at(SHEET.edit({"JiSuanNianLingShiJian": "20001201"})) == 51
    assert lrmx.age_at(SHEET.edit({"JiSuanNianLingShiJian": "20001130"})) == 50
