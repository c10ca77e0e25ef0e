"""What service tasks of selection diagrams may call.

A delegate computes from records and variables and returns variables; it decides nothing that
the rules leave to people. Each one also returns its *working*, the sum a reader can redo by
hand, which the engine keeps in the step record. ``ALL`` is what a diagram may name.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.unit_of_work import Delegate
from workflows.delegates import awards, candidates, elections, nominations, tabling, terms, votes

ALL: Mapping[str, Delegate] = {
    **candidates.DELEGATES,
    **tabling.DELEGATES,
    **votes.DELEGATES,
    **terms.DELEGATES,
    **awards.DELEGATES,
    **nominations.DELEGATES,
    **elections.DELEGATES,
}
