"""Spreadsheets from outside: what is taken, what is refused, what is written back."""

import io
import zipfile

import openpyxl
import pytest

from engine.errors import Invalid
from workflows.spreadsheets import reading
from workflows.spreadsheets.people import read_people
from workflows.spreadsheets.tables import table
from workflows.spreadsheets.writing import Column, Page, write


def xlsx(*rows, **cells):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, value in cells.items():
        book.active[name] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed(content, name, body):
    """Return the archive with one part put in the place of another, or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        new.writestr(name, body, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def code(name, content, **more):
    with pytest.raises(Invalid) as error:
        reading.read(name, content, **more)
    return error.value.code


def test_cells_come_as_text_whatever_they_were():
    content = xlsx(["名称", "数"], ["甲", 12.50], [" 乙 ", 3], [True, None])
    assert [line.cells for line in reading.read("a.xlsx", content)] == [
        ("名称", "数"), ("甲", "12.5"), ("乙", "3"), ("是",),
    ]  # fmt: skip


def test_empty_lines_do_not_count_and_numbers_of_lines_stay():
    content = xlsx(["名称"], [None], ["甲"])
    assert [(line.no, line.cells) for line in reading.read("a.xlsx", content)] == [
        (1, ("名称",)), (3, ("甲",)),
    ]  # fmt: skip


def test_a_formula_is_no_value_and_a_long_number_is_no_number():
    content = xlsx(["名称", "证件"], ["=1+1", 441300199001011234])
    line = reading.read("a.xlsx", content)[1]
    assert line.bad == {0: "sheet_formula", 1: "sheet_long_number"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_csv_is_read_in_the_encodings_of_office_programs(encoding):
    found = reading.read("a.csv", "名称,类别\r\n甲,绿色发展\r\n".encode(encoding))
    assert found[1].cells == ("甲", "绿色发展")


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.xlsm", b"x", "sheet_macros"),
        ("a.xls", b"x", "sheet_type"),
        ("a.xlsx", b"not a zip", "sheet_type"),
        ("a.xlsx", b"", "sheet_empty"),
        ("a.csv", b"a\x00b", "sheet_broken"),
        ("a.csv", b"x" * (reading.MAX_BYTES + 1), "sheet_too_large"),
    ],
)
def test_what_is_no_spreadsheet_is_refused(name, content, wanted):
    assert code(name, content) == wanted


def test_macros_bombs_and_document_types_are_refused_before_parsing():
    good = xlsx(["名称"], ["甲"])
    assert code("a.xlsx", changed(good, "xl/vbaProject.bin", b"x")) == "sheet_unsafe"
    bomb = changed(good, "xl/worksheets/sheet1.xml", b"<a>" + b" " * 70_000_000)
    assert code("a.xlsx", bomb) == "sheet_unsafe"
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
    assert code("a.xlsx", changed(good, "xl/worksheets/sheet1.xml", entity)) == "sheet_unsafe"
    assert code("a.xlsx", changed(good, "xl/workbook.xml", b"<broken")) == "sheet_broken"


def test_more_lines_than_allowed_are_refused_and_none_is_left_out():
    assert code("a.xlsx", xlsx(*[[str(n)] for n in range(6)]), most=5) == "sheet_lines"


def test_the_head_names_columns_and_its_faults():
    lines = reading.read("a.csv", "名称*,ＡＢ,名称,怪\n甲,1,乙,2\n".encode())
    found = table(lines, {"name": ("名称",), "ab": ("AB",), "c": ("丙",)}, ("c",))
    assert found.columns == {"name": 0, "ab": 1}
    assert [(fault.column, fault.code) for fault in found.faults] == [
        ("名称", "sheet_column_twice"), ("怪", "sheet_column_unknown"),
        ("丙", "sheet_column_missing"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)"])
def test_what_is_written_out_is_never_a_formula(text):
    content = write([Page("结果", [Column("名称")], [[text]])])
    cell = openpyxl.load_workbook(io.BytesIO(content)).active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert reading.read("a.xlsx", content)[1].cells == (text,)


def test_a_list_of_people_keeps_its_order_and_names_every_fault():
    good = read_people("a.csv", "姓名,编号,类别\n甲,D1,党员\n乙,D2,群众\n".encode())
    assert [(one.name, one.number, one.klass) for one in good.people] == [
        ("甲", "D1", "党员"), ("乙", "D2", "群众"),
    ]  # fmt: skip
    bad = read_people("a.csv", "姓名,编号\n甲,D1\n,D2\n丙,D1\n丁,110101199003071234\n".encode())
    assert bad.people == ()
    assert [(fault.line, fault.code) for fault in bad.faults] == [
        (3, "field.required"), (4, "sheet_twice"), (5, "field.idcard"),
    ]  # fmt: skip
