"""The table of changes of the rule book that wait for a second person, or have had their answer."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, String, Table, Text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

rule_change = Table(
    "rule_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("text", Text, nullable=False),
    Column("base_version", Integer, ForeignKey("rule_book_version.version"), nullable=False),
    Column("follows", BigInteger, nullable=False),
    Column("author", String(60), nullable=False),
    Column("note", Text, nullable=False),
    Column("effective_from", UtcTime, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("state", String(12), nullable=False),
    Column("decided_by", String(60)),
    Column("decided_at", UtcTime),
    Column("answer", Text),
    Column("version", Integer, ForeignKey("rule_book_version.version")),
    CheckConstraint("state <> 'confirmed' OR decided_by <> author", name="second_person"),
    CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
)
