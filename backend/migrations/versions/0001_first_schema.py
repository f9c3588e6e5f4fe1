"""The first schema: orders, rule books, conversations, cases, evidence, transcript, hand-offs, dialogue."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("case_event", "handoff_event")


def upgrade() -> None:
    _create_orders()
    _create_rule_books()
    _create_conversations()
    _create_cases()
    _create_case_log()
    _create_evidence()
    _create_messages()
    _create_handoffs()
    _create_dialogue()
    for table in APPEND_ONLY:
        if op.get_context().dialect.name == "sqlite":
            _append_only_on_sqlite(table)
        else:
            _append_only_on_postgresql(table)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema: restore a backup instead")


def _create_orders() -> None:
    op.create_table(
        "customer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("phone", sa.String(32), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
    )
    op.create_table(
        "shop_order",
        sa.Column("order_no", sa.String(40), primary_key=True),
        sa.Column("customer_id", ID, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("shipped_at", TIME),
        sa.Column("signed_at", TIME),
        sa.Column("order_discount_fen", sa.BigInteger, nullable=False),
        sa.Column("coupon_code", sa.String(60), nullable=False, server_default=""),
        sa.Column("coupon_fen", sa.BigInteger, nullable=False),
        sa.Column("points_used", sa.BigInteger, nullable=False),
        sa.Column("shipping_fen", sa.BigInteger, nullable=False),
        sa.Column("paid_fen", sa.BigInteger, nullable=False),
        sa.CheckConstraint("paid_fen >= 0", name="paid_not_negative"),
    )
    op.create_index("ix_shop_order_customer", "shop_order", ["customer_id", "placed_at"])
    op.create_table(
        "order_line",
        sa.Column("order_no", sa.String(40), sa.ForeignKey("shop_order.order_no"), primary_key=True),
        sa.Column("line_no", sa.Integer, primary_key=True),
        sa.Column("sku", sa.String(80), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("category", sa.String(80), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("claimed_quantity", sa.Integer, nullable=False, server_default="0"),
        sa.Column("unit_price_fen", sa.BigInteger, nullable=False),
        sa.Column("line_discount_fen", sa.BigInteger, nullable=False),
        sa.Column("paid_fen", sa.BigInteger, nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("claimed_quantity >= 0 AND claimed_quantity <= quantity", name="claimed_within_quantity"),
        sa.CheckConstraint("paid_fen >= 0", name="paid_not_negative"),
    )
    op.create_table(
        "payment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("order_no", sa.String(40), sa.ForeignKey("shop_order.order_no"), nullable=False, index=True),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("payment_no", sa.String(80), nullable=False),
        sa.Column("paid_fen", sa.BigInteger, nullable=False),
        sa.Column("reserved_fen", sa.BigInteger, nullable=False, server_default="0"),
        sa.UniqueConstraint("order_no", "method", "payment_no"),
        sa.CheckConstraint("reserved_fen >= 0 AND reserved_fen <= paid_fen", name="reserved_within_paid"),
    )


def _create_rule_books() -> None:
    op.create_table(
        "rule_book_version",
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("approver", sa.String(100)),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("effective_from", TIME, nullable=False),
    )
    op.create_table(
        "work_day",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("is_workday", sa.Boolean, nullable=False),
        sa.Column("note", sa.String(200), nullable=False, server_default=""),
    )


def _create_conversations() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("channel_user_id", sa.String(120), nullable=False),
        sa.Column("customer_id", ID, sa.ForeignKey("customer.id")),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False, server_default="0"),
        sa.Column("epoch_by", sa.String(80), nullable=False, server_default=""),
        sa.Column("owner", sa.String(60)),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("waiting_since", TIME),
        sa.Column("last_customer_at", TIME),
        sa.UniqueConstraint("channel", "channel_user_id"),
    )
    op.create_index("ix_conversation_waiting", "conversation", ["mode", "waiting_since"])
    op.create_table(
        "identity_attempt",
        sa.Column("id", ID, primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("order_no", sa.String(40), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("right", sa.Boolean, nullable=False),
    )
    op.create_index("ix_identity_attempt_conversation", "identity_attempt", ["conversation_id", "at"])
    op.create_index("ix_identity_attempt_order", "identity_attempt", ["order_no", "at"])
    op.create_table(
        "identity_proof",
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), primary_key=True),
        sa.Column("customer_id", ID, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def _create_cases() -> None:
    op.create_table(
        "case_counter",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "after_sales_case",
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_no", sa.String(20), unique=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False, index=True),
        sa.Column("order_no", sa.String(40), index=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("wish", sa.String(16)),
        sa.Column("remedy", sa.String(20)),
        sa.Column("reason_claimed", sa.String(24)),
        sa.Column("reason_confirmed", sa.String(24)),
        sa.Column("description", sa.Text),
        sa.Column("intact", sa.Boolean),
        sa.Column("verdict", sa.JSON(none_as_null=True)),
        sa.Column("rule_book_version", sa.Integer, sa.ForeignKey("rule_book_version.version")),
        sa.Column("refundable_fen", sa.BigInteger),
        sa.Column("approved_fen", sa.BigInteger),
        sa.Column("close_reason", sa.String(24)),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("state_since", TIME, nullable=False),
        sa.Column("submitted_at", TIME),
        sa.Column("due_at", TIME),
        sa.Column("told_version", sa.Integer),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("refundable_fen IS NULL OR refundable_fen >= 0", name="refundable_not_negative"),
        sa.CheckConstraint("approved_fen IS NULL OR approved_fen >= 0", name="approved_not_negative"),
    )
    op.create_index("ix_after_sales_case_state", "after_sales_case", ["state", "state_since"])
    op.create_index(
        "uq_one_draft_per_conversation",
        "after_sales_case",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'DRAFT'"),
        postgresql_where=sa.text("state = 'DRAFT'"),
    )
    op.create_table(
        "case_line",
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), primary_key=True),
        sa.Column("line_no", sa.Integer, primary_key=True),
        sa.Column("sku", sa.String(80), nullable=False),
        sa.Column("quantity", sa.Integer),
        sa.Column("approved_quantity", sa.Integer),
        sa.Column("received_quantity", sa.Integer),
        sa.Column("accepted_quantity", sa.Integer),
        sa.Column("rejected_quantity", sa.Integer),
        sa.Column("disposition", sa.String(24)),
        sa.Column("refund_fen", sa.BigInteger),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )


def _create_case_log() -> None:
    op.create_table(
        "case_event",
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("event", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("from_state", sa.String(24)),
        sa.Column("to_state", sa.String(24), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.UniqueConstraint("case_id", "version"),
    )


def _create_evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, index=True),
        sa.Column("phash", sa.String(16), index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("object_key", sa.String(200), nullable=False),
        sa.Column("thumbnail_key", sa.String(200)),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("conversation_id", "sha256"),
    )
    op.create_index("ix_evidence_conversation", "evidence", ["conversation_id", "created_at"])


def _create_messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", ID, primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("author", sa.String(10), nullable=False),
        sa.Column("name", sa.String(60), nullable=False, server_default=""),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("template", sa.String(60)),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id")),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("dedupe_key", sa.String(160), unique=True),
        sa.Column("delivery", sa.String(12), nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("leased_until", TIME),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("at", TIME, nullable=False),
        sa.Column("settled_at", TIME),
        sa.UniqueConstraint("conversation_id", "seq"),
    )
    op.create_index("ix_message_outbox", "message", ["delivery", "id"])
    op.create_index(
        "ix_message_unanswered",
        "message",
        ["at"],
        sqlite_where=sa.text("answered = 0"),
        postgresql_where=sa.text("NOT answered"),
    )
    op.create_table(
        "button",
        sa.Column("token", sa.String(40), primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False, index=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )


def _create_handoffs() -> None:
    op.create_table(
        "handoff",
        sa.Column("id", ID, primary_key=True),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False, index=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("promised_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("outcome", sa.String(40)),
    )
    op.create_index(
        "uq_one_open_handoff",
        "handoff",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "handoff_event",
        sa.Column("id", ID, primary_key=True),
        sa.Column("handoff_id", ID, sa.ForeignKey("handoff.id"), nullable=False, index=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("from_mode", sa.String(16), nullable=False),
        sa.Column("to_mode", sa.String(16), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
    )


def _create_dialogue() -> None:
    op.create_table(
        "dialogue_event",
        sa.Column("id", ID, primary_key=True),
        sa.Column("conversation_id", sa.String(80), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.UniqueConstraint("conversation_id", "position"),
    )
    op.create_index("ix_dialogue_event_kind", "dialogue_event", ["conversation_id", "kind", "position"])


def _append_only_on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _append_only_on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
