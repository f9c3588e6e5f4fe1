"""Channel accounts bound to buyers."""

from collections.abc import Collection
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

    def unsent(self, conversation_id: str, customer_id: int, in_hand: Collection[int]) -> list[int]:
        """What was to be told there, rests on the proof, and has not gone out, or only to be lying `in_hand`.

        That is what is about the buyer's cases, and whatever the bot or an agent said. Ids of rows, in order.
        """

    def give_up(self, rows: Collection[int]) -> None:
        """They become SUPERSEDED: nobody sends them any more."""
