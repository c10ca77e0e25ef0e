"""The folder of a package and ``process.toml``."""

import pytest

from tests.linting import found, put, spoil


@pytest.mark.parametrize(
    ("code", "name", "content"),
    [
        ("file_unknown", "forms/draft.txt", "x"),
        ("file_unknown", "run.py", "import os"),
        ("file_unknown", "scripts/x.toml", "x"),
        ("file_unknown", "decisions/old/grade.dmn", "<a/>"),
        ("file_stem", "forms/1 (copy).json", "{}"),
        ("file_empty", "scenarios/empty.toml", ""),
        ("toml_malformed", "scenarios/bad.toml", "a ="),
    ],
)
def test_stray_file_is_named(code: str, name: str, content: str):
    assert found(put(name, content), code).file == name


def test_key_must_be_the_folder_name_and_well_formed():
    assert (
        found(spoil("process.toml", ('"demo"', '"other"')), "package_key_differs").element == "key"
    )
    spoilt = spoil("process.toml", ('"demo"', '"Demo!"'))
    assert found(spoilt, "manifest_bad_form").element == "key"


def test_key_of_the_package_itself_is_checked():
    package = type(spoil("process.toml"))("Demo", spoil("process.toml").files)

    assert found(package, "package_key").file == "process.toml"


@pytest.mark.parametrize(
    ("code", "old", "new", "element"),
    [
        ("manifest_malformed", 'key = "demo"', "key = ", ""),
        ("manifest_missing_key", 'zh = "示例流程"\n', "", "title.zh"),
        ("manifest_missing_key", 'category = "test"', "", "category"),
        ("manifest_not_text", 'category = "test"', "category = 1", "category"),
        ("manifest_not_number", "no = 2", 'no = "2"', "steps[2].no"),
        ("manifest_not_boolean", "public = false", 'public = "no"', 'records."A-01".public'),
        ("manifest_not_table", "[title]", "[[title]]", "title"),
        ("manifest_not_list", "[[settings]]", "[settings]", "settings"),
        ("manifest_duplicate", "no = 2", "no = 1", "steps[2]"),
        ("manifest_float", '"2/3"', "0.66", "settings[1].default"),
        ("manifest_too_long", '"示例流程"', f'"{"长" * 2001}"', "title.zh"),
        ("manifest_too_many", "[[settings]]", "[[settings]]\n" * 301, "settings"),
        ("manifest_unknown", "category =", "categry = 1\ncategory =", "categry"),
    ],
)
def test_manifest_fault_is_named(code: str, old: str, new: str, element: str):
    finding = found(spoil("process.toml", (old, new)), code)

    assert (finding.file, finding.element) == ("process.toml", element)
