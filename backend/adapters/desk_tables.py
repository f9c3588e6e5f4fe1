"""Tables of the desk: the merchant's own canned replies, and how far customers have read."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

own_reply = Table(
    "own_reply",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", String(40), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_by", String(60), ForeignKey("staff.name"), nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

customer_read = Table(
    "customer_read",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversation.id"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)
