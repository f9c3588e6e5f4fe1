"""Tables for people who talk: presence, notes, unsent replies, typing, what is handed back to the bot."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

agent_presence = Table(
    "agent_presence",
    metadata,
    Column("name", String(60), ForeignKey("staff.name"), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("heard_at", UtcTime, nullable=False),
    Column("capacity", Integer, nullable=False),
)

conversation_note = Table(
    "conversation_note",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("author", String(60), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_conversation_note_conversation", "conversation_id", "id"),
)

reply_draft = Table(
    "reply_draft",
    metadata,
    Column("name", String(60), ForeignKey("staff.name"), nullable=False),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("name", "conversation_id"),
)

talk_sign = Table(
    "talk_sign",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversation.id"), primary_key=True),
    Column("typing_until", UtcTime),
    Column("read_seq", Integer, nullable=False, server_default="0"),
    Column("changed_at", UtcTime, nullable=False),
    Index("ix_talk_sign_changed", "changed_at"),
)

handback = Table(
    "handback",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("note", Text, nullable=False),
    Column("slots", JSON, nullable=False),
    Column("resume", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("taken_at", UtcTime),
    Index("ix_handback_open", "taken_at", "id"),
)
