from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.unit_of_work import SYSTEM, Actor, Engine
from workflows import administration, identity, passwords, registry, sessions
from workflows.administration import Want
from workflows.identity import NewAccount, Period
from workflows.model import access_log, account, role_assignment
from workflows.registry import NewPerson
from workflows.sessions import Visitor

HASHED = passwords.digest("correct horse")
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def city(engine: Engine) -> dict[str, str]:
    """City over bureau, the account ``li``, and the administrator ``root``."""
    with engine.begin(SYSTEM) as uow:
        city = registry.add_unit(uow, "C", "市")
        bureau = registry.add_unit(uow, "B", "局", parent_id=city)
        made = {
            login: identity.create_account(uow, NewAccount(login, name, bureau), HASHED)
            for login, name in (("root", "邓维"), ("li", "李敏"))
        }
        identity.grant(uow, made["root"], "ADMIN", city)
    return {"city": city, "bureau": bureau, **made}


@pytest.fixture
def admin(city: dict[str, str]) -> Actor:
    return Actor(city["root"], "邓维", frozenset({f"ADMIN@{city['city']}"}))


def rows(engine: Engine) -> list:
    with engine.read(SYSTEM) as uow:
        return [
            uow.conn.execute(sa.select(table).order_by(table.c.id)).all()
            for table in (account, role_assignment, access_log)
        ]


def refused(engine: Engine, actor: Actor, kind: type, act) -> str:
    """Return the code of the refusal after checking that nothing changed."""
    before = rows(engine)
    with pytest.raises(kind) as refusal, engine.begin(actor) as uow:
        act(uow)
    assert rows(engine) == before
    return refusal.value.code


def do(engine: Engine, actor: Actor, act):
    with engine.begin(actor) as uow:
        return act(uow)


def log_of(engine: Engine, subject: str) -> list[str]:
    with engine.read(SYSTEM) as uow:
        query = sa.select(access_log.c.action).where(access_log.c.subject == subject)
        return list(uow.conn.scalars(query.order_by(access_log.c.id)))


# Accounts ---------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_new_account_has_a_password_for_one_sign_in(engine, city, admin):
    new = NewAccount("Wang", "王芳", city["bureau"])
    made = do(engine, admin, lambda uow: administration.create(uow, new, HASHED))
    with engine.read(admin) as uow:
        line = administration.account_line(uow, made)
    assert (line.login, line.once, line.status, line.roles) == ("wang", True, "active", ())
    assert log_of(engine, made) == ["account_created"]


def test_one_time_password_is_random_and_obeys_the_rules():
    made = {passwords.one_time() for _ in range(20)}
    assert len(made) == 20
    for password in made:
        passwords.check(password, login="wang")
        assert not set(password) & set("01ilo")


def test_own_password_ends_the_one_time_state(engine, city, admin):
    do(engine, admin, lambda uow: administration.reset_password(uow, city["li"], HASHED, "x"))
    with engine.begin(SYSTEM) as uow:
        token = sessions.open_session(uow, city["li"], Visitor("192.0.2.1"))
        assert sessions.find(uow, token).once
        identity.replace_password(uow, city["li"], "x", "y")
        token = sessions.open_session(uow, city["li"], Visitor("192.0.2.1"))
        assert not sessions.find(uow, token).once


@pytest.mark.parametrize("login", ["li min", "li\x07", "li\tmin"])
def test_login_with_blanks_is_refused(engine, city, admin, login):
    new = NewAccount(login, "李", city["bureau"])
    assert refused(engine, admin, Invalid, lambda uow: administration.create(uow, new, HASHED))


def test_taken_login_and_unknown_unit_are_refused(engine, city, admin):
    twin, lost = NewAccount("LI", "李", city["bureau"]), NewAccount("a", "甲", "nowhere")
    create = administration.create
    assert refused(engine, admin, Conflict, lambda uow: create(uow, twin, HASHED)) == "login_taken"
    assert refused(engine, admin, NotFound, lambda uow: create(uow, lost, HASHED)) == "unit_unknown"


def test_reset_ends_sessions_and_loses_against_an_earlier_one(engine, city, admin):
    with engine.begin(SYSTEM) as uow:
        token = sessions.open_session(uow, city["li"], Visitor("192.0.2.1"))
    reset = administration.reset_password
    do(engine, admin, lambda uow: reset(uow, city["li"], HASHED, "fresh"))
    with engine.read(SYSTEM) as uow:
        assert sessions.find(uow, token) is None
    assert refused(engine, admin, Stale, lambda uow: reset(uow, city["li"], HASHED, "other"))
    assert log_of(engine, city["li"])[-2:] == ["password_changed", "password_reset"]


@pytest.mark.parametrize("act", [administration.disable, administration.enable])
def test_own_account_is_out_of_reach(engine, city, admin, act):
    assert refused(engine, admin, NotAllowed, lambda uow: act(uow, city["root"])) == "own_account"


def test_own_password_is_not_reset(engine, city, admin):
    reset = administration.reset_password
    code = refused(engine, admin, NotAllowed, lambda uow: reset(uow, city["root"], HASHED, "x"))
    assert code == "own_account"


def test_list_is_filtered_by_words_role_and_status(engine, city, admin):
    do(engine, admin, lambda uow: administration.disable(uow, city["li"]))

    def found(**want):
        with engine.read(admin) as uow:
            return [line.login for line in administration.accounts(uow, Want(**want))[0]]

    assert found() == ["li", "root"]
    assert found(text="李") == found(text="LI") == found(status="disabled") == ["li"]
    assert found(role="ADMIN") == ["root"]
    assert found(text="100%") == []


def test_list_is_paged_without_gaps(engine, city, admin, monkeypatch):
    monkeypatch.setattr(administration, "PAGE", 1)
    with engine.read(admin) as uow:
        first, after = administration.accounts(uow, Want())
        second, end = administration.accounts(uow, Want(), after)
    assert [first[0].login, second[0].login, after, end] == ["li", "root", "li", ""]


# Roles ------------------------------------------------------------------------------------


def give(engine, actor, account_id, role, unit_id, first=TODAY, last=None):
    period = Period(first, last)
    return do(
        engine, actor, lambda uow: administration.grant(uow, account_id, role, unit_id, period)
    )


def not_given(engine, actor, kind, account_id, role, unit_id, first=TODAY, last=None):
    period = Period(first, last)
    return refused(
        engine, actor, kind,
        lambda uow: administration.grant(uow, account_id, role, unit_id, period),
    )  # fmt: skip


def test_roles_are_listed_present_first_with_who_gave_them(engine, city, admin):
    give(engine, admin, city["li"], "EXPERT", city["city"], TODAY + DAY)
    give(engine, admin, city["li"], "ORG_DEPT", city["city"], TODAY, TODAY)
    with engine.read(admin) as uow:
        listed = administration.assignments(uow, city["li"])
    assert [(one.role, one.state, one.granted_by) for one in listed] == [
        ("ORG_DEPT", "now", "邓维"), ("EXPERT", "ahead", "邓维"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "wanted"),
    [("ORG_DEPT", "DESIGNER"), ("DESIGNER", "ORG_DEPT"), ("EXPERT", "ADMIN"),
     ("SUPERVISOR", "AUDITOR"), ("DESIGNER", "ADMIN")],
)  # fmt: skip
def test_kinds_of_role_do_not_mix(engine, city, admin, held, wanted):
    give(engine, admin, city["li"], held, city["city"])
    code = not_given(engine, admin, NotAllowed, city["li"], wanted, city["bureau"])
    assert code == "duties_clash"


def test_two_accounts_of_one_person_count_as_one(engine, city, admin):
    with engine.begin(SYSTEM) as uow:
        who = registry.add_person(uow, NewPerson("李敏", city["bureau"]))
        both = [
            identity.create_account(uow, NewAccount(login, "李敏", city["bureau"], who), HASHED)
            for login in ("li-a", "li-b")
        ]
    give(engine, admin, both[0], "ORG_DEPT", city["city"])
    code = not_given(engine, admin, NotAllowed, both[1], "DESIGNER", city["city"])
    assert code == "duties_clash_person"


def test_role_that_is_held_is_not_given_twice(engine, city, admin):
    give(engine, admin, city["li"], "EXPERT", city["city"])
    code = not_given(engine, admin, Conflict, city["li"], "EXPERT", city["city"], TODAY + DAY)
    assert code == "role_held"


@pytest.mark.parametrize(("first", "last"), [(TODAY - DAY, None), (TODAY + DAY, TODAY)])
def test_period_begins_no_earlier_than_today_and_ends_after_it_begins(
    engine, city, admin, first, last
):
    not_given(engine, admin, Invalid, city["li"], "EXPERT", city["city"], first, last)


def test_unknown_unit_or_role_is_not_found(engine, city, admin):
    not_given(engine, admin, NotFound, city["li"], "EXPERT", "nowhere")
    not_given(engine, admin, NotFound, city["li"], "KING", city["city"])
    not_given(engine, admin, NotFound, "nobody", "EXPERT", city["city"])


def test_role_ended_yesterday_is_gone_at_once(engine, city, admin):
    given = give(engine, admin, city["li"], "EXPERT", city["city"])
    do(engine, admin, lambda uow: administration.end_role(uow, given, TODAY - DAY))
    with engine.read(admin) as uow:
        assert administration.account_line(uow, city["li"]).roles == ()
        assert administration.assignments(uow, city["li"])[0].state == "past"
    assert log_of(engine, city["li"])[-1] == "role_ended"


@pytest.mark.parametrize(
    ("last", "code"), [(TODAY - 2 * DAY, "before_today"), (TODAY + 9 * DAY, "role_end_later")]
)
def test_end_of_a_role_moves_neither_into_the_past_nor_back(engine, city, admin, last, code):
    given = give(engine, admin, city["li"], "EXPERT", city["city"], TODAY, TODAY + 5 * DAY)
    before = rows(engine)
    with pytest.raises(Invalid) as refusal, engine.begin(admin) as uow:
        administration.end_role(uow, given, last)
    assert refusal.value.fields == {"valid_to": [code]}
    assert rows(engine) == before


def test_own_administrator_role_is_not_ended(engine, city, admin):
    with engine.read(SYSTEM) as uow:
        query = sa.select(role_assignment.c.id).where(role_assignment.c.account_id == city["root"])
        mine = uow.conn.scalar(query)
    end = administration.end_role
    code = refused(engine, admin, NotAllowed, lambda uow: end(uow, mine, TODAY))
    assert code == "own_admin_role"


# Rights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["ORG_DEPT", "SUPERVISOR", "AUDITOR", "DESIGNER", ""])
def test_nobody_else_manages_accounts(engine, city, role):
    other = Actor("x", "某", frozenset({f"{role}@{city['city']}"} if role else ()))
    new = NewAccount("a", "甲", city["bureau"])
    acts = (
        lambda uow: administration.accounts(uow, Want()),
        lambda uow: administration.account_line(uow, city["li"]),
        lambda uow: administration.assignments(uow, city["li"]),
        lambda uow: administration.create(uow, new, HASHED),
        lambda uow: administration.reset_password(uow, city["li"], HASHED, "x"),
        lambda uow: administration.disable(uow, city["li"]),
        lambda uow: administration.enable(uow, city["li"]),
        lambda uow: administration.end_session(uow, city["li"], "s"),
        lambda uow: administration.grant(uow, city["li"], "EXPERT", city["city"], Period(TODAY)),
        lambda uow: administration.end_role(uow, "r", TODAY),
    )
    for act in acts:
        refused(engine, other, NotAllowed, act)
