"""Compensations, reimbursed freight and spot checks of refunds."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from backend.adapters.extra_tables import extra, extra_event, spot_check
from backend.adapters.repositories.upsert import broke_uniqueness, insert_for
from backend.domain.extra import Extra, ExtraState, Purpose
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.domain.spot_check import Found, SpotCheck, Why
from backend.errors import Conflict

_CODES: dict[str, Any] = {
    "purpose": Purpose,
    "kind": CompensationKind,
    "state": ExtraState,
    "severity": Severity,
    "payer": FreightPayer,
}


class ExtraTable:
    """Keeps `ports.Extras`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, added: Extra, *, by: str) -> Extra:
        try:
            result = self._connection.execute(extra.insert().values(_row(added)))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            subject = "freight" if added.purpose is Purpose.FREIGHT else "cause"
            raise Conflict(f"the case has such an extra already: {added.extra_no}", subject=subject) from exc
        stored = replace(added, id=int(result.inserted_primary_key[0]))
        self._log(stored, by, added.proposed_at, {"amount_fen": added.amount_fen})
        return stored

    def save(self, changed: Extra, *, by: str, at: datetime, detail: dict[str, Any]) -> Extra:
        key, after = extra.c, replace(changed, version=changed.version + 1)
        written = self._connection.execute(
            update(extra).where(key.id == changed.id, key.version == changed.version).values(_row(after))
        )
        if written.rowcount != 1:
            raise Conflict(f"extra {changed.extra_no} is no longer at version {changed.version}", subject="version")
        self._log(after, by, at, detail)
        return after

    def by_number(self, extra_no: str) -> Extra | None:
        row = self._connection.execute(select(extra).where(extra.c.extra_no == extra_no)).first()
        return None if row is None else _extra(row)

    def of_case(self, case_id: int) -> list[Extra]:
        query = select(extra).where(extra.c.case_id == case_id).order_by(extra.c.id)
        return [_extra(row) for row in self._connection.execute(query)]

    def find(self, *, state: ExtraState | None, limit: int) -> list[Extra]:
        query = select(extra).order_by(extra.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(extra.c.state == state.value)
        return [_extra(row) for row in self._connection.execute(query)]

    def log(self, extra_id: int) -> list[tuple[datetime, str, ExtraState, dict[str, Any]]]:
        query = select(extra_event).where(extra_event.c.extra_id == extra_id).order_by(extra_event.c.version)
        return [(row.at, row.actor, ExtraState(row.state), row.detail) for row in self._connection.execute(query)]

    def _log(self, after: Extra, by: str, at: datetime, detail: dict[str, Any]) -> None:
        row = {"version": after.version, "at": at, "actor": by, "state": after.state.value, "detail": detail}
        self._connection.execute(extra_event.insert().values(extra_id=after.id, **row))


class SpotCheckTable:
    """Keeps `ports.SpotChecks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, check: SpotCheck) -> bool:
        row = {**vars(check), "why": check.why.value, "found": check.found and check.found.value}
        insert = insert_for(self._connection, spot_check).values(row)
        added = self._connection.execute(insert.on_conflict_do_nothing(index_elements=["refund_no"]))
        return bool(added.rowcount)

    def by_number(self, refund_no: str) -> SpotCheck | None:
        row = self._connection.execute(select(spot_check).where(spot_check.c.refund_no == refund_no)).first()
        return None if row is None else _check(row)

    def find(self, *, only_open: bool, limit: int) -> list[SpotCheck]:
        query = select(spot_check).order_by(spot_check.c.drawn_at.desc(), spot_check.c.refund_no).limit(limit)
        if only_open:
            query = query.where(spot_check.c.checked_by.is_(None))
        return [_check(row) for row in self._connection.execute(query)]

    def settle(self, refund_no: str, by: str, at: datetime, found: Found, note: str) -> bool:
        key = spot_check.c
        settled = self._connection.execute(
            update(spot_check)
            .where(key.refund_no == refund_no, key.checked_by.is_(None))
            .values(checked_by=by, checked_at=at, found=found.value, note=note)
        )
        return bool(settled.rowcount == 1)


def _row(given: Extra) -> dict[str, Any]:
    row = {name: value for name, value in vars(given).items() if name != "id"}
    return {name: getattr(value, "value", value) for name, value in row.items()}


def _extra(row: Row) -> Extra:
    fields = dict(row._mapping)
    codes = {name: code(fields[name]) for name, code in _CODES.items() if fields[name] is not None}
    return Extra(**{**fields, **codes})


def _check(row: Row) -> SpotCheck:
    found = None if row.found is None else Found(row.found)
    return SpotCheck(**{**row._mapping, "why": Why(row.why), "found": found})
