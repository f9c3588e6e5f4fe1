"""A channel account that has proven to be a buyer: it may see their orders and cases until it loses that again."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Binding:
    """One account (a conversation) bound to one buyer, proven at `at` in the way `how`; times are aware UTC.

    `revoked_at` is None while it is in force; proven once more, it is in force again.
    """

    conversation_id: str
    customer_id: int
    channel: str
    channel_user_id: str
    buyer_name: str
    buyer_phone: str
    how: str
    at: datetime
    last_customer_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def id(self) -> str:
        """What staff name it by."""
        return f"{self.conversation_id}.{self.customer_id}"
