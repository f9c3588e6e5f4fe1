"""Logging in to the desk: accounts, passwords, sessions that can be revoked, and locking out who guesses."""

import hashlib
from dataclasses import replace

from backend.domain.access import (
    LOCKED_FOR,
    LONGEST_PASSWORD,
    MOST_FAILURES,
    SEEN_EVERY,
    SESSION_LASTS,
    SHORTEST_PASSWORD,
    Account,
    StaffSession,
)
from backend.domain.case import Role
from backend.domain.work import Staff
from backend.errors import LoginRefused, PasswordRefused, StaffNotFound
from backend.ports import UnitOfWork, World
from backend.services import audit
from backend.services.staff import add_staff

TOKEN_LENGTH = 40
CSRF_LENGTH = 32
NEW_PASSWORD_LENGTH = 14


def give_password(world: World, name: str, *, by: str) -> str:
    """A new random password, told once; every session of theirs ends. Raises StaffNotFound."""
    password = world.tokens.new(NEW_PASSWORD_LENGTH)
    _set(world, name, password, by=by)
    return password


def change_password(world: World, session: StaffSession, old: str, new: str) -> None:
    """One's own; every session of theirs ends. Raises LoginRefused for a wrong old one, PasswordRefused."""
    name = session.member.name
    with world.read() as work:
        account = work.accounts.get(name)
    if account is None or not world.passwords.verify(account.password_hash, old):
        raise LoginRefused("wrong")
    _set(world, name, new, by=name)


def ensure_demo_staff(world: World) -> dict[str, tuple[Role, str]]:
    """Where nobody can log in yet: one member for each of the desk's roles, with role and password by name."""
    with world.read() as work:
        if work.accounts.count():
            return {}
        known = {member.name for member in work.staff.all()}
    made = {}
    for name, role in _DEMO_STAFF.items():
        if name not in known:
            add_staff(world, name, role)
        made[name] = (role, give_password(world, name, by="system"))
    return made


_DEMO_STAFF = {
    "agent1": Role.AGENT,
    "agent2": Role.AGENT,
    "supervisor1": Role.SUPERVISOR,
    "manager1": Role.MANAGER,
    "warehouse1": Role.WAREHOUSE,
    "repair1": Role.REPAIR,
    "finance1": Role.FINANCE,
    "admin1": Role.ADMIN,
}


def log_in(world: World, name: str, password: str, address: str = "") -> tuple[str, StaffSession]:
    """The session's token, which is kept nowhere, and the session. Raises LoginRefused: `wrong` or `locked`.

    A name that does not exist, one without an account and a wrong password look alike, and take as long.
    """
    now = world.clock.now()
    with world.read() as work:
        account, member = work.accounts.get(name), work.staff.get(name)
    right = world.passwords.verify(account.password_hash if account else None, password[:LONGEST_PASSWORD])
    with world.write() as work:
        account = work.accounts.get(name)
        if account is not None and account.locked_until is not None and account.locked_until > now:
            audit.note(world, work, name, "account:login:locked", name, address=address)
            work.commit()
            raise LoginRefused("locked", account.locked_until)
        if account is None or member is None or not member.active or not right:
            _count_failure(world, work, name, account, address)
            work.commit()
            raise LoginRefused("wrong")
        token, session = _begin(world, work, member, account, password, address)
        work.commit()
    return token, session


def resolve(world: World, token: str) -> StaffSession | None:
    """The living session of a token, or None; using it is noted to the minute."""
    now, token_hash = world.clock.now(), _hash(token)
    with world.read() as work:
        session = work.sessions.get(token_hash)
    if session is None or not session.lives(now):
        return None
    if now - session.seen_at >= SEEN_EVERY:
        with world.write() as work:
            work.sessions.touch(token_hash, now)
            work.commit()
    return session


def still_in(world: World, token: str) -> bool:
    """Whether a session of that token lives; looking on is not using it."""
    with world.read() as work:
        session = work.sessions.get(_hash(token))
    return session is not None and session.lives(world.clock.now())


def log_out(world: World, session: StaffSession) -> None:
    """End one session."""
    with world.write() as work:
        work.sessions.revoke(session.token_hash)
        audit.note(world, work, session.member.name, "account:logout:done", session.member.name)
        work.commit()


def revoke_sessions(world: World, name: str, *, by: str) -> int:
    """End all of somebody's sessions; how many there were."""
    with world.write() as work:
        ended = work.sessions.revoke_all(name)
        audit.note(world, work, by, "account:sessions:revoked", name, ended=ended)
        work.commit()
    return ended


def living_sessions(world: World, name: str) -> list[StaffSession]:
    """Somebody's sessions that still let them in, newest first."""
    now = world.clock.now()
    with world.read() as work:
        return [each for each in work.sessions.of_member(name, now - SESSION_LASTS) if each.lives(now)]


def _set(world: World, name: str, password: str, *, by: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or password.strip().lower() == name.lower():
        raise PasswordRefused(SHORTEST_PASSWORD, LONGEST_PASSWORD)
    hashed = world.passwords.hash(password)
    with world.write() as work:
        if work.staff.get(name) is None:
            raise StaffNotFound(name)
        work.accounts.put(Account(name, hashed), world.clock.now())
        work.sessions.revoke_all(name)
        audit.note(world, work, by, "account:password:set", name)
        work.commit()


def _begin(
    world: World, work: UnitOfWork, member: Staff, account: Account, password: str, address: str
) -> tuple[str, StaffSession]:
    now, token = world.clock.now(), world.tokens.new(TOKEN_LENGTH)
    kept = world.passwords.hash(password) if world.passwords.stale(account.password_hash) else account.password_hash
    work.accounts.put(Account(member.name, kept), now)
    session = StaffSession(_hash(token), member, world.tokens.new(CSRF_LENGTH), now, now, address)
    work.sessions.add(session)
    audit.note(world, work, member.name, "account:login:done", member.name, address=address)
    return token, session


def _count_failure(world: World, work: UnitOfWork, name: str, account: Account | None, address: str) -> None:
    audit.note(world, work, name[:60] or "-", "account:login:failure", name[:60], address=address)
    if account is None:
        return
    failures, now = account.failures + 1, world.clock.now()
    locked = now + LOCKED_FOR if failures >= MOST_FAILURES else None
    work.accounts.put(replace(account, failures=0 if locked else failures, locked_until=locked), now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
