"""Two languages: Chinese is the text in the source, English comes from the catalogue.

The language and the type size are cookies set by ``/preferences``; both work without script.
Sentences for error codes of the layers below stand in ``messages.toml``.
"""

from __future__ import annotations

import io
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import babel.support
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, request
from flask_babel import Babel, Domain, format_date, format_datetime, get_locale

from engine.errors import EngineError
from workflows.roles import ROLES

FOLDER = Path(__file__).parent
LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
LANGUAGE_COOKIE = "lang"
SIZE_COOKIE = "size"


class Catalogues(Domain):  # type: ignore[misc]  # flask-babel is not typed
    """Reads compiled catalogues, and compiles in memory those that nobody has compiled."""

    def get_translations(self) -> babel.support.NullTranslations:
        """Return the catalogue of the current language."""
        return catalogue(language())


@cache
def catalogue(chosen: str) -> babel.support.NullTranslations:
    """Return the catalogue of a language; Chinese, the language of the source, has none."""
    folder = FOLDER / "translations" / LOCALES[chosen] / "LC_MESSAGES"
    source, compiled = folder / "messages.po", folder / "messages.mo"
    if not source.is_file():
        return babel.support.NullTranslations()
    if compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return babel.support.Translations(io.BytesIO(compiled.read_bytes()))
    memory = io.BytesIO()
    with source.open("rb") as text:
        write_mo(memory, read_po(text, locale=LOCALES[chosen]))
    memory.seek(0)
    return babel.support.Translations(memory)


def language() -> str:
    """Return ``zh`` or ``en``; a page without cookies says which in ``g.language``."""
    chosen = (g.get("language") or request.cookies.get(LANGUAGE_COOKIE)) if request else "zh"
    return chosen if chosen in LOCALES else "zh"


def size() -> str:
    """Return ``large`` for the large-type edition, else ``normal``."""
    return "large" if request.cookies.get(SIZE_COOKIE) == "large" else "normal"


def pick(thing: Any, name: str = "") -> str:
    """Return the text of *thing* in the current language.

    *thing* is an object or mapping with ``zh`` and ``en``, or, with *name*, with
    ``<name>_zh`` and ``<name>_en``. A missing English text falls back to the Chinese one.
    """
    prefix = f"{name}_" if name else ""

    def part(code: str) -> str:
        key = prefix + code
        found = thing.get(key) if isinstance(thing, Mapping) else getattr(thing, key, "")
        return str(found or "")

    return part(language()) or part("zh")


def sentence(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Return the sentence for an error code, filled with *params*; the code when unknown."""
    found = sentences().get(code)
    if found is None:
        return code
    shown = {name: _shown(name, value) for name, value in (params or {}).items()}
    return pick(found).format_map(_Blanks(shown))


def explain(error: EngineError) -> str:
    """Return the sentence for a refusal; the family's sentence when the code has none."""
    code = error.code if error.code in sentences() else error.default
    return sentence(code, error.params)


def in_both(error: EngineError) -> str:
    """Return the sentence for a refusal in both languages, for a terminal."""
    found = sentences().get(error.code) or sentences()[error.default]
    blanks = _Blanks({name: _shown(name, value) for name, value in error.params.items()})
    return "\n".join(found[code].format_map(blanks) for code in LOCALES)


@cache
def sentences() -> Mapping[str, Mapping[str, str]]:
    """Return ``messages.toml``: code → zh, en."""
    return tomllib.loads((FOLDER / "messages.toml").read_text("utf-8"))


def role_name(code: str) -> str:
    """Return the name of an actor code, or the code itself when it is none of ours."""
    return pick(ROLES[code]) if code in ROLES else code


def moment(value: datetime | None) -> str:
    """Return a moment as local date and time, to the minute."""
    return "" if value is None else format_datetime(value, "yyyy-MM-dd HH:mm")


def day(value: date | None) -> str:
    """Return a date as digits."""
    return "" if value is None else value.isoformat()


def long_day(value: date) -> str:
    """Return a date in words with the day of the week."""
    pattern = "y年M月d日 EEEE" if language() == "zh" else "EEEE, d MMMM y"
    return str(format_date(value, pattern))


def register(app: Flask) -> None:
    """Give *app* its languages, filters and template names."""
    babel = Babel(
        app,
        default_locale=LOCALES["zh"],
        default_timezone="Asia/Shanghai",
        locale_selector=lambda: LOCALES[language()],
    )
    babel.domain_instance = Catalogues()
    filters = (pick, moment, day, long_day, sentence, role_name)
    app.jinja_env.filters.update({function.__name__: function for function in filters})
    app.jinja_env.globals.update(language=language, size=size, locale=get_locale)


class _Blanks(dict[str, str]):
    """Leaves a gap visible instead of failing while an error is being explained."""

    def __missing__(self, key: str) -> str:
        return "…"


def _shown(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return "、".join(_shown(name, one) for one in value)
    if name in ("role", "held") and isinstance(value, str):
        return role_name(value)
    return str(value)
