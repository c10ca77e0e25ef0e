"""The evidence file: all that is needed to count again, sealed, in one JSON document.

It is readable only together with two share codes. ``recount`` counts it by this program,
``recount.py`` beside it by itself, with nothing but Python's standard library; both must give
the digest that was published.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from engine.errors import Conflict, Invalid, Tampered
from engine.unit_of_work import Actor
from workflows.ballots import events, opening, paper, shares
from workflows.ballots.receipts import root_of
from workflows.ballots.rules import BallotRules, canonical, digest
from workflows.ballots.sealing import Sealed

FORMAT = "linxuan-ballots/1"
FILE = "evidence.json"


def export(hall: events.Hall, actor: Actor, event_id: str) -> bytes:
    """Return the evidence file of an opened event.

    Raises Conflict: ``ballot_not_now``, ``ballot_wrong_mode`` where there was no box.
    """
    with hall.engine.read(actor) as uow:
        event = events.load(uow, event_id, events.OPENED)
        if event.mode in events.WITHOUT_BOX:
            raise Conflict("ballot_wrong_mode")
        papers = paper.counts(uow, event_id)
    rows = opening.boxed(hall, event_id)
    return canonical(
        {
            "format": FORMAT,
            "event": event.id,
            "rules": event.rules.plain,
            "public_key": event.public_key,
            "statement": event.statement,
            "paper": papers,
            "result_digest": event.result_digest,
            "ballots": [
                [base64.b64encode(sealed.sealed).decode(), sealed.commitment.hex(), voter_class]
                for sealed, voter_class in rows
            ],
        }
    )


def recount(file: bytes, codes: Sequence[str]) -> Mapping[str, Any]:
    """Count an evidence file again with two share codes; returns the result.

    Raises Invalid: ``ballot_evidence_unreadable``, ``ballot_share_wrong``,
    ``ballot_shares_do_not_fit``; Tampered: ``ballot_root_differs``, ``ballot_recount_differs``.
    """
    try:
        data = orjson.loads(file)
        rules, statement = BallotRules.of(data["rules"]), data["statement"]
        rows = [
            (Sealed(base64.b64decode(sealed), bytes.fromhex(commitment)), voter_class)
            for sealed, commitment, voter_class in data["ballots"]
        ]
        event, public = data["event"], bytes.fromhex(data["public_key"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("ballot_evidence_unreadable") from error
    root = root_of(sealed.commitment for sealed, _ in rows)
    if (root, digest(rules.plain)) != (statement["root"], statement["rules"]):
        raise Tampered("ballot_root_differs")
    private = shares.combine([shares.read_code(event, code) for code in codes])
    opened = opening.unseal(event, rules, (private, public), rows)
    result = opening.result_of(statement, rules, opened, data["paper"])
    if digest(result) != data["result_digest"]:
        raise Tampered("ballot_recount_differs")
    return result
