"""Packages from folders and zips: what is kept, what is refused."""

import hashlib
import io
import stat
import zipfile
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.packages import MAX_FILE_BYTES, MAX_FILES, Package, from_folder, from_zip, unpack
from tests.linting import DEMO


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return target.getvalue()


def refused(content: bytes) -> Invalid:
    with pytest.raises(Invalid) as error:
        from_zip(content)
    return error.value


def test_folder_zip_and_storage_give_the_same_package(tmp_path: Path):
    folder = tmp_path / "demo"
    for name, body in DEMO.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    (folder / ".hidden").write_text("x", "utf-8")
    (folder / "__pycache__").mkdir()

    same = [from_folder(folder), from_zip(DEMO.to_zip()), from_zip(DEMO.to_zip("")),
            unpack("demo", DEMO.pack())]  # fmt: skip

    assert all(package == DEMO for package in same)
    assert {package.digest for package in same} == {DEMO.digest}
    assert DEMO.pack() == same[0].pack()


def test_digest_is_that_of_the_sha256sum_listing():
    package = Package("k", {"b.md": b"2", "a.md": b"1"})
    listing = "".join(f"{hashlib.sha256(b).hexdigest()}  {n}\n" for n, b in
                      (("a.md", b"1"), ("b.md", b"2")))  # fmt: skip

    assert package.digest == hashlib.sha256(listing.encode()).hexdigest()
    assert package.digest != Package("k", {"a.md": b"12", "b.md": b""}).digest


def test_files_cannot_be_changed():
    with pytest.raises(TypeError):
        DEMO.files["process.toml"] = b""  # type: ignore[index]


def test_parts_are_found_by_their_names():
    assert set(DEMO.forms) == {"begin", "draft", "review", "left", "right", "inspect"}
    assert set(DEMO.processes) == {"demo", "item"}
    assert (set(DEMO.decisions), set(DEMO.scenarios)) == ({"grade"}, {"adopted"})
    assert set(DEMO.documents) == {"letter.html"}
    assert DEMO.main.id == DEMO.manifest.key == "demo"
    assert DEMO.manifest.steps[2].title.en == "Review"
    assert DEMO.manifest.records["A-01"].retention == "10年"


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "a/../../evil", "/etc/passwd", "C:/x", "..\\evil", "a\\b", "", "a//b", "./a",
        ".hidden", "a/.git/x", "con", "nul.txt", "forms/lpt1.json", "a.", "a ", " a", "-rf",
        "a\nb", "a\0b", "a\tb", "a|b", "a*b", 'a"b', "a:b", "a" * 200, "a/b/c/d", "\u202eexe",
    ],
)  # fmt: skip
def test_unsafe_name_is_refused_and_named(name: str):
    with pytest.raises(Invalid) as error:
        Package("k", {name: b""})

    assert error.value.code == "package_unsafe"
    assert error.value.fields == {name: ["file_name"]}


@pytest.mark.parametrize(
    "name", ["documents/任免审批表（样式）.docx", "forms/S1_a-b.json", "a.b.md"]
)
def test_ordinary_name_is_accepted(name: str):
    assert list(Package("k", {name: b""}).files) == [name]


def test_all_faulty_names_are_told_at_once():
    with pytest.raises(Invalid) as error:
        Package("k", {"../a": b"", "ok.md": b"", "OK.md": b"", "big.md": bytes(MAX_FILE_BYTES + 1)})

    assert error.value.fields == {
        "../a": ["file_name"], "OK.md": ["file_clash"], "big.md": ["file_too_large"]}  # fmt: skip


def test_too_many_files_are_refused():
    with pytest.raises(Invalid) as error:
        Package("k", {f"{n}.md": b"" for n in range(MAX_FILES + 1)})

    assert error.value.fields == {"": ["too_many_files"]}


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/cron.d/evil", "demo/../../evil"])
def test_zip_slip_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    assert refused(zipped(("process.toml", b""), (name, b"x"))).code == "package_unsafe"
    assert list(tmp_path.iterdir()) == []


def test_zip_bomb_is_refused_before_it_unfolds():
    bomb = zipped(*[(f"{n}.md", bytes(MAX_FILE_BYTES + 1)) for n in range(8)])

    assert len(bomb) < 100_000
    error = refused(bomb)
    assert (error.code, error.params["file"]) == ("package_too_large", "0.md")


def test_zip_that_lies_about_a_size_is_refused():
    content = bytearray(zipped(("process.toml", bytes(MAX_FILE_BYTES + 1))))
    size = (MAX_FILE_BYTES + 1).to_bytes(4, "little")
    lie = bytes(content).replace(size, (10).to_bytes(4, "little"))

    assert refused(lie).code in {"zip_malformed", "package_too_large"}


def test_zip_with_too_many_entries_or_a_repeated_name_is_refused():
    many = refused(zipped(*[(f"{n}.md", b"") for n in range(MAX_FILES + 1)]))
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped(("a.md", b"1"), ("a.md", b"2"))

    assert many.code == "package_too_large"
    assert refused(twice).fields == {"a.md": ["file_clash"]}


def test_symlink_in_a_zip_or_folder_is_refused(tmp_path: Path):
    link = zipfile.ZipInfo("forms/x.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (tmp_path / "x.md").symlink_to("/etc/passwd")

    assert refused(zipped((link, b"/etc/passwd"))).code == "package_symlink"
    with pytest.raises(Invalid) as error:
        from_folder(tmp_path)
    assert (error.value.code, error.value.params["file"]) == ("package_symlink", "x.md")


@pytest.mark.parametrize("content", [b"", b"not a zip", DEMO.to_zip()[:-40], DEMO.to_zip()[40:]])
def test_broken_zip_is_refused(content: bytes):
    assert refused(content).code == "zip_malformed"


def test_encrypted_or_oddly_packed_entry_is_refused():
    locked = bytearray(zipped(("a.md", b"x")))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = locked.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        locked[at] |= 1
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.md", b"x")

    assert refused(bytes(locked)).code == "zip_encrypted"
    assert refused(target.getvalue()).code == "zip_compression"


def test_zip_made_by_chinese_windows_keeps_its_names():
    name = "任免表样"
    packed = zipped(("XXXXXXXX.html", b"x")).replace(b"XXXXXXXX", name.encode("gbk"))
    assert list(from_zip(packed).files) == [f"{name}.html"]


def test_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(Invalid) as error:
        from_folder(tmp_path / "nothing")

    assert error.value.code == "package_folder"
