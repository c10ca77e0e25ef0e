"""A folder sent by a browser becomes a package only when it is one folder."""

import pytest

from engine.errors import Invalid
from workflows import studio


def test_files_of_one_folder_become_a_package():
    package = studio.from_parts({"p/process.toml": b"x", "p/forms/a.json": b"{}"})
    assert package.key == "p"
    assert set(package.files) == {"process.toml", "forms/a.json"}


def test_hidden_files_are_left_out():
    package = studio.from_parts({"p/a.txt": b"x", "p/.git/config": b"", "p/forms/.a.swp": b""})
    assert set(package.files) == {"a.txt"}


@pytest.mark.parametrize(
    "names",
    [["a.txt"], ["p/a.txt", "q/b.txt"], ["p/"], ["p/../../etc/passwd"], ["p//a"], ["/etc/passwd"]],
)
def test_anything_else_is_refused(names):
    with pytest.raises(Invalid):
        studio.from_parts(dict.fromkeys(names, b"x"))


def test_difference_is_line_by_line_and_silent_for_binaries():
    lines = studio.difference(b"a\nb\nc", b"a\nB\nc")
    assert [line for line in lines if line[0] in "+-"] == ["-b", "+B"]
    assert studio.difference(b"\xff\xfe", b"a") == []
