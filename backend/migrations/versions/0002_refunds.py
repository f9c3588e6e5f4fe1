"""Refund legs with their log, and the callbacks that have been taken."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
LOG = "refund_leg_event"


def upgrade() -> None:
    _create_legs()
    _create_log()
    op.create_table(
        "gateway_notification",
        sa.Column("gateway", sa.String(16), primary_key=True),
        sa.Column("notification_id", sa.String(80), primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("what was paid is never forgotten: restore a backup instead")


def _create_legs() -> None:
    op.create_table(
        "refund_leg",
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False),
        sa.Column("refund_no", sa.String(64), nullable=False, unique=True),
        sa.Column("leg_no", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("order_no", sa.String(40), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("payment_no", sa.String(80), nullable=False),
        sa.Column("gateway", sa.String(16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        sa.Column("paid_fen", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("planned_at", TIME, nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("sent_at", TIME),
        sa.Column("settled_at", TIME),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("polls", sa.Integer, nullable=False),
        sa.Column("provider_no", sa.String(80), nullable=False),
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("finish", sa.Boolean, nullable=False),
        sa.UniqueConstraint("case_id", "leg_no", "attempt"),
        sa.ForeignKeyConstraint(
            ["order_no", "method", "payment_no"], ["payment.order_no", "payment.method", "payment.payment_no"]
        ),
        sa.CheckConstraint("amount_fen > 0 AND amount_fen <= paid_fen", name="amount_within_paid"),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index("ix_refund_leg_due", "refund_leg", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.create_index("ix_refund_leg_payment", "refund_leg", ["order_no", "method", "payment_no"])
    op.create_index("ix_refund_leg_gateway", "refund_leg", ["gateway", "planned_at"])


def _create_log() -> None:
    op.create_table(
        LOG,
        sa.Column("id", ID, primary_key=True),
        sa.Column("leg_id", ID, sa.ForeignKey("refund_leg.id"), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.UniqueConstraint("leg_id", "version"),
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
