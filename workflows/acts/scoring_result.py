"""What comes of the marks: every entry's score with its working, the ranking, what stands out.

Panels, trimming, rooms, normalisation and ranking are those of ``workflows.counting``. Marks
left out, entries without marks, ties and reviewers who disagree are reported; nothing is
decided here that the settings do not declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from workflows.acts.kind import Material, Result, Settings, Sheet
from workflows.acts.scoring_compare import adjust_rooms, normalised
from workflows.counting.exact import exact, plain, root, shown
from workflows.counting.means import PanelRule, mean, panel_score, variance
from workflows.counting.ranks import Ranking, rank
from workflows.counting.raters import severity
from workflows.counting.sheets import Criterion, sheet_total
from workflows.counting.working import Line, Working

MAX_SUMMARY: Final = 30
FEW: Final = 10
Marks = Mapping[str, Mapping[str, Fraction]]
"""Entry → member → total of the sheet."""


@dataclass(frozen=True)
class _Scored:
    """One entry: its row of the page, the score of its panel if it has marks, the working."""

    row: dict[str, Any]
    score: Fraction | None = None
    criteria: Mapping[str, Fraction] | None = None
    lines: Working = ()


def total_of(settings: Settings, marks: Mapping[str, str]) -> Fraction:
    """Return the mark of one sheet: the weighted sum of its criteria."""
    return sheet_total(marks, _criteria(settings)).value


def result(material: Material) -> Result:
    """Score every entry, rank what has marks, and name what needs an explanation."""
    settings = material.settings
    sheets: dict[str, dict[str, Sheet]] = {}
    for sheet in material.sheets:
        sheets.setdefault(sheet.entry, {})[sheet.member] = sheet
    scored = [_entry(material, entry, sheets.get(entry["id"], {})) for entry in settings["entries"]]
    marks = {
        one.row["id"]: {who: exact(mark) for who, mark in one.row["marks"].items()}
        for one in scored
    }
    raw = {one.row["id"]: one.score for one in scored if one.score is not None}
    rooms = adjust_rooms(settings, raw)
    beside = normalised(settings, _by_member(marks))
    by_normalised = settings["rank_by"] == "normalised"
    final = {key: beside.scores[key] for key in raw} if by_normalised else rooms.scores
    ranking = rank(final)
    rows = [_finished(one, final, rooms.coefficients, beside.scores) for one in scored]
    _place(rows, ranking, rank(beside.scores) if beside.scores else None)
    lines = tuple(line for one in scored for line in one.lines)
    lines += rooms.working + beside.working + ranking.working
    attention = [*_attention(settings, rows, ranking), *rooms.attention, *beside.attention]
    value = {
        "entries": rows, "ties": [list(tie) for tie in ranking.ties],
        "experts": _experts(marks), "flagged": list(beside.flagged),
    }  # fmt: skip
    entries = tuple(each for each in settings["entries"] if each["id"] in final)
    return Result(
        value, _summary(value, ranking), lines, tuple(dict.fromkeys(attention)), entries,
        _scores(final, raw, scored),
    )  # fmt: skip


def _entry(material: Material, entry: Mapping[str, Any], sheets: Mapping[str, Sheet]) -> _Scored:
    """Return one entry's score from its sheets; who has a conflict there gave none."""
    settings, key = material.settings, entry["id"]
    named = ("id", "name", "no", "category", "room", *(() if settings["blind"] else ("unit",)))
    row: dict[str, Any] = {name: entry[name] for name in named if entry.get(name)}
    row |= {"score": None, "rank": None, "marks": {}}
    criteria = _criteria(settings)
    totals = {who: sheet_total(each.value["marks"], criteria).value for who, each in sheets.items()}
    if not totals:
        return _Scored(row)
    recused = {who.label: None for who in material.people if key in who.barred}
    found = panel_score({**totals, **recused}, _rule(settings))
    kept = {who: each for who, each in sheets.items() if who not in found.dropped}
    means = {
        each.name: mean([exact(one.value["marks"][each.name]) for one in kept.values()]).value
        for each in criteria
    }
    row |= {
        "marks": {who: plain(totals[who]) for who in sorted(totals)},
        "raw": plain(found.value), "raw_shown": shown(found.value), "short": found.short,
        "dropped": list(found.dropped), "outliers": list(found.outliers),
        "unexplained": [who for who in found.outliers if not sheets[who].reason],
        "disagrees": found.disagrees, "sd": shown(root(variance([*totals.values()]).value)),
        "criteria": {name: shown(value) for name, value in means.items()},
        "said": {who: each.reason for who, each in sorted(sheets.items()) if each.reason},
    }  # fmt: skip
    lines = tuple(Line(each.rule, each.sum, _about(entry, each)) for each in found.working)
    return _Scored(row, found.value, means, lines)


def _finished(
    one: _Scored,
    final: Mapping[str, Fraction],
    coefficients: Mapping[str, Fraction],
    beside: Mapping[str, Fraction],
) -> dict[str, Any]:
    """Return the row with the score that ranks it, and what stands beside."""
    row, key = dict(one.row), one.row["id"]
    if key in final:
        row |= {"score": plain(final[key]), "shown": shown(final[key])}
    if key in final and row.get("room") in coefficients:
        row["coefficient"] = shown(coefficients[row["room"]], 4)
    if key in beside:
        row["normalised"] = shown(beside[key])
    return row


def _place(rows: list[dict[str, Any]], ranking: Ranking, beside: Ranking | None) -> None:
    """Order the rows by rank, those without marks last, and write both ranks down."""
    place = {each.item: no for no, each in enumerate(ranking.places)}
    rows.sort(key=lambda row: place.get(row["id"], len(rows)))
    ranks = {each.item: plain(each.rank) for each in ranking.places}
    others = {each.item: plain(each.rank) for each in beside.places} if beside else {}
    for row in rows:
        row["rank"] = ranks.get(row["id"])
        if row["id"] in others:
            row["normalised_rank"] = others[row["id"]]


def _attention(settings: Settings, rows: list[dict[str, Any]], ranking: Ranking) -> list[str]:
    found = {
        "unscored": any(row["score"] is None for row in rows),
        "short": any(row.get("short") for row in rows),
        "outlier": bool(settings["outlier"]) and any(row.get("unexplained") for row in rows),
        "tie": bool(ranking.ties),
    }
    return [code for code, holds in found.items() if holds]


def _summary(value: Mapping[str, Any], ranking: Ranking) -> dict[str, Any]:
    """Return what the variables of the case get: small, however many entries there are."""
    unscored = [row["id"] for row in value["entries"] if row["score"] is None]
    ties, room = [], FEW
    for tie in value["ties"]:
        if len(tie) <= room:
            ties.append(tie)
            room -= len(tie)
    return {
        "order": list(ranking.order[:MAX_SUMMARY]), "count": len(ranking.order),
        "ties": ties, "tied": sum(map(len, value["ties"])), "unscored": unscored[:FEW],
    }  # fmt: skip


def _scores(
    final: Mapping[str, Fraction], raw: Mapping[str, Fraction], scored: list[_Scored]
) -> dict[str, dict[str, str]]:
    """Return what later acts may rank by: the total, the raw one, every criterion's mean."""
    found = {"total": dict(final), "raw": dict(raw)}
    for one in scored:
        for name, value in (one.criteria or {}).items():
            found.setdefault(name, {})[one.row["id"]] = value
    return {
        name: {key: plain(value) for key, value in values.items()}
        for name, values in found.items()
    }  # fmt: skip


def _experts(marks: Marks) -> list[dict[str, Any]]:
    """Return how many marks each member gave, and how strict he was beside the others."""
    given = _by_member(marks)
    apart = severity(given)
    return [
        {"label": who, "marks": len(given[who]), **(
            {"severity": plain(apart[who]), "shown": shown(apart[who])} if who in apart else {}
        )}
        for who in sorted(given)
    ]  # fmt: skip


def _by_member(marks: Marks) -> dict[str, dict[str, Fraction]]:
    found: dict[str, dict[str, Fraction]] = {}
    for entry, given in marks.items():
        for who, mark in given.items():
            found.setdefault(who, {})[entry] = mark
    return found


def _criteria(settings: Settings) -> list[Criterion]:
    return [
        Criterion(each["id"], exact(each["most"]), each["counts"], exact(each["weight"]))
        for each in settings["criteria"]
    ]


def _rule(settings: Settings) -> PanelRule:
    outlier, disagreement = settings["outlier"], settings["disagreement"]
    return PanelRule(
        trim_from=settings["trim_from"], drop=settings["trim"], least=settings["minimum"],
        outlier=exact(outlier) if outlier else PanelRule.outlier,
        disagreement=exact(disagreement) if disagreement else None,
    )  # fmt: skip


def _about(entry: Mapping[str, Any], line: Line) -> str:
    return f"{entry['name']} · {line.about}" if line.about else str(entry["name"])
