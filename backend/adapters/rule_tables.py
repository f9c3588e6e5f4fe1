"""Tables of the rule book's versions, of when each holds, and of the merchant's own days."""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Integer, String, Table, Text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

rule_book_version = Table(
    "rule_book_version",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("approver", String(100)),
    Column("note", Text, nullable=False, server_default=""),
    Column("effective_from", UtcTime, nullable=False),
)

rule_book_period = Table(
    "rule_book_period",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version", Integer, ForeignKey("rule_book_version.version"), nullable=False),
    Column("effective_from", UtcTime, nullable=False),
    Column("source", String(8), nullable=False),
    Column("follows", BigInteger, nullable=False, unique=True),
    Column("told_to", BigInteger, nullable=False, server_default="0"),
)

work_day = Table(
    "work_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("is_workday", Boolean, nullable=False),
    Column("note", String(200), nullable=False, server_default=""),
)
