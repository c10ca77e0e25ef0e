"""What comes with a message belongs to the case that takes it."""

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from engine import documents, messages
from engine.model import attachment
from engine.tasks import Submission
from engine.unit_of_work import SYSTEM, Engine
from tests.small_case import DAN, begin

pytestmark = pytest.mark.both_databases
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def test_files_of_a_complaint_can_be_opened_by_those_who_check_it(engine: Engine) -> None:
    case_id = begin(engine)
    with engine.begin(DAN) as uow:
        kept = documents.store(uow, BytesIO(PNG), "证据.png")
        file: dict[str, Any] = {"digest": kept.digest, "name": kept.name, "field": "proof"}
        sent = Submission({"matter": "举报"}, files=[file])
        child_id = messages.deliver(uow, case_id, "unit.complaint", sent)
    with engine.read(SYSTEM) as uow:
        row = uow.conn.execute(sa.select(attachment)).one()
    assert (row.digest, row.name, row.field) == (kept.digest, "证据.png", "proof")
    assert (row.instance_id, row.root_id, row.uploaded_by) == (child_id, case_id, DAN.id)
