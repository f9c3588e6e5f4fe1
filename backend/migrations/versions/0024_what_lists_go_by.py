"""Indexes that lists and searches go by; those that another one served as well are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SERVED_BESIDE = (
    ("ix_staff_alert_role", "staff_alert", ["role", "at"]),
    ("ix_shop_order_search_no", "shop_order", ["search_no"]),
    ("ix_refund_leg_event_leg_id", "refund_leg_event", ["leg_id"]),
    ("ix_extra_event_extra_id", "extra_event", ["extra_id"]),
    ("ix_collection_event_collection_id", "collection_event", ["collection_id"]),
)
"""Unseen alerts and the beginnings of numbers have indexes of their own, logs are found by their unique numbers."""


def upgrade() -> None:
    unseen, known = sa.text("seen_at IS NULL"), sa.text("customer_id IS NOT NULL")
    op.create_index("ix_staff_alert_open", "staff_alert", ["role", "id"], sqlite_where=unseen, postgresql_where=unseen)
    op.create_index("ix_conversation_last_customer", "conversation", ["last_customer_at"])
    op.create_index(
        "ix_conversation_customer", "conversation", ["customer_id"], sqlite_where=known, postgresql_where=known
    )
    op.create_index("ix_customer_name", "customer", ["name"])
    op.create_index(
        "ix_shop_order_beginning",
        "shop_order",
        ["search_no"],
        postgresql_ops={"search_no": "varchar_pattern_ops"},
    )
    op.create_index("ix_refund_leg_state", "refund_leg", ["state", "id"])
    for name, table, _ in _SERVED_BESIDE:
        op.drop_index(name, table)


def downgrade() -> None:
    for name, table, columns in _SERVED_BESIDE:
        op.create_index(name, table, columns)
    for name, table in (
        ("ix_refund_leg_state", "refund_leg"),
        ("ix_shop_order_beginning", "shop_order"),
        ("ix_customer_name", "customer"),
        ("ix_conversation_customer", "conversation"),
        ("ix_conversation_last_customer", "conversation"),
        ("ix_staff_alert_open", "staff_alert"),
    ):
        op.drop_index(name, table)
