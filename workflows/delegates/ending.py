"""How a case or a child case ended, when no form and no computation says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.unit_of_work import Delegate, ServiceCall, UnitOfWork


def conclude(uow: UnitOfWork, call: ServiceCall) -> Mapping[str, Any]:
    """Set the outcome of the case to the text the diagram gives."""
    return {"outcome": call.inputs["outcome"]}


DELEGATES = {
    "conclude": Delegate(
        conclude,
        "登记办理结果：把事项的结果设为图中给定的文字",
        "Record the result: sets the outcome of the case to the text given in the diagram",
        inputs=("outcome",),
        outputs=("outcome",),
    ),
}
