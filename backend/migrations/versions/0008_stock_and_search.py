"""Stock that can be reserved; orders found however their number is typed; who brought a photo; the queue's order."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_stock()
    _let_rule_books_come_back()
    _make_orders_searchable()
    _tell_who_brought_evidence()
    _rank_the_queue()


def downgrade() -> None:
    op.drop_table("rule_book_period")
    op.drop_table("stock_reservation")
    op.drop_table("stock_item")
    op.drop_column("handoff", "ranked_at")
    op.drop_column("evidence", "brought_by")
    op.drop_index("ix_shop_order_search_no", "shop_order")
    op.drop_column("shop_order", "search_no")
    op.drop_column("customer", "tier")


def _make_orders_searchable() -> None:
    """A number as it is looked for: upper-case, without separators. And the buyer's tier that a feed may tell."""
    op.add_column("shop_order", sa.Column("search_no", sa.String(40), nullable=False, server_default=""))
    op.execute("UPDATE shop_order SET search_no = UPPER(REPLACE(REPLACE(order_no, '-', ''), '_', ''))")
    op.create_index("ix_shop_order_search_no", "shop_order", ["search_no"])
    op.add_column("customer", sa.Column("tier", sa.String(20), nullable=False, server_default=""))


def _tell_who_brought_evidence() -> None:
    op.add_column("evidence", sa.Column("brought_by", sa.String(16), nullable=False, server_default="customer"))


def _rank_the_queue() -> None:
    op.add_column("handoff", sa.Column("ranked_at", TIME))


def _create_stock() -> None:
    """What the warehouse can send as a replacement, and which cases it is kept for."""
    op.create_table(
        "stock_item",
        sa.Column("sku", sa.String(80), primary_key=True),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("reserved", sa.Integer, nullable=False, server_default="0"),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("0 <= reserved AND reserved <= quantity", name="reserved_within_quantity"),
    )
    op.create_table(
        "stock_reservation",
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), primary_key=True),
        sa.Column("sku", sa.String(80), sa.ForeignKey("stock_item.sku"), primary_key=True),
        sa.Column("pieces", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )


def _let_rule_books_come_back() -> None:
    """Which version holds from when: an older one may come into force again."""
    op.create_table(
        "rule_book_period",
        sa.Column("id", ID, primary_key=True),
        sa.Column("version", sa.Integer, sa.ForeignKey("rule_book_version.version"), nullable=False),
        sa.Column("effective_from", TIME, nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("follows", sa.BigInteger, nullable=False, unique=True),
        sa.Column("told_to", sa.BigInteger, nullable=False, server_default="0"),
    )
    op.execute(
        "INSERT INTO rule_book_period (version, effective_from, source, follows) "
        "SELECT version, effective_from, 'file', ROW_NUMBER() OVER (ORDER BY version) - 1 "
        "FROM rule_book_version ORDER BY version"
    )
