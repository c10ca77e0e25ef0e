"""Any text put into a sheet comes out again, and every other byte stays."""

from hypothesis import given
from hypothesis import strategies as st

from workflows import lrmx

texts = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff")
    | st.just("\n"),
    max_size=60,
)
names = st.sampled_from(["XingMing", "JianLi", "DaoLingNianYue", "Version"])
BEFORE = lrmx.blank()


@given(st.dictionaries(names, texts))
def test_text_goes_in_and_comes_out(changes):
    sheet = BEFORE.edit(changes)
    assert {name: sheet.fields[name] for name in changes} == changes
    untouched = BEFORE.fields.keys() - changes.keys()
    assert all(sheet.fields[name] == BEFORE.fields[name] for name in untouched)
    back = sheet.edit({name: BEFORE.fields.get(name, "") for name in changes})
    if "DaoLingNianYue" not in changes:
        assert back.content == BEFORE.content


@given(st.lists(st.dictionaries(st.sampled_from(lrmx.RELATIVE), texts), max_size=10), texts)
def test_family_rows_go_in_and_come_out(rows, name):
    sheet = BEFORE.edit({"XingMing": name}, family=rows)
    assert [
        {key: row[key] for key in wanted} for row, wanted in zip(sheet.family, rows, strict=True)
    ] == rows
    assert sheet.fields["XingMing"] == name
    assert sheet.edit({"XingMing": ""}, family=[]).content == BEFORE.content
