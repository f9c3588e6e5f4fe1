"""Complaints: what a customer holds against a decision or a service, and how it was ruled.

Timers and alerts belong to a case or to a complaint from now on: exactly one of the two.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
FALSE = sa.text("false")
LOG = "complaint_event"
OWNER = "(case_id IS NULL) <> (complaint_id IS NULL)"


def upgrade() -> None:
    _create_complaints()
    _create_cases()
    _create_log()
    op.create_table(
        "complaint_counter",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    _share(_timers(), "complaint_id", ("ix_timer_complaint", ["complaint_id", "state"]))
    _share(_alerts(), "complaint_id", ("ix_staff_alert_complaint_id", ["complaint_id"]))


def downgrade() -> None:
    raise NotImplementedError("what was ruled is never forgotten: restore a backup instead")


def _create_complaints() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", ID, primary_key=True),
        sa.Column("complaint_no", sa.String(20), nullable=False, unique=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False, index=True),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("stage_since", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("outcome", sa.String(12)),
        sa.Column("ruling_reason", sa.Text),
        sa.Column("ruled_by", sa.String(80)),
        sa.Column("ruled_at", TIME),
        sa.Column("ruling_final", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("escalated", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("sla_breached", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("caseless", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "(outcome IS NULL AND ruling_reason IS NULL) OR (outcome IS NOT NULL AND length(ruling_reason) > 0)",
            name="ruled_with_a_reason",
        ),
    )
    op.create_index("ix_complaint_stage", "complaint", ["stage", "stage_since"])
    still_open = sa.text("caseless AND stage <> 'CLOSED'")
    op.create_index(
        "uq_one_open_caseless_complaint",
        "complaint",
        ["conversation_id", "cause"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _create_cases() -> None:
    op.create_table(
        "complaint_case",
        sa.Column("complaint_id", ID, sa.ForeignKey("complaint.id"), primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), primary_key=True),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("ruled_to", sa.String(24)),
        sa.Column("ruled_fen", sa.BigInteger),
        sa.Column("executed", sa.Boolean, nullable=False, server_default=FALSE),
        sa.CheckConstraint("ruled_fen IS NULL OR ruled_fen > 0", name="ruled_fen_positive"),
    )
    op.create_index("ix_complaint_case_case", "complaint_case", ["case_id"])
    still_open = sa.text("is_open")
    op.create_index(
        "uq_one_open_complaint_per_case_and_cause",
        "complaint_case",
        ["case_id", "cause"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _create_log() -> None:
    op.create_table(
        LOG,
        sa.Column("id", ID, primary_key=True),
        sa.Column("complaint_id", ID, sa.ForeignKey("complaint.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("deed", sa.String(24), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("from_stage", sa.String(16)),
        sa.Column("to_stage", sa.String(16), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.UniqueConstraint("complaint_id", "version"),
    )
    if op.get_context().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {LOG}_refuses_{verb.lower()} BEFORE {verb} ON {LOG} "
                f"BEGIN SELECT RAISE(ABORT, '{LOG} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {LOG}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{LOG} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {LOG}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {LOG} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {LOG}_is_append_only()"
    )


def _share(before: sa.Table, column: str, index: tuple[str, list[str]]) -> None:
    """Let a table of cases' things be one of complaints' things too; SQLite copies it, the rows stay."""
    with op.batch_alter_table(before.name, copy_from=before) as changed:
        changed.add_column(sa.Column(column, ID, nullable=True))
        changed.alter_column("case_id", existing_type=ID, nullable=True)
        changed.create_foreign_key(f"fk_{before.name}_{column}_complaint", "complaint", [column], ["id"])
        changed.create_check_constraint("one_owner", OWNER)
    op.create_index(index[0], before.name, index[1])


def _timers() -> sa.Table:
    """The table as 0003 made it."""
    waiting = sa.text("state = 'waiting'")
    return sa.Table(
        "timer",
        _metadata(),
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False),
        sa.Column("clock", sa.String(60), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("remaining_seconds", sa.Float),
        sa.Column("set_at", TIME, nullable=False),
        sa.Column("leased_until", TIME),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Index("ix_timer_case", "case_id", "state"),
        sa.Index("ix_timer_due", "due_at", sqlite_where=waiting, postgresql_where=waiting),
    )


def _alerts() -> sa.Table:
    """The table as 0003 made it."""
    return sa.Table(
        "staff_alert",
        _metadata(),
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("staff_name", sa.String(60)),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False, unique=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("seen_at", TIME),
        sa.Index("ix_staff_alert_case_id", "case_id"),
        sa.Index("ix_staff_alert_role", "role", "at"),
    )


def _metadata() -> sa.MetaData:
    """A new one with the naming convention of the tables of the code."""
    return sa.MetaData(naming_convention=op.get_context().opts["target_metadata"].naming_convention)
