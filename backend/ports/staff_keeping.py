"""Changing who works for the shop: what the services need of the table of staff."""

from typing import Protocol

from backend.domain.case import Role


class StaffKeeping(Protocol):
    """Roles of members of staff, and whether they still work here."""

    def lock_administrators(self) -> list[str]:
        """Names of the active administrators; until this unit of work ends nobody else changes them."""

    def set_role(self, name: str, role: Role) -> None: ...

    def set_active(self, name: str, active: bool) -> None: ...
