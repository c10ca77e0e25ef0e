"""The kinds of act there are. A new one is a module and a line here.

The pure parts are in ``KINDS``; ``HOOKS`` has what some of them need from the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.lint import ActKinds
from workflows.acts import (
    check,
    check_load,
    committee_vote,
    countersign,
    countersign_again,
    cut,
    cut_scores,
    draw_lots,
    draw_lots_seal,
    intake,
    meeting_notes,
    online_vote,
    posting,
    scoring,
)  # fmt: skip
from workflows.acts.entries import rows
from workflows.acts.hooks import Hooks
from workflows.acts.kind import LED, Kind
from workflows.acts.panel import hooks as panel
from workflows.acts.secret import bridge, election, evaluation, recommendation
from workflows.publicity import publishing, voting

_ALL: Final = (
    check.KIND,
    committee_vote.KIND,
    countersign.KIND,
    cut.KIND,
    draw_lots.KIND,
    election.ELECTION,
    election.PLENARY,
    evaluation.KIND,
    intake.KIND,
    online_vote.KIND,
    posting.KIND,
    recommendation.KIND,
    scoring.KIND,
)
_HOOKS: Final[Mapping[str, Hooks]] = {
    "online_vote": voting.HOOKS,
    "posting": publishing.HOOKS,
    "check": check_load.HOOKS,
    "committee_vote": meeting_notes.HOOKS,
    "countersign": countersign_again.HOOKS,
    "cut": cut_scores.HOOKS,
    "draw_lots": draw_lots_seal.HOOKS,
    "election": bridge.HOOKS,
    "evaluation": bridge.HOOKS,
    "plenary": bridge.HOOKS,
    "recommendation": bridge.HOOKS,
    "intake": rows.HOOKS,
    "scoring": panel.HOOKS,
}
KINDS: Final[Mapping[str, Kind]] = {each.code: each for each in _ALL}
HOOKS: Final[Mapping[str, Hooks]] = {code: _HOOKS.get(code, Hooks()) for code in KINDS}
ATTRIBUTES: Final[ActKinds] = {
    code: {**(LED if kind.roll else {}), **kind.attributes} for code, kind in KINDS.items()
}
"""What the linter of packages is told about them."""
