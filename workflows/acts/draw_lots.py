"""抽签: the order, or who gets a place, by a draw that anybody can repeat.

The seed is drawn and committed to when the act is prepared, so before any witness adds a word;
it is opened when the act closes. The list drawn from is in ``lots`` by readable labels, since
what witnesses hand in is about the draw as a whole. Domain specification 4.3 step 9, 5.3 stage 4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.lint import Attribute
from workflows.acts.countersign import WHOLE
from workflows.acts.kind import (
    ENTRIES,
    Faults,
    Kind,
    Material,
    Result,
    Settings,
    listed,
    wrong,
)  # fmt: skip
from workflows.counting.lots import Sealed, draw, seal

MAX_SUMMARY: Final = 60
MAX_WORD: Final = 100

ATTRIBUTES: Final = {
    "roll": Attribute(feel="list"),
    "deadline": Attribute(feel="date"),
    **ENTRIES,
    "places": Attribute(feel="number"),
}


def settle(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the list with its labels, and what is published of the seed."""
    entries = listed(written.get("entries"), "entries")
    places = written.get("places")
    if places is not None and not (isinstance(places, int) and 0 < places <= len(entries)):
        raise wrong("places", f"1–{len(entries)}")
    lots = [{"label": label, **each} for label, each in
            zip(labels(entries), entries, strict=True)]  # fmt: skip
    sealed = seal(written["seed"], [each["label"] for each in lots])
    return {
        "entries": [{"id": WHOLE, "name": ""}], "lots": lots, "places": places,
        "seed": written["seed"], "commitment": sealed.commitment, "listed": sealed.list_digest,
    }  # fmt: skip


def labels(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what each entry is called on its lot: its name, with the id where names repeat."""
    names = [" ".join(str(each["name"]).split()) for each in entries]
    often = Counter(names)
    return [
        name if name and often[name] == 1 else f"{name} {each['id']}"
        for name, each in zip(names, entries, strict=True)
    ]


def check(_settings: Settings, raw: Mapping[str, Any]) -> tuple[dict[str, Any], Faults]:
    """A witness adds one line of his own."""
    word = str(raw.get("word", "")).strip()
    if not word:
        return {"word": word}, Faults({"word": ["required"]})
    if len(word) > MAX_WORD or not word.isprintable():
        return {"word": word}, Faults({"word": ["act_lot_word"]})
    return {"word": word}, Faults()


def result(material: Material) -> Result:
    """Open the seed and draw."""
    settings = material.settings
    by_label = {each["label"]: each for each in settings["lots"]}
    words = [(each.member, each.value["word"]) for each in material.sheets]
    words.sort(key=lambda pair: [member.label for member in material.people].index(pair[0]))
    sealed = Sealed(settings["commitment"], settings["listed"], len(by_label))
    lot = draw(
        settings["seed"], list(by_label), sealed,
        contributions=[word for _who, word in words], places=settings["places"],
    )  # fmt: skip
    tickets = {line.about: line.sum for line in lot.working if line.rule == "lot_ticket"}
    order = [
        {"id": by_label[label]["id"], "label": label, "no": no, "ticket": tickets[label],
         "chosen": label in lot.chosen}
        for no, label in enumerate(lot.order, start=1)
    ]  # fmt: skip
    entries = [
        {**{name: each for name, each in by_label[row["label"]].items() if name != "label"},
         "no": row["no"]}
        for row in order if row["chosen"]
    ]  # fmt: skip
    value = {
        "order": order, "places": settings["places"], "seed": settings["seed"],
        "commitment": settings["commitment"], "listed": settings["listed"],
        "words": [{"who": who, "word": word} for who, word in words],
    }  # fmt: skip
    ids = [each["id"] for each in entries]
    summary = {"order": ids[:MAX_SUMMARY], "count": len(ids)}
    return Result(value, summary, lot.working, entries=entries)


KIND: Final = Kind("draw_lots", "抽签", "Drawing lots", ATTRIBUTES, settle, result, check)
