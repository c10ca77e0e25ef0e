"""The loop that does background work: one thread per process, any number of processes.

A job and its effect are one transaction, so a worker killed anywhere leaves the job for
another. ``drain`` runs what is due now and returns, for tests, simulations and the moment
after a command; ``Worker`` runs until it is stopped.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from engine import children, jobs, timers
from engine.errors import EngineError, OnHold
from engine.unit_of_work import SYSTEM, Engine, UnitOfWork

log = logging.getLogger(__name__)
Handler = Callable[[UnitOfWork, jobs.Job], None]

HANDLERS: Mapping[str, Handler] = {
    "timer": timers.fire,
    "remind": timers.remind,
    "child_start": children.start_one,
    "children_ended": children.collect,
}


def run_one(engine: Engine, *, root_id: str | None = None) -> bool:
    """Do the most overdue job, if one is due; tells whether there was one."""
    taken: jobs.Job | None = None
    try:
        with engine.begin(SYSTEM) as uow:
            taken = jobs.take(uow, root_id=root_id)
            if taken is None:
                return False
            (HANDLERS.get(taken.kind) or uow.hooks.jobs[taken.kind])(uow, taken)
            jobs.finish(uow, taken)
    except OnHold:
        freeze_late(engine, taken)
    except EngineError as error:
        log.warning("job %s failed: %s %s", taken and taken.kind, error.code, error.params)
        _failed(engine, taken, f"{error.code} {error.params}")
    except Exception as error:  # a job must never stop the loop; it is kept with its error
        if taken is None:
            raise
        log.exception("job %s failed", taken.kind)
        _failed(engine, taken, repr(error))
    return True


def drain(engine: Engine, *, root_id: str | None = None, limit: int = 100_000) -> int:
    """Do all due jobs, of one case or of all; returns how many ran."""
    done = 0
    while done < limit and run_one(engine, root_id=root_id):
        done += 1
    return done


def _failed(engine: Engine, failed: jobs.Job | None, error: str) -> None:
    if failed is not None:
        with engine.begin(SYSTEM) as uow:
            jobs.fail(uow, failed, error)


def freeze_late(engine: Engine, job: jobs.Job | None) -> None:
    """Freeze a job that became due in the very moment its case was put on hold.

    Unless the hold is over already: what is frozen after the release would never thaw.
    """
    if job is not None and job.root_id is not None:
        with engine.begin(SYSTEM) as uow:
            jobs.freeze_held(uow, job.root_id)


class Worker(threading.Thread):
    """Background work of one process; ``wake`` spares it the wait for the next look."""

    def __init__(self, engine: Engine, *, poll_seconds: float = 1.0) -> None:
        super().__init__(name="linxuan-worker", daemon=True)
        self._engine = engine
        self._poll_seconds = poll_seconds
        self._awake = threading.Event()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Do due jobs until stopped."""
        while not self._stopped.is_set():
            try:
                drain(self._engine)
            except Exception:  # the loop must outlive a broken connection
                log.exception("worker: looking for jobs failed, trying again")
            self._awake.wait(self._poll_seconds)
            self._awake.clear()

    def wake(self) -> None:
        """Look for due jobs now."""
        self._awake.set()

    def stop(self) -> None:
        """Finish the job at hand and end."""
        self._stopped.set()
        self._awake.set()
        self.join()
