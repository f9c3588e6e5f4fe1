"""Timers, staff, parcels and alerts: what the services need of the tables for the work on cases."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from backend.domain.clocks import Planned, Timer
from backend.domain.work import Alert, Shipment, Staff


class Timers(Protocol):
    """What is due when, for each owner: a case, or a complaint. A waiting timer is done by whoever leased it, once.

    `UnitOfWork.timers` sets and lists those of cases, `complaint_timers` those of complaints; `due` finds both.
    """

    def set(self, owner_id: int, planned: Mapping[str, Sequence[Planned]], at: datetime) -> None:
        """Begin clocks: what each is to do, and when."""

    def of_case(self, owner_id: int) -> list[Timer]:
        """All timers there ever were, by due time."""

    def open_of(self, owner_id: int) -> list[Timer]:
        """Those that wait or are paused."""

    def pause(self, timer_id: int, remaining: timedelta) -> None: ...

    def resume(self, timer_id: int, due_at: datetime) -> None: ...

    def cancel(self, timer_ids: Sequence[int]) -> None: ...

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """Waiting timers whose time has come and whom nobody has leased, oldest first."""

    def lease(self, timer_id: int, now: datetime, until: datetime) -> Timer | None:
        """Take a due timer by one conditional UPDATE; None when somebody else has it or it is due no more."""

    def finish(self, timer_id: int) -> bool:
        """Mark a waiting timer as done; False when it no longer waits."""


class StaffMembers(Protocol):
    """Who works for the shop."""

    def add(self, member: Staff, at: datetime) -> None:
        """Raises Conflict for a name in use."""

    def get(self, name: str) -> Staff | None: ...

    def all(self) -> list[Staff]:
        """By name."""


class Shipments(Protocol):
    """The parcels of cases."""

    def add(self, parcel: Shipment) -> None:
        """Raises Conflict (subject `waybill`) for a return whose waybill another case has."""

    def of_case(self, case_id: int) -> list[Shipment]:
        """In the order they were told."""

    def correct(self, wrong: Shipment, parcel: Shipment) -> None:
        """Put a parcel in the place of one whose number was wrong. Raises as `add`."""


class Alerts(Protocol):
    """What staff should know."""

    def add(self, alert: Alert) -> bool:
        """False when it was alerted before."""

    def of_complaint(self, complaint_id: int) -> list[Alert]:
        """Oldest first."""

    def of_case(self, case_id: int) -> list[Alert]:
        """Oldest first."""

    def of_conversation(self, conversation_id: str) -> list[Alert]:
        """Oldest first."""
