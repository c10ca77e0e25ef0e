"""干部任免审批表 as an ``.lrmx`` file: read it, check it, change fields, write it back.

An ``.lrmx`` file is flat UTF-8 XML with root ``Person`` (``S40``). Other programs add elements
of their own, so nothing is rebuilt: a change replaces the text of the elements it names and
leaves every other byte as it was – order, unknown elements, byte order mark, photo. What is
read comes from strangers: it passes the hardened parser first, and is refused with a code that
names the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from types import MappingProxyType
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from engine.errors import Invalid
from engine.untrusted_xml import local, parse_xml
from workflows.checks import birth_in, month_of, party_date

FAMILY: Final = "JiaTingChengYuan"
ITEM: Final = "Item"
MAX_FAMILY: Final = 10
"""Other programs cut the family off after ten rows, so we refuse to write an eleventh."""

ELEMENTS: Final = (
    "XingMing", "XingBie", "ChuShengNianYue", "MinZu", "JiGuan", "RuDangShiJian",
    "JianKangZhuangKuang", "ChuShengDi", "CanJiaGongZuoShiJian", "ZhuanYeJiShuZhiWu",
    "ShuXiZhuanYeYouHeZhuanChang", "QuanRiZhiJiaoYu_XueLi", "QuanRiZhiJiaoYu_XueWei",
    "QuanRiZhiJiaoYu_XueLi_BiYeYuanXiaoXi", "QuanRiZhiJiaoYu_XueWei_BiYeYuanXiaoXi",
    "ZaiZhiJiaoYu_XueLi", "ZaiZhiJiaoYu_XueWei", "ZaiZhiJiaoYu_XueLi_BiYeYuanXiaoXi",
    "ZaiZhiJiaoYu_XueWei_BiYeYuanXiaoXi", "XianRenZhiWu", "NiRenZhiWu", "NiMianZhiWu",
    "JianLi", "JiangChengQingKuang", "NianDuKaoHeJieGuo", "RenMianLiYou", FAMILY,
    "ChengBaoDanWei", "JiSuanNianLingShiJian", "TianBiaoShiJian", "TianBiaoRen", "ShenFenZheng",
    "ZhaoPian", "Version",
)  # fmt: skip
"""The elements of a sheet in their usual order."""

RELATIVE: Final = (
    "ChengWei",
    "XingMing",
    "ChuShengRiQi",
    "ZhengZhiMianMao",
    "GongZuoDanWeiJiZhiWu",
)
VERSION: Final = "3.2.1.6"
MONTHS: Final = ("ChuShengNianYue", "CanJiaGongZuoShiJian")

_TOKEN: Final = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    r"|<(?P<close>/)?(?P<name>[\w:.-]+)(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)?(?P<empty>/)?>",
    re.DOTALL,
)
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_STAGE: Final = re.compile(r"\s*(\d{4})\.(\d{2})\s*[-—–]{1,2}\s*(?:(\d{4})\.(\d{2}))?(.*)")


@dataclass(frozen=True)
class Sheet:
    r"""One appointment sheet.

    ``content`` is the file byte for byte; ``fields`` the text of every flat element, unknown
    ones included, with line ends as ``\n``; ``family`` the rows of 家庭主要成员.
    """

    content: bytes
    fields: Mapping[str, str]
    family: tuple[Mapping[str, str], ...]

    def edit(
        self,
        changes: Mapping[str, str],
        *,
        family: Sequence[Mapping[str, str]] | None = None,
    ) -> Sheet:
        """Return the sheet with the text of the elements in *changes* replaced.

        An element that is missing is added at the end. *family* replaces the rows; elements
        of a row that it does not name are kept. Raises Invalid for text that XML cannot hold,
        for the name of no plain element, and for more than ten relatives.
        """
        text = self.content.decode("utf-8")
        for name, value in changes.items():
            if name == FAMILY or re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) is None:
                raise Invalid("lrmx_element", element=name)
            text = _replaced(text, _root(text), name, _encoded(name, value))
        if family is not None:
            text = _with_family(text, family)
        return read(text.encode("utf-8"))


@dataclass(frozen=True)
class Stage:
    """One line of 简历: from one month to another (``yyyymm``); ``last`` empty: until now."""

    first: str
    last: str
    text: str


def read(content: bytes) -> Sheet:
    """Read an ``.lrmx`` file.

    Raises Invalid: ``xml_…`` as ``engine.untrusted_xml`` says, ``lrmx_root`` when the root is
    not Person, ``lrmx_nested`` when a plain element has elements inside, ``lrmx_repeated``
    when one occurs twice.
    """
    root = parse_xml(content, "lrmx")
    if root.tag != "Person":
        raise Invalid("lrmx_root", element=local(root))
    fields = {str(element.tag): _text(element) for element in _once(root) if element.tag != FAMILY}
    family = tuple(
        MappingProxyType({str(child.tag): _text(child) for child in _once(item)})
        for item in root.iterfind(f"{FAMILY}/{ITEM}")
    )
    return Sheet(content, MappingProxyType(fields), family)


def blank() -> Sheet:
    """Return an empty sheet with every usual element, as other programs expect it."""
    lines = [f"  <{name}>{VERSION if name == 'Version' else ''}</{name}>" for name in ELEMENTS]
    body = "\r\n".join(['<?xml version="1.0" encoding="utf-8"?>', "<Person>", *lines, "</Person>"])
    return read(body.encode("utf-8"))


def problems(sheet: Sheet) -> dict[str, list[str]]:
    """Return what the organisation department would send the sheet back for, by element.

    Codes: ``required``, ``month``, ``idcard``, ``birth_differs``, ``party_date``,
    ``career_gap yyyymm-yyyymm``, ``career_overlap yyyymm-yyyymm``.
    """
    fields, found = sheet.fields, dict[str, list[str]]()
    if not fields.get("XingMing", "").strip():
        found["XingMing"] = ["required"]
    if not (fields.get("NiRenZhiWu") or fields.get("NiMianZhiWu")):
        found["NiRenZhiWu"] = ["required"]
    for name in MONTHS:
        if fields.get(name) and month_of(fields[name]) is None:
            found[name] = ["month"]
    if party_date(fields.get("RuDangShiJian", "")) is None:
        found["RuDangShiJian"] = ["party_date"]
    number = _identity(fields)
    if number:
        found["ShenFenZheng"] = [number]
    breaks = list(_breaks(career(fields.get("JianLi", ""))))
    if breaks:
        found["JianLi"] = breaks
    return found


def career(text: str) -> list[Stage]:
    """Return the dated lines of 简历; undated lines, such as （其间：…）, belong to no stage."""
    stages = []
    for line in text.splitlines():
        match = _STAGE.match(line)
        if match and month_of(match[1] + match[2]):
            last = f"{match[3]}{match[4]}" if match[3] else ""
            stages.append(Stage(match[1] + match[2], last, match[5].strip()))
    return stages


def age_at(sheet: Sheet) -> int | None:
    """Return the full years of age that the printed sheet shows, or None when unknown.

    Counted by months at 计算年龄时间, as births are months on the sheet.
    """
    born = month_of(sheet.fields.get("ChuShengNianYue", ""))
    at = month_of(sheet.fields.get("JiSuanNianLingShiJian", ""))
    return None if born is None or at is None else (_index(at) - _index(born)) // 12


def _identity(fields: Mapping[str, str]) -> str:
    """Return what is wrong with the identity number, if one is given."""
    number = fields.get("ShenFenZheng", "")
    if not number:
        return ""
    born: date | None = birth_in(number)
    if born is None:
        return "idcard"
    stated = month_of(fields.get("ChuShengNianYue", ""))
    return "birth_differs" if stated and stated != f"{born:%Y%m}" else ""


def _breaks(stages: Sequence[Stage]) -> Iterator[str]:
    """Yield gaps and overlaps of more than one month (``FORM-003``)."""
    for before, after in pairwise(stages):
        if not before.last:
            yield f"career_overlap {after.first}-"
            continue
        months = _index(after.first) - _index(before.last)
        if abs(months) > 1:
            kind = "career_gap" if months > 0 else "career_overlap"
            yield f"{kind} {before.last}-{after.first}"


def _index(month: str) -> int:
    return int(month[:4]) * 12 + int(month[4:])


def _once(parent: etree._Element) -> list[etree._Element]:
    """Return the elements inside *parent*, none of which may occur twice."""
    children = list(parent)
    names = [str(child.tag) for child in children]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise Invalid("lrmx_repeated", element=repeated)
    return children


def _text(element: etree._Element) -> str:
    if len(element):
        raise Invalid("lrmx_nested", element=local(element))
    return element.text or ""


def _encoded(name: str, value: str) -> str:
    if _UNWRITABLE.search(value):
        raise Invalid("lrmx_text", element=name)
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(escape(line) for line in lines)


@dataclass(frozen=True)
class _Place:
    """Where an element stands in the text: the whole of it, and what is between its tags."""

    start: int
    inner: int
    inner_end: int
    end: int


def _children(text: str, start: int, end: int) -> Iterator[tuple[str, _Place]]:
    """Yield name and place of the elements directly inside a stretch of well-formed XML."""
    depth, name, opened, inner = 0, "", 0, 0
    for token in _TOKEN.finditer(text, start, end):
        if token["name"] is None:
            continue
        if token["close"]:
            depth -= 1
            if not depth:
                yield name, _Place(opened, inner, token.start(), token.end())
        elif token["empty"]:
            if not depth:
                place = _Place(token.start(), token.end(), token.end(), token.end())
                yield token["name"], place
        else:
            if not depth:
                name, opened, inner = token["name"], token.start(), token.end()
            depth += 1


def _root(text: str) -> _Place:
    return next(place for _, place in _children(text, 0, len(text)))


def _find(text: str, inside: _Place, name: str) -> _Place | None:
    found = _children(text, inside.inner, inside.inner_end)
    return next((place for child, place in found if child == name), None)


def _replaced(text: str, inside: _Place, name: str, value: str) -> str:
    """Return *text* with what is between the tags of a child replaced; a missing one is added."""
    place = _find(text, inside, name)
    whole = f"<{name}>{value}</{name}>"
    if place is None:
        return text[: inside.inner_end] + whole + text[inside.inner_end :]
    if place.inner == place.end:  # <Name/> becomes <Name>…</Name>
        return text[: place.start] + whole + text[place.end :]
    return text[: place.inner] + value + text[place.inner_end :]


def _with_family(text: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Return *text* with the rows of the family replaced, one ``Item`` each."""
    if len(rows) > MAX_FAMILY:
        raise Invalid("lrmx_family", limit=MAX_FAMILY)
    place = _find(text, _root(text), FAMILY)
    kept = [] if place is None else [
        text[item.start : item.end]
        for name, item in _children(text, place.inner, place.inner_end)
        if name == ITEM
    ]  # fmt: skip
    items = [_item(kept[n] if n < len(kept) else "", row) for n, row in enumerate(rows)]
    return _replaced(text, _root(text), FAMILY, "\r\n".join(["", *items, ""]) if items else "")


def _item(old: str, row: Mapping[str, str]) -> str:
    """Return one row as XML: the old row with the named elements replaced, or a new one."""
    item = old or f"<{ITEM}></{ITEM}>"
    if item.endswith("/>"):
        item = f"<{ITEM}></{ITEM}>"
    for name in (*RELATIVE, *(name for name in row if name not in RELATIVE)):
        if name in row or not old:
            item = _replaced(item, _root(item), name, _encoded(name, row.get(name, "")))
    return item
