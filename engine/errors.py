"""Everything the engine may refuse.

The class decides the HTTP status and what the caller can do; the ``code`` picks the
sentence a person reads (``web/messages.toml``); ``params`` fill it. No sentence lives here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class EngineError(Exception):
    """A refusal with a code, parameters and, when known, the instance it concerns."""

    status: ClassVar[int] = 400
    default: ClassVar[str] = "error"

    def __init__(self, code: str = "", /, *, instance_id: str | None = None, **params: Any) -> None:
        self.code = code or self.default
        self.params: dict[str, Any] = params
        self.instance_id = instance_id
        super().__init__(self.code, params)


class NotFound(EngineError):
    """It does not exist, or the actor must not learn that it does."""

    status = 404
    default = "not_found"


class NotAllowed(EngineError):
    """The actor lacks the right; somebody else has to do it."""

    status = 403
    default = "not_allowed"


class Conflict(EngineError):
    """Somebody was faster; reload and look."""

    status = 409
    default = "conflict"


class Stale(Conflict):
    """The case moved on between reading and writing."""

    default = "stale"


class TaskAlreadyClaimed(Conflict):
    """Another person of the group holds the task."""

    default = "task_already_claimed"


class AlreadyDone(Conflict):
    """The task was handed in before, or its step was cancelled."""

    default = "already_done"


class Invalid(EngineError):
    """The input is wrong; ``fields`` maps a field path to the codes of what is wrong there."""

    status = 422
    default = "invalid"

    def __init__(
        self,
        code: str = "",
        /,
        *,
        fields: Mapping[str, Sequence[Any]] | None = None,
        instance_id: str | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code, instance_id=instance_id, **params)
        self.fields: dict[str, list[Any]] = {k: list(v) for k, v in (fields or {}).items()}


class Blocked(EngineError):
    """A rule or a hold stands in the way; remove the cause first."""

    status = 423
    default = "blocked"


class OnHold(Blocked):
    """The supervision group has suspended the case."""

    default = "on_hold"


class RuleBlocked(Blocked):
    """A BLOCK rule failed; ``findings`` say which."""

    default = "rule_blocked"

    def __init__(self, findings: Sequence[Any], /, *, instance_id: str | None = None) -> None:
        super().__init__("rule_blocked", instance_id=instance_id, rules=[f.rule for f in findings])
        self.findings = list(findings)


class ReasonNeeded(Blocked):
    """Only WARN rules failed; the actor may go on with a written reason."""

    default = "reason_needed"

    def __init__(self, findings: Sequence[Any], /, *, instance_id: str | None = None) -> None:
        super().__init__("reason_needed", instance_id=instance_id, rules=[f.rule for f in findings])
        self.findings = list(findings)


class Tampered(EngineError):
    """A stored record does not match its digest; call the auditor."""

    status = 500
    default = "tampered"
