import sqlalchemy as sa

from engine.unit_of_work import SYSTEM
from workflows import settings
from workflows.model import access_log


def logged(engine):
    with engine.read(SYSTEM) as uow:
        return [(row.subject, row.detail) for row in uow.conn.execute(sa.select(access_log))]


def test_setting_keeps_its_value_and_logs_what_it_was(engine):
    for value in ({"days": 5}, 0, 7):
        with engine.begin(SYSTEM) as uow:
            settings.write(uow, "posting.wd", value)
    with engine.read(SYSTEM) as uow:
        assert settings.read(uow, "posting.wd") == 7
        assert settings.read(uow, "never.set", "default") == "default"
    assert logged(engine)[0] == ("posting.wd", {"before": None, "after": {"days": 5}})
    assert logged(engine)[1] == ("posting.wd", {"before": {"days": 5}, "after": 0})


def test_secret_key_is_made_once_and_never_logged(engine):
    with engine.begin(SYSTEM) as uow:
        first, second = settings.secret_key(uow), settings.secret_key(uow)
    assert first == second
    assert len(bytes.fromhex(first)) == 32
    assert logged(engine) == []
