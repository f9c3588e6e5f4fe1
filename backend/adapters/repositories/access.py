"""Accounts, log-ins and the audit trail."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from backend.adapters.access_tables import audit_entry, staff_account, staff_session
from backend.adapters.repositories.upsert import insert_for
from backend.adapters.work_tables import staff
from backend.domain.access import Account, StaffSession
from backend.domain.audit import AuditEntry
from backend.domain.case import Role
from backend.domain.work import Staff


class AccountTable:
    """Keeps `ports.Accounts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Account | None:
        query = select(staff_account).where(staff_account.c.name == name).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else Account(row.name, row.password_hash, row.failures, row.locked_until)

    def put(self, account: Account, at: datetime) -> None:
        row = {**vars(account), "changed_at": at}
        insert = insert_for(self._connection, staff_account).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=row))

    def count(self) -> int:
        return int(self._connection.execute(select(func.count()).select_from(staff_account)).scalar_one())


class StaffSessionTable:
    """Keeps `ports.StaffSessions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: StaffSession) -> None:
        row = {key: value for key, value in vars(session).items() if key != "member"}
        self._connection.execute(staff_session.insert().values({**row, "name": session.member.name}))

    def get(self, token_hash: str) -> StaffSession | None:
        row = self._connection.execute(_sessions().where(staff_session.c.token_hash == token_hash)).first()
        return None if row is None else _session(row)

    def touch(self, token_hash: str, at: datetime) -> None:
        self._update(token_hash, seen_at=at)

    def revoke(self, token_hash: str) -> None:
        self._update(token_hash, revoked=True)

    def revoke_all(self, name: str) -> int:
        mine = (staff_session.c.name == name) & staff_session.c.revoked.is_(False)
        return int(self._connection.execute(update(staff_session).where(mine).values(revoked=True)).rowcount)

    def of_member(self, name: str, since: datetime) -> list[StaffSession]:
        key = staff_session.c
        query = _sessions().where(key.name == name, key.revoked.is_(False), key.began_at >= since)
        return [_session(row) for row in self._connection.execute(query.order_by(key.began_at.desc()))]

    def _update(self, token_hash: str, **values: object) -> None:
        self._connection.execute(update(staff_session).where(staff_session.c.token_hash == token_hash).values(**values))


class AuditTable:
    """Keeps `ports.AuditTrail`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: AuditEntry) -> None:
        row = {key: value for key, value in vars(entry).items() if key != "id"}
        self._connection.execute(audit_entry.insert().values(row))

    def find(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[AuditEntry]:
        key = audit_entry.c
        wanted: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
            (actor, key.actor.__eq__),
            (action, lambda beginning: key.action.startswith(beginning, autoescape=True)),
            (subject, key.subject.__eq__),
            (since, key.at.__ge__),
            (until, key.at.__lt__),
            (before, key.id.__lt__),
        )
        conditions = [condition(value) for value, condition in wanted if value is not None]
        query = select(audit_entry).where(*conditions).order_by(key.id.desc()).limit(limit)
        return [AuditEntry(**row._mapping) for row in self._connection.execute(query)]


def _sessions() -> Select:
    columns = (staff_session, staff.c.role, staff.c.active)
    return select(*columns).join_from(staff_session, staff, staff.c.name == staff_session.c.name)


def _session(row: Row) -> StaffSession:
    return StaffSession(
        token_hash=row.token_hash,
        member=Staff(row.name, Role(row.role), row.active),
        csrf=row.csrf,
        began_at=row.began_at,
        seen_at=row.seen_at,
        address=row.address,
        revoked=row.revoked,
    )
