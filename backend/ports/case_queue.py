"""Lists of cases for staff: what the services need of the tables, page by page without counting through them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from backend.domain.case import State
from backend.domain.case_queue import Place, Queue, Waiting, Wanted
from backend.domain.conversation import Message


class CaseQueues(Protocol):
    """Filed cases by queue. `Wanted.owner` is whose cases `Queue.MINE` lists."""

    def find(self, wanted: Wanted, *, after: Place | None, now: datetime, limit: int) -> list[Waiting]:
        """The most urgent first, then what is due first; everything (`Queue.ALL`) newest first."""

    def counts(self, owner: str, now: datetime) -> Mapping[Queue, tuple[int, int]]:
        """How many wait in each queue, and how many of them are overdue; nothing of `Queue.ALL`."""

    def of_buyer(self, order_no: str, limit: int) -> list[tuple[str, str, State]]:
        """Case and order number and state of all cases of an order's buyer, newest first."""

    def used(self, case_id: int, now: datetime) -> Mapping[str, int]:
        """How much of the shop's time is over, by clock: 50, 80 or 100 percent, as its warnings have it."""

    def told(self, case_id: int) -> list[Message]:
        """What the conversation was told about a case, oldest first."""
