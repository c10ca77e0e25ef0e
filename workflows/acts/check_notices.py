"""What applicants are told of a check: at once when they may appeal, and what it came to.

They are those who handed in the entries; an entry that came otherwise has nobody to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from engine import notices
from engine.instances import Case
from engine.unit_of_work import UnitOfWork
from workflows.acts.check import FAILED, PASSED, TO_FIX
from workflows.acts.entries.model import act_entry
from workflows.acts.model import act_participant

AT_ONCE: Final = 500
MAX_REMARKS: Final = 300
CODES: Final = {PASSED: "check_passed", FAILED: "check_failed", TO_FIX: "check_to_fix"}


def appeals(case: Case, rows: Sequence[Mapping[str, Any]], until: str) -> None:
    """Tell those who failed until when they may appeal (N7)."""
    failed = [row for row in rows if row["outcome"] == FAILED]
    owners = _owners(case.uow, [row["id"] for row in failed])
    for row in failed:
        for principal in owners.get(row["id"], ()):
            notices.tell(case, principal, "N7", "check_appeal", name=row["name"], until=until,
                         why=_why(row))  # fmt: skip


def outcomes(case: Case, rows: Sequence[Mapping[str, Any]]) -> None:
    """Tell every applicant what his entry came to: N4 to correct, N7 otherwise."""
    owners = _owners(case.uow, [row["id"] for row in rows])
    for row in rows:
        code = CODES[row["outcome"]]
        kind = "N4" if row["outcome"] == TO_FIX else "N7"
        for principal in owners.get(row["id"], ()):
            notices.tell(case, principal, kind, code, name=row["name"], why=_why(row))


def _owners(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = act_entry.c.id.in_(ids[start : start + AT_ONCE])
        query = (
            sa.select(act_entry.c.id, act_participant.c.principal)
            .join(act_participant, act_participant.c.id == act_entry.c.participant_id)
            .where(some)
        )
        for row in uow.conn.execute(query):
            found.setdefault(row.id, set()).add(row.principal)
    return found


def _why(row: Mapping[str, Any]) -> str:
    return "；".join(row["remarks"])[:MAX_REMARKS] or "—"
