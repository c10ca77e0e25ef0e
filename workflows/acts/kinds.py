"""The kinds of act there are. A new one is a module and a line here.

The pure parts are in ``KINDS``; ``HOOKS`` has what some of them need from the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.lint import ActKinds
from workflows.acts import countersign, scoring
from workflows.acts.hooks import Hooks
from workflows.acts.kind import Kind

KINDS: Final[Mapping[str, Kind]] = {each.code: each for each in (countersign.KIND, scoring.KIND)}
HOOKS: Final[Mapping[str, Hooks]] = {code: Hooks() for code in KINDS}
ATTRIBUTES: Final[ActKinds] = {code: kind.attributes for code, kind in KINDS.items()}
"""What the linter of packages is told about them."""
