"""Logging in to the desk, being locked out, and what the audit trail keeps of it."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DatabaseError

from backend.adapters.access_tables import audit_entry
from backend.adapters.database import DatabaseUnitOfWork
from backend.bootstrap import Backend, open_backend
from backend.domain.access import LOCKED_FOR, MOST_FAILURES, SESSION_IDLES, SESSION_LASTS
from backend.domain.case import Role
from backend.errors import LoginRefused, PasswordRefused, StaffNotFound
from backend.ports import World
from backend.services import access, audit
from backend.services.staff import add_staff
from backend.settings import Settings
from tests.auditing import audit_trail
from tests.clock import FakeClock
from tests.racing import race


@pytest.fixture
def password(each_world: World) -> str:
    """What 小李, an agent, logs in with."""
    add_staff(each_world, "小李", Role.AGENT)
    return access.give_password(each_world, "小李", by="admin1")


def _refusal(world: World, name: str, password: str) -> str:
    with pytest.raises(LoginRefused) as refused:
        access.log_in(world, name, password)
    return refused.value.reason


def test_the_right_password_opens_a_session_that_its_token_alone_finds(each_world: World, password: str) -> None:
    token, session = access.log_in(each_world, "小李", password, "127.0.0.1")
    assert access.resolve(each_world, token) == session
    assert access.resolve(each_world, session.token_hash) is None
    assert session.member.role is Role.AGENT


@pytest.mark.parametrize("name", ["小李", "nobody", ""])
def test_a_wrong_password_and_an_unknown_name_look_alike(each_world: World, password: str, name: str) -> None:
    assert _refusal(each_world, name, "not the password") == "wrong"


def test_a_member_without_a_password_cannot_log_in(each_world: World) -> None:
    add_staff(each_world, "小王", Role.FINANCE)
    assert _refusal(each_world, "小王", "") == "wrong"


def test_wrong_passwords_in_a_row_lock_the_account_for_a_while(
    each_world: World, clock: FakeClock, password: str
) -> None:
    for _ in range(MOST_FAILURES):
        assert _refusal(each_world, "小李", "guess guess guess") == "wrong"
    assert _refusal(each_world, "小李", password) == "locked"
    clock.advance(seconds=LOCKED_FOR.total_seconds())
    assert access.log_in(each_world, "小李", password)


def test_a_right_password_sets_the_count_of_wrong_ones_back(each_world: World, password: str) -> None:
    for _ in range(2):
        for _ in range(MOST_FAILURES - 1):
            _refusal(each_world, "小李", "guess guess guess")
        assert access.log_in(each_world, "小李", password)


def test_guesses_made_at_the_same_moment_are_all_counted(each_world: World, password: str) -> None:
    race(MOST_FAILURES, lambda _number: _refusal(each_world, "小李", "guess guess guess"))
    assert _refusal(each_world, "小李", password) == "locked"


@pytest.mark.parametrize("late", [SESSION_IDLES, SESSION_LASTS])
def test_a_session_ends_by_itself(each_world: World, clock: FakeClock, password: str, late: timedelta) -> None:
    token, _ = access.log_in(each_world, "小李", password)
    steps = late // timedelta(hours=1)
    for step in range(steps):
        clock.advance(hours=1)
        idle = late == SESSION_IDLES
        if not idle and step < steps - 1:
            assert access.resolve(each_world, token) is not None
    assert access.resolve(each_world, token) is None


def test_logging_out_and_revoking_end_sessions_at_once(each_world: World, password: str) -> None:
    first, session = access.log_in(each_world, "小李", password)
    second, _ = access.log_in(each_world, "小李", password)
    access.log_out(each_world, session)
    assert access.resolve(each_world, first) is None
    assert [each.token_hash for each in access.living_sessions(each_world, "小李")] != []
    assert access.revoke_sessions(each_world, "小李", by="admin1") == 1
    assert access.resolve(each_world, second) is None
    assert access.living_sessions(each_world, "小李") == []


def test_a_new_password_ends_every_session_and_replaces_the_old_one(each_world: World, password: str) -> None:
    token, session = access.log_in(each_world, "小李", password)
    access.change_password(each_world, session, password, "a better password")
    assert access.resolve(each_world, token) is None
    assert _refusal(each_world, "小李", password) == "wrong"
    assert access.log_in(each_world, "小李", "a better password")


def test_changing_a_password_needs_the_old_one_and_a_new_one_that_can_be(each_world: World, password: str) -> None:
    _, session = access.log_in(each_world, "小李", password)
    with pytest.raises(LoginRefused):
        access.change_password(each_world, session, "guess", "a better password")
    for bad in ("short", "x" * 201):
        with pytest.raises(PasswordRefused):
            access.change_password(each_world, session, password, bad)


def test_who_logs_in_with_a_hash_that_is_quick_to_guess_has_a_slow_one_from_then_on(
    backend: Backend, settings: Settings
) -> None:
    add_staff(backend.world, "小李", Role.AGENT)
    password = access.give_password(backend.world, "小李", by="admin1")
    as_served = open_backend(settings, clock=backend.world.clock)
    kept = []
    for world in (backend.world, as_served.world):
        access.log_in(world, "小李", password)
        with world.read() as work:
            account = work.accounts.get("小李")
        assert account is not None
        kept.append(account.password_hash.split("$")[1:4])
    as_served.close()
    assert kept == [["argon2id", "v=19", "m=8,t=1,p=1"], ["argon2id", "v=19", "m=65536,t=3,p=4"]]


def test_nobody_unknown_is_given_a_password(each_world: World) -> None:
    with pytest.raises(StaffNotFound):
        access.give_password(each_world, "nobody", by="admin1")


def test_demo_staff_are_made_once_each_with_a_password_of_their_own(each_world: World) -> None:
    made = access.ensure_demo_staff(each_world)
    assert {role for role, _ in made.values()} >= {
        Role.AGENT,
        Role.SUPERVISOR,
        Role.WAREHOUSE,
        Role.FINANCE,
        Role.ADMIN,
    }
    assert len({password for _, password in made.values()}) == len(made)
    name, (role, password) = next(iter(made.items()))
    assert access.log_in(each_world, name, password)[1].member.role is role
    assert access.ensure_demo_staff(each_world) == {}


def test_the_trail_tells_who_logged_in_and_who_tried(each_world: World, password: str) -> None:
    _refusal(each_world, "小李", "guess guess guess")
    access.log_in(each_world, "小李", password, "10.0.0.7")
    entries = audit_trail(each_world, subject="小李")
    assert [entry.action for entry in entries] == [
        "account:login:done",
        "account:login:failure",
        "account:password:set",
    ]
    assert entries[0].address == "10.0.0.7"
    assert password not in repr(entries)


def test_the_trail_is_read_page_by_page(each_world: World) -> None:
    with each_world.write() as work:
        for number in range(audit.PAGE + 5):
            audit.note(each_world, work, "小李", "case:looked:at", f"RC{number}")
        work.commit()
    first = audit_trail(each_world)
    rest = audit_trail(each_world, before=first[-1].id)
    assert len({entry.id for entry in [*first, *rest]}) == audit.PAGE + 5


def test_the_trail_cannot_be_rewritten(each_world: World) -> None:
    with each_world.write() as work:
        audit.note(each_world, work, "小李", "case:looked:at", "RC1")
        work.commit()
    for change in (audit_entry.update().values(actor="somebody else"), audit_entry.delete()):
        with each_world.write() as work, pytest.raises(DatabaseError, match="append-only"):
            assert isinstance(work, DatabaseUnitOfWork)
            work.connection.execute(change)
