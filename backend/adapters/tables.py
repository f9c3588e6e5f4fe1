"""The database's tables and the constraints that keep them true. Money in fen, times in UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)

from backend.adapters.columns import Id, UtcTime
from backend.domain.case import State

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


customer = Table(
    "customer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("phone", String(32), nullable=False, unique=True),
    Column("name", String(100), nullable=False, index=True),
    Column("tier", String(20), nullable=False, server_default=""),
    Index("ix_customer_phone_tail", text("substr(phone, length(phone) - 3)")),
)

PHONE_TAIL = func.substr(customer.c.phone, func.length(customer.c.phone) - literal_column("3"))
"""The last four digits of a customer's number, as their index has them."""

shop_order = Table(
    "shop_order",
    metadata,
    Column("order_no", String(40), primary_key=True),
    Column("customer_id", Id, ForeignKey("customer.id"), nullable=False),
    Column("status", String(12), nullable=False),
    Column("placed_at", UtcTime, nullable=False),
    Column("shipped_at", UtcTime),
    Column("signed_at", UtcTime),
    Column("order_discount_fen", BigInteger, nullable=False),
    Column("coupon_code", String(60), nullable=False, server_default=""),
    Column("coupon_fen", BigInteger, nullable=False),
    Column("points_used", BigInteger, nullable=False),
    Column("shipping_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("search_no", String(40), nullable=False, server_default=""),
    CheckConstraint("paid_fen >= 0", name="paid_not_negative"),
    Index("ix_shop_order_customer", "customer_id", "placed_at"),
    Index("ix_shop_order_beginning", "search_no", postgresql_ops={"search_no": "varchar_pattern_ops"}),
)

order_line = Table(
    "order_line",
    metadata,
    Column("order_no", String(40), ForeignKey("shop_order.order_no"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("sku", String(80), nullable=False),
    Column("title", String(300), nullable=False),
    Column("category", String(80), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("claimed_quantity", Integer, nullable=False, server_default="0"),
    Column("unit_price_fen", BigInteger, nullable=False),
    Column("line_discount_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("claimed_quantity >= 0 AND claimed_quantity <= quantity", name="claimed_within_quantity"),
    CheckConstraint("paid_fen >= 0", name="paid_not_negative"),
)

payment = Table(
    "payment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("order_no", String(40), ForeignKey("shop_order.order_no"), nullable=False, index=True),
    Column("method", String(12), nullable=False),
    Column("payment_no", String(80), nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("reserved_fen", BigInteger, nullable=False, server_default="0"),
    Column("collection_no", String(40), nullable=False, server_default=""),
    UniqueConstraint("order_no", "method", "payment_no"),
    CheckConstraint("reserved_fen >= 0 AND reserved_fen <= paid_fen", name="reserved_within_paid"),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("channel_user_id", String(120), nullable=False),
    Column("customer_id", Id, ForeignKey("customer.id")),
    Column("mode", String(16), nullable=False),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("epoch_by", String(80), nullable=False, server_default=""),
    Column("owner", String(60)),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("opened_at", UtcTime, nullable=False),
    Column("waiting_since", UtcTime),
    Column("last_customer_at", UtcTime),
    Column("last_agent_at", UtcTime),
    Column("last_agent", String(60)),
    Column("follow_up_at", UtcTime),
    Column("erased_at", UtcTime),
    Column("forgotten_seq", Integer, nullable=False, server_default="0"),
    Column("left_at", UtcTime),
    UniqueConstraint("channel", "channel_user_id"),
    Index("ix_conversation_waiting", "mode", "waiting_since"),
    Index("ix_conversation_last_customer", "last_customer_at"),
    Index(
        "ix_conversation_customer",
        "customer_id",
        sqlite_where=text("customer_id IS NOT NULL"),
        postgresql_where=text("customer_id IS NOT NULL"),
    ),
)

identity_attempt = Table(
    "identity_attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("order_no", String(40), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("right", Boolean, nullable=False),
    Index("ix_identity_attempt_conversation", "conversation_id", "at"),
    Index("ix_identity_attempt_order", "order_no", "at"),
)

identity_proof = Table(
    "identity_proof",
    metadata,
    Column("conversation_id", String(40), ForeignKey("conversation.id"), primary_key=True),
    Column("customer_id", Id, ForeignKey("customer.id"), primary_key=True),
    Column("how", String(20), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Index("ix_identity_proof_customer", "customer_id"),
)

after_sales_case = Table(
    "after_sales_case",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_no", String(20), unique=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("order_no", String(40), index=True),
    Column("state", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("wish", String(16)),
    Column("remedy", String(20)),
    Column("reason_claimed", String(24)),
    Column("reason_confirmed", String(24)),
    Column("description", Text),
    Column("intact", Boolean),
    Column("verdict", JSON(none_as_null=True)),
    Column("rule_book_version", Integer, ForeignKey("rule_book_version.version")),
    Column("refundable_fen", BigInteger),
    Column("approved_fen", BigInteger),
    Column("close_reason", String(24)),
    Column("opened_at", UtcTime, nullable=False),
    Column("state_since", UtcTime, nullable=False),
    Column("submitted_at", UtcTime),
    Column("due_at", UtcTime),
    Column("told_version", Integer),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("owner", String(60)),
    Column("dispute_open", Boolean, nullable=False, server_default=text("false")),
    Column("risk_hold", Boolean, nullable=False, server_default=text("false")),
    Column("sla_breached", Boolean, nullable=False, server_default=text("false")),
    Column("held_seconds", BigInteger, nullable=False, server_default="0"),
    Column("risk", Integer, nullable=False, server_default="0"),
    Column("gap_fen", BigInteger),
    CheckConstraint("refundable_fen IS NULL OR refundable_fen >= 0", name="refundable_not_negative"),
    CheckConstraint("approved_fen IS NULL OR approved_fen >= 0", name="approved_not_negative"),
    Index("ix_after_sales_case_state", "state", "state_since"),
    Index("ix_after_sales_case_queue", "state", "priority", "due_at", "id"),
    Index("ix_after_sales_case_owner", "owner", "state"),
    Index(
        "ix_after_sales_case_dispute",
        "id",
        sqlite_where=text("dispute_open"),
        postgresql_where=text("dispute_open"),
    ),
    Index(
        "uq_one_draft_per_conversation",
        "conversation_id",
        unique=True,
        sqlite_where=text("state = 'DRAFT'"),
        postgresql_where=text("state = 'DRAFT'"),
    ),
)

case_line = Table(
    "case_line",
    metadata,
    Column("case_id", Id, ForeignKey("after_sales_case.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("sku", String(80), nullable=False),
    Column("quantity", Integer),
    Column("approved_quantity", Integer),
    Column("received_quantity", Integer),
    Column("accepted_quantity", Integer),
    Column("rejected_quantity", Integer),
    Column("disposition", String(24)),
    Column("refund_fen", BigInteger),
    Column("send_sku", String(80)),
    Column("send_price_fen", BigInteger),
    CheckConstraint("quantity > 0", name="quantity_positive"),
)

case_event = Table(
    "case_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("event", String(40), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("from_state", String(24)),
    Column("to_state", String(24), nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("case_id", "version"),
)

case_counter = Table(
    "case_counter",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), index=True),
    Column("kind", String(16), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("phash", String(16), index=True),
    Column("size", BigInteger, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("object_key", String(200), nullable=False),
    Column("thumbnail_key", String(200)),
    Column("created_at", UtcTime, nullable=False),
    Column("brought_by", String(16), nullable=False, server_default="customer"),
    UniqueConstraint("conversation_id", "sha256"),
    Column("removed_at", UtcTime),
    Index("ix_evidence_conversation", "conversation_id", "created_at"),
    Index(
        "ix_evidence_kept",
        "created_at",
        sqlite_where=text("removed_at IS NULL"),
        postgresql_where=text("removed_at IS NULL"),
    ),
)

OPEN_STATES = [state.value for state in State if state not in (State.DRAFT, State.CLOSED)]
"""Told one by one: an index finds what is in a list, not what is in none."""

ON_ITS_WAY = text("delivery IN ('queued', 'sending')")
KEPT_BACK = text("delivery IN ('held', 'unknown')")

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("author", String(10), nullable=False),
    Column("name", String(60), nullable=False, server_default=""),
    Column("text", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("template", String(60)),
    Column("case_id", Id, ForeignKey("after_sales_case.id")),
    Column("epoch", Integer, nullable=False),
    Column("dedupe_key", String(160), unique=True),
    Column("delivery", String(12), nullable=False),
    Column("answered", Boolean, nullable=False, server_default=text("true")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("leased_until", UtcTime),
    Column("error", Text, nullable=False, server_default=""),
    Column("at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    Column("due_at", UtcTime),
    UniqueConstraint("conversation_id", "seq"),
    Index("ix_message_outbox", "delivery", "id"),
    Index("ix_message_on_its_way", "conversation_id", "seq", sqlite_where=ON_ITS_WAY, postgresql_where=ON_ITS_WAY),
    Index(
        "ix_message_case",
        "case_id",
        sqlite_where=text("case_id IS NOT NULL"),
        postgresql_where=text("case_id IS NOT NULL"),
    ),
    Index(
        "ix_message_unanswered_of",
        "conversation_id",
        "seq",
        sqlite_where=text("answered = 0"),
        postgresql_where=text("NOT answered"),
    ),
    Index("ix_message_kept_back", "conversation_id", sqlite_where=KEPT_BACK, postgresql_where=KEPT_BACK),
)

button = Table(
    "button",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("title", String(100), nullable=False),
    Column("payload", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

handoff = Table(
    "handoff",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("reason", String(40), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("requested_at", UtcTime, nullable=False),
    Column("promised_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("outcome", String(40)),
    Column("ranked_at", UtcTime),
    Column("claimed_by", String(60)),
    Column("claimed_at", UtcTime),
    Column("first_answer_at", UtcTime),
    Column("offered_to", String(60)),
    Column("offered_until", UtcTime),
    Column("score", Integer),
    Column("comment", Text),
    Index(
        "uq_one_open_handoff",
        "conversation_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

handoff_event = Table(
    "handoff_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("handoff_id", Id, ForeignKey("handoff.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("from_mode", String(16), nullable=False),
    Column("to_mode", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
)

dialogue_event = Table(
    "dialogue_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", String(80), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("conversation_id", "position"),
    Index("ix_dialogue_event_kind", "conversation_id", "kind", "position"),
)

APPEND_ONLY = (case_event, handoff_event)
"""Tables whose rows may never change; a trigger refuses UPDATE and DELETE."""
