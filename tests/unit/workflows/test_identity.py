from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from engine.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from engine.unit_of_work import SYSTEM, Engine
from tests.conftest import Clock
from workflows import demo, identity, passwords, registry, sessions
from workflows.identity import NewAccount, Period
from workflows.model import access_log, account, login_attempt, role_assignment, session
from workflows.roles import ROLES
from workflows.sessions import ABSOLUTE, IDLE, PER_ADDRESS, PER_PAIR, WINDOW, Visitor

HERE = Visitor("192.0.2.1", "a browser")
THERE = Visitor("192.0.2.2", "a browser")
HASHED = passwords.digest("correct horse")


@pytest.fixture
def city(engine: Engine) -> dict[str, str]:
    """Province over city over bureau, and the account ``li`` of the bureau."""
    with engine.begin(SYSTEM) as uow:
        top = registry.add_unit(uow, "P", "省")
        city = registry.add_unit(uow, "C", "市", parent_id=top)
        bureau = registry.add_unit(uow, "B", "局", parent_id=city)
        li = identity.create_account(uow, NewAccount("Li", "李敏", bureau), HASHED)
    return {"top": top, "city": city, "bureau": bureau, "li": li}


def count(engine: Engine, table: sa.Table) -> int:
    with engine.read(SYSTEM) as uow:
        return uow.conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def attempt(engine: Engine, login: str, password: str, visitor: Visitor = HERE):
    with engine.read(SYSTEM) as uow:
        found = sessions.look_up(uow, login, visitor)
    fits = found.wait_until is None and passwords.matches(found.hashed, password)
    with engine.begin(SYSTEM) as uow:
        return sessions.admit(uow, found, visitor, fits=fits)


def fail(engine: Engine, login: str, times: int, visitor: Visitor = HERE) -> None:
    """Write failed attempts without the cost of hashing."""
    for _ in range(times):
        with engine.begin(SYSTEM) as uow:
            found = sessions.look_up(uow, login, visitor)
            sessions.admit(uow, found, visitor, fits=False)


def who(engine: Engine, token: str):
    with engine.read(SYSTEM) as uow:
        return sessions.find(uow, token)


# Accounts and passwords -------------------------------------------------------------------


def test_password_is_stored_as_argon2id_only(engine, city):
    with engine.read(SYSTEM) as uow:
        row = identity.get(uow, city["li"])
    assert row.password.startswith("$argon2id$")
    assert "correct horse" not in repr(row)


def test_login_taken_in_other_spelling_is_refused_and_adds_nothing(engine, city):
    with pytest.raises(Conflict), engine.begin(SYSTEM) as uow:
        identity.create_account(uow, NewAccount(" ＬＩ ", "另一人", city["city"]), HASHED)
    assert count(engine, account) == 1


def test_account_without_name_is_refused(engine, city):
    with pytest.raises(Invalid) as refusal, engine.begin(SYSTEM) as uow:
        identity.create_account(uow, NewAccount("wang", "  ", city["city"]), HASHED)
    assert refusal.value.fields == {"name": ["required"]}
    assert count(engine, account) == 1


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_length"),
        ("x" * 129, "password_length"),
        ("password1", "password_common"),
        ("Password", "password_common"),
        ("zzzzzzzzzz", "password_common"),
        ("lixiaoming", "password_common"),
    ],
)
def test_weak_password_is_refused_with_its_reason(password, code):
    with pytest.raises(Invalid) as refusal:
        passwords.check(password, login="lixiaoming")
    assert refusal.value.fields == {"new": [code]}


def test_no_rule_on_composition():
    passwords.check("一句容易记住的话", login="li")
    passwords.check("allsmallletters", login="li")


def test_overlong_password_never_reaches_the_hash():
    assert not passwords.matches(HASHED, "x" * 5000)


def test_unknown_account_costs_a_hash_and_never_fits():
    assert not passwords.matches(None, "no account has this password")


def test_broken_hash_fits_nothing():
    assert not passwords.matches("not an argon2 string", "correct horse")


def test_weaker_settings_ask_for_a_new_hash():
    assert not passwords.outdated(HASHED)
    assert passwords.outdated(HASHED.replace("t=3", "t=1"))


def test_change_of_password_needs_the_old_one_and_a_different_new_one():
    with pytest.raises(Invalid) as wrong:
        passwords.change(HASHED, "guess", "another phrase", login="li")
    with pytest.raises(Invalid) as same:
        passwords.change(HASHED, "correct horse", "correct horse", login="li")
    assert (wrong.value.fields, same.value.fields) == (
        {"old": ["password_wrong"]},
        {"new": ["password_same"]},
    )


def test_changed_password_ends_every_session(engine, city):
    tokens = [attempt(engine, "li", "correct horse").token for _ in range(2)]
    with engine.begin(SYSTEM) as uow:
        identity.replace_password(uow, city["li"], HASHED, "$argon2id$new")
    assert [who(engine, token) for token in tokens] == [None, None]


def test_password_changed_meanwhile_is_stale_and_changes_nothing(engine, city):
    token = attempt(engine, "li", "correct horse").token
    with pytest.raises(Stale), engine.begin(SYSTEM) as uow:
        identity.replace_password(uow, city["li"], "seen before", "$argon2id$new")
    assert who(engine, token) is not None


# Roles ------------------------------------------------------------------------------------


def test_principals_are_the_account_and_its_roles_of_today(engine, city, clock: Clock):
    today = date(2026, 3, 2)
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "TEAM", city["city"], Period(today, today))
        identity.grant(uow, city["li"], "EXPERT", city["city"], Period(today + timedelta(1)))
        now = identity.principals(uow, city["li"])
    clock.move(days=1)
    with engine.read(SYSTEM) as uow:
        then = identity.principals(uow, city["li"])
    mine = f"user:{city['li']}"
    assert now == {mine, f"TEAM@{city['city']}"}
    assert then == {mine, f"EXPERT@{city['city']}"}


def test_role_day_changes_at_midnight_in_china(engine, city, clock: Clock):
    with engine.begin(SYSTEM) as uow:
        last = Period(uow.today, uow.today)
        identity.grant(uow, city["li"], "TEAM", city["city"], last)
    clock.set(2026, 3, 2, 15, 59)
    with engine.read(SYSTEM) as uow:
        assert len(identity.roles(uow, city["li"])) == 1
    clock.set(2026, 3, 2, 16, 0)
    with engine.read(SYSTEM) as uow:
        assert identity.roles(uow, city["li"]) == []


@pytest.mark.parametrize("special", ["DESIGNER", "ADMIN", "SUPERVISOR", "AUDITOR"])
@pytest.mark.parametrize("special_first", [True, False])
def test_special_role_and_case_role_exclude_each_other(engine, city, special, special_first):
    first, second = (special, "ORG_DEPT") if special_first else ("ORG_DEPT", special)
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], first, city["city"])
    with pytest.raises(NotAllowed) as refusal, engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], second, city["top"])
    assert refusal.value.code == "duties_clash"
    assert refusal.value.params == {"role": second, "held": first}
    assert count(engine, role_assignment) == 1


def test_special_roles_exclude_each_other(engine, city):
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "ADMIN", city["city"])
    for other in ("AUDITOR", "SUPERVISOR", "DESIGNER"):
        with pytest.raises(NotAllowed), engine.begin(SYSTEM) as uow:
            identity.grant(uow, city["li"], other, city["city"])
    assert count(engine, role_assignment) == 1


def test_duties_are_compared_in_time(engine, city):
    first = date(2026, 1, 1)
    with engine.begin(SYSTEM) as uow:
        held = identity.grant(uow, city["li"], "ORG_DEPT", city["city"], Period(first))
        identity.end_role(uow, held, date(2026, 3, 31))
    with pytest.raises(NotAllowed), engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "AUDITOR", city["city"], Period(date(2026, 3, 31)))
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "AUDITOR", city["city"], Period(date(2026, 4, 1)))
    assert count(engine, role_assignment) == 2


def test_future_role_is_part_of_the_comparison(engine, city):
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "ORG_DEPT", city["city"], Period(date(2027, 1, 1)))
    with pytest.raises(NotAllowed), engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "DESIGNER", city["city"])
    assert count(engine, role_assignment) == 1


def test_unknown_role_account_and_assignment_are_not_found(engine, city):
    with engine.begin(SYSTEM) as uow:
        with pytest.raises(NotFound):
            identity.grant(uow, city["li"], "KING", city["city"])
        with pytest.raises(NotFound):
            identity.grant(uow, "nobody", "TEAM", city["city"])
        with pytest.raises(NotFound):
            identity.end_role(uow, "nothing", uow.today)
    assert count(engine, role_assignment) == 0


def test_role_that_ends_before_it_starts_is_refused(engine, city):
    backwards = Period(date(2026, 5, 1), date(2026, 4, 30))
    with pytest.raises(Invalid), engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "TEAM", city["city"], backwards)
    assert count(engine, role_assignment) == 0


# Which principal gets a task --------------------------------------------------------------


@pytest.mark.both_databases
def test_task_goes_to_the_nearest_unit_that_has_somebody(engine, city):
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "DISCIPLINE", city["top"])
        assert identity.principal(uow, "DISCIPLINE", city["bureau"]) == f"DISCIPLINE@{city['top']}"
        identity.grant(uow, city["li"], "DISCIPLINE", city["city"])
        assert identity.principal(uow, "DISCIPLINE", city["bureau"]) == f"DISCIPLINE@{city['city']}"
        assert identity.principal(uow, "DISCIPLINE", city["top"]) == f"DISCIPLINE@{city['top']}"


def test_role_nobody_holds_stays_with_the_unit(engine, city):
    with engine.begin(SYSTEM) as uow:
        assert identity.principal(uow, "TELLER", city["bureau"]) == f"TELLER@{city['bureau']}"
        identity.grant(uow, city["li"], "TELLER", city["bureau"])
        assert identity.principal(uow, "TELLER", city["top"]) == f"TELLER@{city['top']}"


def test_disabled_or_expired_holder_is_nobody(engine, city):
    with engine.begin(SYSTEM) as uow:
        past = Period(date(2025, 1, 1), date(2025, 12, 31))
        identity.grant(uow, city["li"], "TEAM", city["bureau"], past)
        assert identity.principal(uow, "TEAM", city["bureau"]) == f"TEAM@{city['bureau']}"
        identity.grant(uow, city["li"], "TEAM", city["city"])
        assert identity.principal(uow, "TEAM", city["bureau"]) == f"TEAM@{city['city']}"
        identity.disable(uow, city["li"])
        assert identity.principal(uow, "TEAM", city["bureau"]) == f"TEAM@{city['bureau']}"


def test_unknown_unit_stays_as_it_is(engine, city):
    with engine.read(SYSTEM) as uow:
        assert identity.principal(uow, "TEAM", "nowhere") == "TEAM@nowhere"


def test_holders_of_a_role_and_of_a_person(engine, city):
    with engine.begin(SYSTEM) as uow:
        identity.grant(uow, city["li"], "TEAM", city["city"])
        by_role = identity.holders(uow, f"TEAM@{city['city']}")
        by_person = identity.holders(uow, f"user:{city['li']}")
        elsewhere = identity.holders(uow, f"TEAM@{city['top']}")
    assert by_role == by_person == [identity.Holder(city["li"], "李敏")]
    assert elsewhere == []


# Signing in -------------------------------------------------------------------------------


def test_right_password_opens_a_session(engine, city):
    admission = attempt(engine, " LI ", "correct horse")
    found = who(engine, admission.token)
    assert (found.account_id, found.name, found.unit) == (city["li"], "李敏", "局")
    assert found.actor.principals == {f"user:{city['li']}"}


def test_database_holds_no_token_and_no_typed_name(engine, city):
    token = attempt(engine, "li", "correct horse").token
    fail(engine, "my secret password", 1)
    with engine.read(SYSTEM) as uow:
        kept = [
            str(row)
            for table in (session, login_attempt, access_log)
            for row in uow.conn.execute(sa.select(table))
        ]
    assert not [line for line in kept if token in line or "my secret password" in line]


def test_two_sign_ins_give_two_tokens(engine, city):
    first, second = (attempt(engine, "li", "correct horse") for _ in range(2))
    assert first.token != second.token
    assert len({who(engine, one.token).session_id for one in (first, second)}) == 2


@pytest.mark.parametrize("login", ["li", "nobody"])
def test_wrong_password_and_unknown_name_look_the_same(engine, city, login):
    admission = attempt(engine, login, "wrong password")
    assert (admission.token, admission.refusal) == ("", "sign_in_wrong")
    assert count(engine, session) == 0
    assert count(engine, login_attempt) == 1


@pytest.mark.both_databases
def test_sixth_attempt_has_to_wait_even_with_the_right_password(engine, city, clock: Clock):
    fail(engine, "li", PER_PAIR)
    first_failure = clock.now
    refused = attempt(engine, "li", "correct horse")
    assert (refused.refusal, refused.wait_until) == ("sign_in_throttled", first_failure + WINDOW)
    assert count(engine, session) == 0
    clock.move(minutes=15)
    assert attempt(engine, "li", "correct horse").token


def test_waiting_is_not_prolonged_by_trying_on(engine, city, clock: Clock):
    fail(engine, "li", PER_PAIR)
    clock.move(minutes=14)
    assert attempt(engine, "li", "correct horse").refusal == "sign_in_throttled"
    clock.move(minutes=1)
    assert attempt(engine, "li", "correct horse").token


def test_success_clears_the_failures_before_it(engine, city, clock: Clock):
    fail(engine, "li", PER_PAIR - 1)
    clock.move(seconds=1)
    assert attempt(engine, "li", "correct horse").token
    clock.move(seconds=1)
    fail(engine, "li", PER_PAIR - 1)
    assert attempt(engine, "li", "correct horse").token


def test_guessing_elsewhere_does_not_lock_the_owner_out(engine, city):
    fail(engine, "li", PER_PAIR, THERE)
    assert attempt(engine, "li", "correct horse", HERE).token


def test_one_address_cannot_try_many_names(engine, city):
    for number in range(PER_ADDRESS):
        fail(engine, f"name{number}", 1)
    assert attempt(engine, "li", "correct horse", HERE).refusal == "sign_in_throttled"
    assert attempt(engine, "li", "correct horse", THERE).token


def test_closed_account_cannot_sign_in_and_says_so_only_with_its_password(engine, city):
    with engine.begin(SYSTEM) as uow:
        identity.disable(uow, city["li"])
    assert attempt(engine, "li", "correct horse").refusal == "account_disabled"
    assert attempt(engine, "li", "wrong password").refusal == "sign_in_wrong"
    assert count(engine, session) == 0


# Sessions ---------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_session_ends_when_idle(engine, city, clock: Clock):
    token = attempt(engine, "li", "correct horse").token
    clock.now += IDLE - timedelta(seconds=1)
    assert who(engine, token) is not None
    clock.move(seconds=1)
    assert who(engine, token) is None


def test_use_prolongs_a_session_but_not_beyond_its_end(engine, city, clock: Clock):
    token = attempt(engine, "li", "correct horse").token
    started = clock.now
    while clock.now - started < ABSOLUTE - timedelta(hours=1):
        clock.move(hours=1)
        found = who(engine, token)
        assert found is not None
        assert found.stale
        with engine.begin(SYSTEM) as uow:
            sessions.touch(uow, found.session_id)
    clock.move(hours=1)
    assert who(engine, token) is None


def test_closed_account_is_signed_out_at_once_and_stays_so(engine, city):
    token = attempt(engine, "li", "correct horse").token
    with engine.begin(SYSTEM) as uow:
        identity.disable(uow, city["li"])
    assert who(engine, token) is None
    with engine.begin(SYSTEM) as uow:
        identity.enable(uow, city["li"])
    assert who(engine, token) is None


def test_signing_out_ends_this_session_only(engine, city):
    here, there = (attempt(engine, "li", "correct horse").token for _ in range(2))
    with engine.begin(SYSTEM) as uow:
        sessions.end(uow, city["li"], who(engine, here).session_id)
    assert who(engine, here) is None
    assert who(engine, there) is not None
    assert len(_listing(engine, city["li"])) == 1


def test_nobody_ends_the_session_of_somebody_else(engine, city):
    token = attempt(engine, "li", "correct horse").token
    with pytest.raises(NotFound), engine.begin(SYSTEM) as uow:
        sessions.end(uow, "another", who(engine, token).session_id)
    assert who(engine, token) is not None


def test_guessed_token_opens_nothing(engine, city):
    assert who(engine, "guess") is None


def test_ended_session_still_names_its_owner_for_kept_forms(engine, city):
    token = attempt(engine, "li", "correct horse").token
    with engine.begin(SYSTEM) as uow:
        sessions.end_token(uow, token)
        assert sessions.owner(uow, token) == city["li"]
        assert sessions.owner(uow, "guess") is None


def _listing(engine: Engine, account_id: str):
    with engine.read(SYSTEM) as uow:
        return sessions.listing(uow, account_id)


# Demonstration ----------------------------------------------------------------------------


@pytest.mark.both_databases
def test_demonstration_covers_the_roles_and_is_seeded_once(engine):
    with engine.begin(SYSTEM) as uow:
        assert demo.seed(uow)
        assert not demo.seed(uow)
        granted = set(uow.conn.scalars(sa.select(role_assignment.c.role)))
    assert len(demo.ACCOUNTS) >= 14
    assert granted == set(ROLES)
    assert attempt(engine, "chenzhiyuan", demo.PASSWORD).token


@pytest.mark.both_databases
def test_the_units_below_in_which_somebody_holds_a_role_are_found_by_code(engine, city):
    with engine.begin(SYSTEM) as uow:
        other = registry.add_unit(uow, "A", "委", parent_id=city["city"])
        quiet = registry.add_unit(uow, "Q", "办", parent_id=city["city"])
        ma = identity.create_account(uow, NewAccount("ma", "马", quiet), HASHED)
        for where in (city["bureau"], other, city["top"]):
            identity.grant(uow, city["li"], "APPLICANT", where)
        identity.grant(uow, ma, "APPLICANT", quiet)
        identity.disable(uow, ma)
        found = identity.groups(uow, "APPLICANT", city["city"])
        assert found == [(other, "委"), (city["bureau"], "局")]
        assert identity.groups(uow, "EXPERT", city["city"]) == []
