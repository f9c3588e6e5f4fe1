"""Channel accounts bound to buyers."""

from datetime import datetime
from typing import Protocol

from backend.domain.binding import Binding


class Bindings(Protocol):
    """What conversations have proven to be whose, in force or not any more, the newest proof first."""

    def of_conversation(self, conversation_id: str) -> list[Binding]: ...

    def of_phone(self, phone: str) -> list[Binding]:
        """Those of the buyer with exactly that telephone number."""

    def revoke(self, conversation_id: str, customer_id: int, at: datetime) -> bool:
        """End one that is in force by one conditional UPDATE; False where there is none."""

    def drop_unsent(self, conversation_id: str, customer_id: int) -> int:
        """Give up what was to be told there about the buyer's cases and has not gone out; how many rows."""
