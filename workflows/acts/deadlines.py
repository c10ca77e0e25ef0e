"""Deadlines of acts: reminders before, word to the organiser after, closing by itself.

One job goes with an open act. It does what its moment is for and puts the next one in its place,
always by the deadline as it is now; so a hold or a changed calendar moves it, and nothing is
done twice. It belongs to the organiser's task and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from engine import calendar, instances, jobs, notices
from engine.calendar import ONE_DAY
from engine.errors import Blocked
from engine.instances import Case, insert_new
from engine.jobs import Job
from engine.model import NO_DUE, inbox, job, notice, task
from engine.unit_of_work import CHINA, SYSTEM, UnitOfWork
from engine.waits import MORNING
from workflows.acts import closing, rows
from workflows.acts.kinds import HOOKS, KINDS
from workflows.acts.model import act_participant

TICK: Final = "act_tick"
DONE: Final = "act_done"
USUAL: Final = (3, 1)
"""Working days before the deadline at which those who have not answered are reminded."""
OVER: Final = "over"
ALL_DONE: Final = "act_all_done"


def watch(case: Case, row: Any) -> None:
    """Begin to watch the deadline of an act that has just been opened."""
    if KINDS[row.kind].roll and row.due_at < NO_DUE:
        _next(case, row, row.due_at, ())


def tick(uow: UnitOfWork, due: Job) -> None:
    """Do what the moment is for, and set the job for the next one; a closed act needs none."""
    row = rows.of_task(uow, due.args["task"])
    if row is None or row.state != "open":
        return
    case = instances.lock(uow, row.instance_id)
    ends = closing.deadline(uow, row)
    done = list(due.args["done"])
    past = [
        (at, name)
        for at, name in _moments(uow, case, row, ends)
        if at <= uow.now and name not in done
    ]
    if past:
        done += [name for _at, name in past]
        _act(case, row, past[-1][1])
    if OVER not in done:
        _next(case, row, ends, done)
    instances.save(case)


def notice_done(uow: UnitOfWork, row: Any) -> None:
    """After this command, see whether that was the last one of the roll, and have it told."""
    engine = uow.engine
    root_id = uow.conn.scalar(sa.select(task.c.root_id).where(task.c.id == row.id))

    def look() -> None:
        with engine.read(SYSTEM) as later:
            waiting = somebody_due(later, row.id)
        if not waiting:
            with engine.begin(SYSTEM) as later:
                common = {"instance_id": row.instance_id, "root_id": root_id, "token": row.id}
                values = jobs.row(DONE, later.now, later.now, args={"task": row.id},
                                  unique_key=f"{DONE}:{row.id}", **common)  # fmt: skip
                insert_new(later, job, values)

    uow.after_commit(look)


def all_done(uow: UnitOfWork, due: Job) -> None:
    """Tell the organiser, once, that everybody has answered."""
    row = rows.of_task(uow, due.args["task"])
    if row is None or row.state != "open" or somebody_due(uow, row.id):
        return
    case = instances.lock(uow, row.instance_id)
    if not _was_told(uow, row.id):
        _tell_organiser(case, row, ALL_DONE)
        instances.save(case)


def somebody_due(uow: UnitOfWork, act_id: str) -> bool:
    """Tell whether anybody on the roll has something left to do.

    The first of them by number is one look-up by index; any of them would be a walk past all who
    are done, since PostgreSQL expects one to turn up soon.
    """
    due = (act_participant.c.act_id == act_id) & (act_participant.c.state == "due")
    first = sa.select(sa.func.min(act_participant.c.no)).where(due)
    return uow.conn.scalar(first) is not None


HANDLERS: Final = {TICK: tick, DONE: all_done}


def _moments(
    uow: UnitOfWork, case: Case, row: Any, ends: datetime
) -> Iterator[tuple[datetime, str]]:
    """Yield what is to happen and when, in the order of time; a moment before opening is none."""
    written = case.node(row.node).act or {}
    days = tuple(map(int, written.get("remind", "").split())) or USUAL
    for n in sorted(set(days), reverse=True):
        at = _days_before(uow, ends, n)
        if at is not None and row.opened_at is not None and at > row.opened_at:
            yield at, f"{n}"
    yield ends + timedelta(seconds=1), OVER


def _days_before(uow: UnitOfWork, ends: datetime, n: int) -> datetime | None:
    """Return nine o'clock of the working day *n* working days before the last one."""
    found = calendar.load(uow)
    day: date = ends.astimezone(CHINA).date()
    try:
        while n:
            day -= ONE_DAY
            n -= found.is_working(day)
    except Blocked:
        return None  # the missing year is a finding already; a reminder is not worth more
    return datetime.combine(day, MORNING, CHINA)


def _next(case: Case, row: Any, ends: datetime, done: Any) -> None:
    moments = _moments(case.uow, case, row, ends)
    ahead = [at for at, name in moments if name not in done]
    args = {"task": row.id, "done": list(done)}
    case.insert(job, **jobs.row(
        TICK, min(ahead), case.uow.now, instance_id=case.id, root_id=case.root_id, token=row.id,
        args=args,
    ))  # fmt: skip


def _act(case: Case, row: Any, what: str) -> None:
    if what != OVER:
        _remind(case, row)
        return
    if (case.node(row.node).act or {}).get("autoclose") == "true":
        closing.close_over(case, row.id)
        _tell_organiser(case, row, "act_closed_over")
    elif not _was_told(case.uow, row.id):
        _tell_organiser(case, row, "act_over")


def _remind(case: Case, row: Any) -> None:
    """Remind everybody in whose inbox the part still is and who has something to do in it."""
    uow = case.uow
    query = (
        sa.select(act_participant, task.c.name.label("task"))
        .join(task, task.c.id == act_participant.c.task_id)
        .join(inbox, inbox.c.task_id == task.c.id)
        .where(act_participant.c.act_id == row.id, act_participant.c.state == "due")
    )
    idle = HOOKS[row.kind].idle(uow, row)
    people = [each for each in uow.conn.execute(query).all() if each.id not in idle]
    ends = closing.deadline(uow, row)
    when = f"{ends.astimezone(CHINA):%Y-%m-%d %H:%M}"
    for each in people:
        notices.tell(case, each.principal, "N2", "act_reminder", task=each.task, when=when,
                     task_id=each.task_id)  # fmt: skip
    case.audit("act_reminded", task=row.id, people=len(people))


def _tell_organiser(case: Case, row: Any, code: str) -> None:
    lead = case.uow.conn.execute(sa.select(task).where(task.c.id == row.id)).one()
    to = f"user:{lead.assignee}" if lead.assignee else lead.principal
    notices.tell(case, to, "N2", code, task=lead.name, task_id=row.id)


def _was_told(uow: UnitOfWork, act_id: str) -> bool:
    lead = sa.select(task.c.root_id).where(task.c.id == act_id).scalar_subquery()
    told = (notice.c.root_id == lead) & (notice.c.task_id == act_id) & (notice.c.code == ALL_DONE)
    return uow.conn.scalar(sa.select(notice.c.id).where(told).limit(1)) is not None
