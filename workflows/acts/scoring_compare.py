"""Scores made comparable: between rooms with different juries, between strict and mild reviewers.

The room coefficient changes the score where it is declared. Normalised scores stand beside the
raw ones and replace them only where ``rank_by="normalised"`` says so. Selection 4.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from workflows.acts.kind import Settings
from workflows.counting.normalise import normalise
from workflows.counting.raters import rater_effects
from workflows.counting.rooms import adjusted, room_coefficients
from workflows.counting.working import Line, NotCountable, Working


@dataclass(frozen=True)
class Compared:
    """Entry → score, what led to it, and what the organiser must explain.

    ``coefficients`` are those of rooms; ``flagged`` reviewers had too few marks.
    """

    scores: Mapping[str, Fraction]
    working: Working = ()
    attention: tuple[str, ...] = ()
    coefficients: Mapping[str, Fraction] = field(default_factory=dict)
    flagged: tuple[str, ...] = ()


def adjust_rooms(settings: Settings, raw: Mapping[str, Fraction]) -> Compared:
    """Return the scores with the room coefficient, where one is declared (考场系数).

    When a room has too few scores, or only zeros, nothing is adjusted and that is to be
    explained.
    """
    if not settings["rooms"] or not raw:
        return Compared(raw)
    room_of = {each["id"]: str(each["room"]) for each in settings["entries"]}
    rooms: dict[str, list[Fraction]] = {}
    for key, score in raw.items():
        rooms.setdefault(room_of[key], []).append(score)
    try:
        found = room_coefficients(
            rooms, drop=settings["room_trim"], digits=settings["room_digits"],
            whole="mean of rooms" if settings["rooms"] == "means" else "all scores",
        )  # fmt: skip
    except NotCountable:
        return Compared(raw, attention=("rooms",))
    names = {each["id"]: each["name"] for each in settings["entries"]}
    scores, lines = {}, found.working
    for key, score in raw.items():
        amount = adjusted(score, found.value[room_of[key]])
        scores[key] = amount.value
        lines += tuple(Line(line.rule, line.sum, names[key]) for line in amount.working)
    return Compared(scores, lines, coefficients=found.value)


def normalised(settings: Settings, marks: Mapping[str, Mapping[str, Fraction]]) -> Compared:
    """Return the normalised scores of *marks* (reviewer → entry → mark), or none.

    Reviewers who share no entry with the others cannot be compared by ``effects``: then there
    are none, which is to be explained; ranking by them raises NotCountable.
    """
    method = settings["normalise"]
    if method == "none" or not marks:
        return Compared({})
    if method != "effects":
        found = normalise(marks, method, least=settings["normalise_least"])
        return Compared(found.mapped, found.working, flagged=found.flagged)
    try:
        effects = rater_effects(marks)
    except NotCountable:
        if settings["rank_by"] == "normalised":
            raise
        return Compared({}, attention=("not_connected",))
    return Compared(effects.quality, effects.working)
