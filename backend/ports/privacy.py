"""Personal data: where a buyer's lie, what they are, and taking them away."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from backend.domain.erasing import Buyer, Footprint, OpenMatter
from backend.domain.evidence import Evidence


class PersonalData(Protocol):
    """What is known of one buyer, over all tables."""

    def buyer(self, phone_or_id: str, *, by_id: bool = False) -> Buyer | None:
        """By telephone first, else by id; None for one who was erased."""

    def footprint(self, customer_id: int) -> Footprint:
        """Conversations that ever proved to be theirs or hold a filed case of theirs; orders, cases, complaints.

        Of a conversation that is another buyer's as well it has everything, theirs too: see `own`.
        """

    def own(self, of: Footprint) -> Footprint:
        """What of it is no other buyer's: no conversation that ever was somebody else's too, and no case of theirs."""

    def hold(self, of: Footprint) -> str | None:
        """Lock its conversations without waiting for anybody; the first that is in somebody's hands, if one is."""

    def lock(self, customer_id: int, *, wait: bool = True) -> bool:
        """Until this unit of work ends no conversation can prove to be theirs and no order can be added.

        False, without waiting, while somebody does just that.
        """

    def keeps(self, customer_id: int) -> bool:
        """Whether the buyer was not erased, nor will be before this unit of work ends; waits for one who is erasing."""

    def open_matters(self, of: Footprint) -> list[OpenMatter]:
        """Cases, refunds, collections, extras, complaints and talks with people that have not come to their end."""

    def rows(self, of: Footprint) -> dict[str, list[dict[str, Any]]]:
        """All that is kept of them, by table, as plain JSON without our own secrets or numbers of others' cases."""

    def files(self, of: Footprint) -> list[Evidence]:
        """Their photos and videos that are still there."""

    def erase(self, of: Footprint, asked_by: str, at: datetime) -> None:
        """Take away words, names, accounts and the dialogue's memory; the rows with money and states stay.

        Notes that it was done; the files are still to go, see `undone`.
        """

    def undone(self, limit: int) -> list[int]:
        """Customers who were erased, but whose files are still there."""

    def finish(self, customer_id: int, at: datetime) -> None:
        """Their files are gone."""

    def erased_at(self, customer_id: int) -> datetime | None: ...


class Transcripts(Protocol):
    """What was said long ago."""

    def quiet(self, before: datetime, limit: int) -> list[str]:
        """Conversations in which nobody has written since then, with words that are still there and nothing open."""

    def is_quiet(self, conversation_id: str, before: datetime) -> bool:
        """Whether that holds for a conversation now; for good, once it is locked."""

    def forget(self, conversation_ids: Sequence[str]) -> None:
        """Take away what was said in them, and what the dialogue remembers; they can be gone on with."""
