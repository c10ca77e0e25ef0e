"""The rules by which votes of the public are cleaned, applied in one pass when the vote closes.

A vote that breaks several rules is counted under the first of them:

``robot``   the program behind it said it was none a person votes with, or said nothing
``day``     the same device had its votes for this entry on this day
``choice``  the same device had chosen as many entries on this day as one may
``burst``   one address gave this entry more votes within a clock hour than a burst may hold
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

ROBOT: Final = re.compile(
    r"bot\b|crawl|spider|slurp|curl|wget|python|java/|okhttp|go-http|httpclient|libwww|scrapy"
    r"|headless|phantom|selenium|puppeteer|playwright|postman",
    re.IGNORECASE,
)
RULES: Final = ("robot", "day", "choice", "burst")


@dataclass(frozen=True)
class Limits:
    """What one device and one address may do; see the module docstring."""

    per_day: int
    choose: int
    burst: int


@dataclass(frozen=True)
class Totals:
    """Votes of every entry as they came and as they count, and what each rule took out.

    ``input`` is the SHA-256 over all votes in their order.
    """

    raw: Mapping[str, int]
    cleaned: Mapping[str, int]
    removed: Mapping[str, int]
    input: str


Vote = tuple[str, date, datetime, str, str, bool]
"""Entry, day in China, moment, device, address, robot."""


def clean(votes: Iterable[Vote], limits: Limits) -> Totals:
    """Count *votes*, which come in the order they were cast."""
    raw, cleaned, removed = Counter[str](), Counter[str](), dict.fromkeys(RULES, 0)
    given, chosen, bursts = Counter[Any](), dict[Any, set[str]](), Counter[Any]()
    running = hashlib.sha256()
    for entry, day, at, device, address, robot in votes:
        running.update(f"{entry}\0{at.isoformat()}\0{device}\0{address}\0{robot}\n".encode())
        raw[entry] += 1
        mine = chosen.setdefault((device, day), set())
        hour = (address, entry, day, at.hour)
        if robot:
            removed["robot"] += 1
        elif given[device, entry, day] >= limits.per_day:
            removed["day"] += 1
        elif entry not in mine and len(mine) >= limits.choose:
            removed["choice"] += 1
        elif bursts[hour] >= limits.burst:
            removed["burst"] += 1
        else:
            cleaned[entry] += 1
            given[device, entry, day] += 1
            mine.add(entry)
            bursts[hour] += 1
    return Totals(dict(raw), dict(cleaned), removed, running.hexdigest())


def is_robot(agent: str) -> bool:
    """Tell whether a program is none a person votes with, by what it calls itself."""
    return not agent.strip() or ROBOT.search(agent) is not None
