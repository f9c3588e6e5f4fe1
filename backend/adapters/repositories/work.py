"""Staff, parcels and alerts to staff."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import Insert, Update

from backend.adapters.repositories.upsert import broke_uniqueness, put_once
from backend.adapters.work_tables import shipment, staff, staff_alert
from backend.domain.case import Role
from backend.domain.work import Alert, Direction, Shipment, Staff
from backend.errors import Conflict


class StaffTable:
    """Keeps `ports.StaffMembers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, member: Staff, at: datetime) -> None:
        row = {"name": member.name, "role": member.role.value, "active": member.active, "added_at": at}
        try:
            self._connection.execute(staff.insert().values(row))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict(f"there is a member of staff named {member.name} already", subject=member.name) from exc

    def get(self, name: str) -> Staff | None:
        row = self._connection.execute(select(staff).where(staff.c.name == name)).first()
        return None if row is None else Staff(row.name, Role(row.role), row.active)

    def all(self) -> list[Staff]:
        rows = self._connection.execute(select(staff).order_by(staff.c.name))
        return [Staff(row.name, Role(row.role), row.active) for row in rows]


class ShipmentTable:
    """Keeps `ports.Shipments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, parcel: Shipment) -> None:
        self._write(shipment.insert(), parcel)

    def correct(self, wrong: Shipment, parcel: Shipment) -> None:
        same = (shipment.c.case_id == wrong.case_id) & (shipment.c.waybill_no == wrong.waybill_no)
        self._write(shipment.update().where(same & (shipment.c.direction == wrong.direction.value)), parcel)

    def _write(self, statement: Insert | Update, parcel: Shipment) -> None:
        row = {**vars(parcel), "direction": parcel.direction.value}
        try:
            self._connection.execute(statement.values(row))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict(f"waybill {parcel.waybill_no} belongs to another case", subject="waybill") from exc

    def of_case(self, case_id: int) -> list[Shipment]:
        query = select(shipment).where(shipment.c.case_id == case_id).order_by(shipment.c.id)
        return [_shipment(row) for row in self._connection.execute(query)]


class AlertTable:
    """Keeps `ports.Alerts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, alert: Alert) -> bool:
        row = {**vars(alert), "role": alert.role.value}
        return bool(put_once(self._connection, staff_alert, row, unique=["dedupe_key"]).rows)

    def of_complaint(self, complaint_id: int) -> list[Alert]:
        query = select(staff_alert).where(staff_alert.c.complaint_id == complaint_id).order_by(staff_alert.c.id)
        return [as_alert(row) for row in self._connection.execute(query)]

    def of_case(self, case_id: int) -> list[Alert]:
        query = select(staff_alert).where(staff_alert.c.case_id == case_id).order_by(staff_alert.c.id)
        return [as_alert(row) for row in self._connection.execute(query)]

    def of_conversation(self, conversation_id: str) -> list[Alert]:
        about_it = staff_alert.c.conversation_id == conversation_id
        query = select(staff_alert).where(about_it).order_by(staff_alert.c.id)
        return [as_alert(row) for row in self._connection.execute(query)]


def _shipment(row: Row) -> Shipment:
    return Shipment(row.case_id, Direction(row.direction), row.carrier, row.waybill_no, row.actor, row.at)


def as_alert(row: Row) -> Alert:
    """An alert from its row."""
    return Alert(
        case_id=row.case_id,
        kind=row.kind,
        role=Role(row.role),
        dedupe_key=row.dedupe_key,
        at=row.at,
        staff_name=row.staff_name,
        detail=row.detail,
        complaint_id=row.complaint_id,
        conversation_id=row.conversation_id,
    )
