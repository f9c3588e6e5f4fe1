"""Tables for who gets in and what they did: accounts, log-ins, the audit trail."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

staff_account = Table(
    "staff_account",
    metadata,
    Column("name", String(60), ForeignKey("staff.name"), primary_key=True),
    Column("password_hash", String(200), nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
    Column("changed_at", UtcTime, nullable=False),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("name", String(60), ForeignKey("staff.name"), nullable=False, index=True),
    Column("csrf", String(40), nullable=False),
    Column("began_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("address", String(45), nullable=False),
    Column("revoked", Boolean, nullable=False, server_default=text("false")),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("address", String(45), nullable=False),
    Index("ix_audit_entry_subject", "subject", "id"),
    Index("ix_audit_entry_actor", "actor", "id"),
)
