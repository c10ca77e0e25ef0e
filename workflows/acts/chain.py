"""One act stands on another: the entries and the scores that an earlier act handed on.

They are read from the results of acts, where they are rows, so that the variables of the case
stay small however many entries there are.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.instances import Case
from workflows.acts.kind import wrong
from workflows.acts.model import act

TOTAL = "total"


def entries(case: Case, nodes: str) -> list[dict[str, Any]]:
    """Return what the acts at *nodes* (separated by spaces) handed on, each entry once.

    Of an entry that several hand on, the later node's word counts. An act of several that was
    not held, because the case went another way, hands nothing on. Raises Invalid("act_setting")
    when none of them is confirmed.
    """
    found: dict[str, dict[str, Any]] = {}
    held = [known for node in nodes.split() if (known := _latest(case, node)) is not None]
    if not held:
        raise wrong("from", nodes)
    for known in held:
        found |= {each["id"]: each for each in known["entries"]}
    return list(found.values())


def scores(case: Case, name: str) -> dict[str, str]:
    """Return the scores *name*: a node, or ``node.criterion``; entry → exact number as text.

    Raises Invalid("act_setting") for a score there is none of.
    """
    node, _dot, which = name.partition(".")
    known = result(case, node)["scores"]
    if (which or TOTAL) not in known:
        raise wrong("from", name)
    return dict(known[which or TOTAL])


def result(case: Case, node: str) -> dict[str, Any]:
    """Return the confirmed result of the latest act at *node*, in this case or the one above it.

    Raises Invalid("act_setting").
    """
    found = _latest(case, node)
    if found is None:
        raise wrong("from", node)
    return found


def _latest(case: Case, node: str) -> dict[str, Any] | None:
    around = act.c.instance_id.in_({case.id, case.root_id})
    mine = around & (act.c.node == node) & (act.c.state == "confirmed")
    newest = sa.select(act.c.result).where(mine).order_by(act.c.prepared_at.desc()).limit(1)
    found: Any = case.uow.conn.scalar(newest)
    return None if found is None else dict(found)
