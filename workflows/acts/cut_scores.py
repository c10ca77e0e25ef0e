"""What a cut takes from earlier acts: the scores of its stages and of its chain."""

from __future__ import annotations

from typing import Any, Final

from engine.instances import Case
from engine.unit_of_work import UnitOfWork
from workflows.acts import chain
from workflows.acts.cut import stages_of
from workflows.acts.hooks import Hooks
from workflows.counting.exact import exact, shown


def draw(case: Case, values: dict[str, Any]) -> dict[str, Any]:
    """Add the scores by name, and the entries of the stages where none are named.

    Raises Invalid("act_setting") for a stage that is not confirmed or has no such score.
    """
    stages = list(stages_of(str(values.get("stages", ""))))
    names = [*stages, *str(values.get("chain", "")).split()]
    nodes = " ".join(dict.fromkeys(name.partition(".")[0] for name in stages))
    entries = values.get("entries") or chain.entries(case, nodes)
    known = {each["id"] for each in entries if isinstance(each, dict) and "id" in each}
    scores = {
        name: {key: score for key, score in chain.scores(case, name).items() if key in known}
        for name in names
    }
    return {**values, "entries": entries, "scores": scores}


def basis(_uow: UnitOfWork, row: Any) -> dict[str, dict[str, str]]:
    """Return the scores as they are shown: name → entry → two decimals."""
    return {
        name: {key: shown(exact(score)) for key, score in scores.items()}
        for name, scores in row.settings["scores"].items()
    }


HOOKS: Final = Hooks(draw=draw, tools=basis)
