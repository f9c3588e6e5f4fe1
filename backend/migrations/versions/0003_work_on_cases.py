"""The work on a case: staff, timers, parcels, alerts to staff, and what a case carries beside its state."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
FALSE = sa.text("false")


def upgrade() -> None:
    _extend_cases()
    _create_staff()
    _create_timers()
    _create_shipments()
    _create_alerts()


def downgrade() -> None:
    for table in ("staff_alert", "shipment", "timer", "staff"):
        op.drop_table(table)
    with op.batch_alter_table("after_sales_case") as cases:
        for column in ("owner", "dispute_open", "risk_hold", "sla_breached", "held_seconds"):
            cases.drop_column(column)


def _extend_cases() -> None:
    columns = (
        sa.Column("owner", sa.String(60)),
        sa.Column("dispute_open", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("risk_hold", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("sla_breached", sa.Boolean, nullable=False, server_default=FALSE),
        sa.Column("held_seconds", sa.BigInteger, nullable=False, server_default="0"),
    )
    for column in columns:
        op.add_column("after_sales_case", column)


def _create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("added_at", TIME, nullable=False),
    )


def _create_timers() -> None:
    op.create_table(
        "timer",
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
    )
    op.create_index("ix_timer_case", "timer", ["case_id", "state"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_timer_due", "timer", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)


def _create_shipments() -> None:
    op.create_table(
        "shipment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False, index=True),
        sa.Column("direction", sa.String(12), nullable=False),
        sa.Column("carrier", sa.String(20), nullable=False),
        sa.Column("waybill_no", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    returns = sa.text("direction = 'return'")
    op.create_index(
        "uq_one_case_per_return_waybill",
        "shipment",
        ["waybill_no"],
        unique=True,
        sqlite_where=returns,
        postgresql_where=returns,
    )


def _create_alerts() -> None:
    op.create_table(
        "staff_alert",
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("staff_name", sa.String(60)),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("dedupe_key", sa.String(160), nullable=False, unique=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("seen_at", TIME),
    )
    op.create_index("ix_staff_alert_role", "staff_alert", ["role", "at"])
