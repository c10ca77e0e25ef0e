"""A process package as one value: a folder of files with a key and a digest.

A package is the unit that is checked, deployed, stored, downloaded and compared. Whatever
comes from outside – a folder, an uploaded zip – passes ``Package``, which refuses unsafe names
and sizes; what the files say is judged by ``engine.lint``.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import tomllib
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from engine.diagrams import Diagram, Process
from engine.diagrams import read as read_diagram
from engine.errors import Invalid
from engine.manifest import Manifest, read_manifest

MANIFEST = "process.toml"
MAX_FILES = 400
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_TOTAL_BYTES = 20 * 1024 * 1024
MAX_NAME = 180
MAX_FOLDERS = 3
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_SEGMENT = re.compile(r"[\w\-()（）《》〔〕·、 .]+")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip must hold a time; ours are equal so that bytes are
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True, eq=False)
class Package:
    """Files of a process by their path inside the folder (``forms/S1_draft.json``).

    Raises Invalid("package_unsafe") whose ``fields`` map a file name to the codes file_name,
    file_too_large, file_clash; under the name ``""`` too_many_files or package_too_large.
    """

    key: str
    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        faults = dict(_faults(self.files))
        if faults:
            raise Invalid("package_unsafe", fields=faults)
        ordered = {name: self.files[name] for name in sorted(self.files)}
        object.__setattr__(self, "files", MappingProxyType(ordered))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Package) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str]:
        return self.key, self.digest

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the listing ``sha256sum`` prints for the files sorted by name."""
        lines = (f"{hashlib.sha256(body).hexdigest()}  {n}\n" for n, body in self.files.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @cached_property
    def manifest(self) -> Manifest:
        """``process.toml``; raises Invalid as ``read_manifest`` does, or manifest_missing."""
        if MANIFEST not in self.files:
            raise Invalid("manifest_missing", file=MANIFEST)
        return read_manifest(self.files[MANIFEST])

    @cached_property
    def diagrams(self) -> Mapping[str, Diagram]:
        """Every ``*.bpmn`` by file name; raises Invalid as ``engine.diagrams.read`` does."""
        names = self.names("", ".bpmn").values()
        return MappingProxyType({name: read_diagram(self.files[name], name) for name in names})

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """All processes of all diagrams by process id."""
        found = {k: p for diagram in self.diagrams.values() for k, p in diagram.processes.items()}
        return MappingProxyType(found)

    @property
    def main(self) -> Process:
        """The process a case starts with: its id is the key of the package.

        Raises Invalid("main_process_missing").
        """
        if self.key not in self.processes:
            raise Invalid("main_process_missing", process=self.key)
        return self.processes[self.key]

    @cached_property
    def forms(self) -> Mapping[str, Any]:
        """Form-js documents by node id; numbers with a fraction arrive as text.

        Raises Invalid("json_malformed", file, line).
        """
        forms = self.names("forms/", ".json")
        return MappingProxyType({k: read_json(self.files[v], v) for k, v in forms.items()})

    @cached_property
    def decisions(self) -> Mapping[str, bytes]:
        """DMN texts by table name (file stem)."""
        tables = self.names("decisions/", ".dmn")
        return MappingProxyType({key: self.files[name] for key, name in tables.items()})

    @cached_property
    def scenarios(self) -> Mapping[str, dict[str, Any]]:
        """Scenario files by stem; raises Invalid("toml_malformed", file, line)."""
        scenarios = self.names("scenarios/", ".toml")
        return MappingProxyType({k: read_toml(self.files[v], v) for k, v in scenarios.items()})

    @cached_property
    def documents(self) -> Mapping[str, bytes]:
        """Document templates by file name."""
        return MappingProxyType({k + Path(v).suffix: self.files[v] for k, v in
                                 self.names("documents/", "").items()})  # fmt: skip

    def names(self, folder: str, suffix: str) -> dict[str, str]:
        """Map stem to path for the files directly in a folder (``"forms/"``) with a suffix."""
        paths = [PurePosixPath(name) for name in self.files]
        return {
            path.stem: str(path)
            for path in paths
            if str(path) == folder + path.name and path.name.endswith(suffix)
        }

    def pack(self) -> bytes:
        """Return the package as one blob for storage; equal packages give equal bytes."""
        return self.to_zip("")

    def to_zip(self, folder: str | None = None) -> bytes:
        """Return a zip whose files lie in *folder*, by default the key."""
        prefix = f"{self.key if folder is None else folder}/".lstrip("/")
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, body in self.files.items():
                entry = zipfile.ZipInfo(prefix + name, _EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, body, zipfile.ZIP_DEFLATED)
        return target.getvalue()


def unpack(key: str, blob: bytes) -> Package:
    """Return the package that ``Package.pack`` stored."""
    return Package(key, _read_zip(blob))


def from_folder(path: Path) -> Package:
    """Read a folder; its name is the key. Hidden files and ``__pycache__`` are left out.

    Raises Invalid("package_folder") when it is none, Invalid("package_symlink", file) when a
    link is in it (it could point anywhere), and what Package raises.
    """
    if not path.is_dir():
        raise Invalid("package_folder", folder=path.name)
    files: dict[str, bytes] = {}
    total = 0
    for name, found in _walk(path, path):
        total += (size := found.stat().st_size)
        if size > MAX_FILE_BYTES or total > MAX_TOTAL_BYTES or len(files) >= MAX_FILES:
            raise Invalid("package_too_large", file=name, limit=MAX_TOTAL_BYTES)
        files[name] = found.read_bytes()
    return Package(path.resolve().name, files)


def _walk(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    for found in sorted(folder.iterdir()):
        name = found.relative_to(root).as_posix()
        if found.name.startswith(".") or found.name == "__pycache__":
            continue
        if found.is_symlink() or not (found.is_file() or found.is_dir()):
            raise Invalid("package_symlink", file=name)
        if found.is_dir():
            yield from _walk(found, root)
        else:
            yield name, found


def from_zip(content: bytes) -> Package:
    """Read an uploaded zip, with or without one folder around the files.

    The key is the manifest's, else the folder's. Raises Invalid with code zip_malformed,
    zip_encrypted, zip_compression, package_symlink, package_too_large or package_unsafe, each
    naming ``file`` where there is one.
    """
    files = _read_zip(content)
    folder = ""
    if MANIFEST not in files and len(tops := {name.split("/")[0] for name in files}) == 1:
        folder = tops.pop()
    if folder and f"{folder}/{MANIFEST}" in files:
        files = {n.removeprefix(f"{folder}/"): body for n, body in files.items()}
    return Package(_key(files) or folder, files)


def _key(files: Mapping[str, bytes]) -> str:
    try:
        key = read_toml(files.get(MANIFEST, b""), MANIFEST).get("key", "")
    except Invalid:
        return ""
    return key if isinstance(key, str) else ""


def _read_zip(content: bytes) -> dict[str, bytes]:
    if len(content) > MAX_TOTAL_BYTES:
        raise Invalid("package_too_large", limit=MAX_TOTAL_BYTES)
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES:
                raise Invalid("package_too_large", files=len(entries), limit=MAX_FILES)
            for entry in entries:
                name = _entry_name(entry)
                if name in files:
                    raise Invalid("package_unsafe", fields={name: ["file_clash"]})
                files[name] = _read_entry(archive, entry, min(left, MAX_FILE_BYTES))
                left -= len(files[name])
    except _READ_ERRORS as error:
        raise Invalid("zip_malformed") from error
    return files


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Read what is really there: the size a zip declares may be a lie."""
    if entry.flag_bits & 0x1:
        raise Invalid("zip_encrypted", file=entry.filename)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Invalid("zip_compression", file=entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise Invalid("package_symlink", file=entry.filename)
    with archive.open(entry) as source:
        body = source.read(limit + 1)
    if len(body) > limit:
        raise Invalid("package_too_large", file=entry.filename, limit=limit)
    return body


def _entry_name(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    if not entry.flag_bits & 0x800 and not name.isascii():
        # Chinese Windows writes GBK without saying so; zipfile then assumes code page 437.
        name = name.encode("cp437", "replace").decode("gb18030", "replace")
    return unicodedata.normalize("NFC", name)


def _faults(files: Mapping[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    folded: set[str] = set()
    for name, body in files.items():
        codes = [] if _safe(name) else ["file_name"]
        if len(body) > MAX_FILE_BYTES:
            codes.append("file_too_large")
        if name.casefold() in folded:
            codes.append("file_clash")
        folded.add(name.casefold())
        if codes:
            yield name, codes
    if len(files) > MAX_FILES:
        yield "", ["too_many_files"]
    elif sum(map(len, files.values())) > MAX_TOTAL_BYTES:
        yield "", ["package_too_large"]


def _safe(name: str) -> bool:
    """Whether a relative name is harmless on every system a zip may be opened on."""
    parts = name.split("/")
    return len(name) <= MAX_NAME and len(parts) <= MAX_FOLDERS and all(
        _SEGMENT.fullmatch(part) and not part.startswith((".", " ", "-"))
        and not part.endswith((".", " ")) and not _RESERVED.fullmatch(part)
        for part in parts
    )  # fmt: skip


def read_toml(content: bytes, file: str) -> dict[str, Any]:
    """Parse TOML; raises Invalid("toml_malformed", file, line)."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise Invalid("toml_malformed", file=file, line=int(line[1]) if line else 0) from error


def read_json(content: bytes, file: str) -> Any:
    """Parse JSON without binary floats; raises Invalid("json_malformed", file, line)."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise Invalid("json_malformed", file=file, line=line) from error


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
