"""Short ways to write forms and contexts in tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import Invalid
from workflows import forms
from workflows.forms import Cleaned, Context, Form

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ZHOU = {"id": "p1", "name": "周文斌", "unit": "市农业农村局", "post": "副局长"}
SUN = {"id": "p2", "name": "孙敏", "unit": "市农业农村局", "post": "科长"}
TWIN = {"id": "p3", "name": "孙敏", "unit": "市教育局", "post": "科长"}
OPTIONS = [{"label": "同意", "value": "yes", "en": "Agree"}, {"label": "不同意", "value": "no"}]


class People:
    """A directory of a few people, or of many."""

    def __init__(self, *found: Mapping[str, Any], filler: int = 0) -> None:
        more = [{"id": f"f{i}", "name": f"甲{i}"} for i in range(filler)]
        self.all = [*found, *more]

    def find(self, kind: str, key: str) -> Mapping[str, Any] | None:
        return next((one for one in self.all if one["id"] == key), None)

    def search(self, kind: str, text: str, limit: int) -> Sequence[Mapping[str, Any]]:
        return [one for one in self.all if text in one["name"]][:limit]


def form(*components: Mapping[str, Any]) -> Form:
    return forms.load({"schemaVersion": 19, "components": list(components)})


def field(key: str, kind: str = "textfield", **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "label": key, **more}


def required(key: str, kind: str = "textfield", **more: Any) -> dict[str, Any]:
    return field(key, kind, validate={"required": True, **more.pop("validate", {})}, **more)


def choice(key: str, **more: Any) -> dict[str, Any]:
    return field(key, "radio", values=OPTIONS, **more)


def group(path: str, *components: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "group", "path": path, "label": path, "components": [*components], **more}


def rows(path: str, *components: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "dynamiclist", "path": path, "label": path, "components": [*components], **more}


def context(**more: Any) -> Context:
    return Context(**{"now": NOW, "directory": People(ZHOU, SUN, TWIN), **more})


def clean(made: Form, raw: Mapping[str, Any], **more: Any) -> Cleaned:
    return forms.validate(made, raw, context(**more))


def wrong(made: Form, raw: Mapping[str, Any], **more: Any) -> dict[str, list[str]]:
    """Return path → codes of a form that must not pass."""
    with pytest.raises(Invalid) as caught:
        forms.validate(made, raw, context(**more))
    return {path: [m.code for m in found] for path, found in caught.value.fields.items()}


class Post(dict[str, list[str]]):
    """What a page posts."""

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])
