"""Changes who works for the shop."""

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from backend.adapters.work_tables import staff
from backend.domain.case import Role


class StaffKeepingTable:
    """Keeps `ports.staff_keeping.StaffKeeping`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_administrators(self) -> list[str]:
        active = (staff.c.role == Role.ADMIN.value) & staff.c.active.is_(True)
        query = select(staff.c.name).where(active).order_by(staff.c.name).with_for_update()
        return list(self._connection.execute(query).scalars())

    def set_role(self, name: str, role: Role) -> None:
        self._connection.execute(update(staff).where(staff.c.name == name).values(role=role.value))

    def set_active(self, name: str, active: bool) -> None:
        self._connection.execute(update(staff).where(staff.c.name == name).values(active=active))
