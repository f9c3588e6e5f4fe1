"""Risk signals, compensation and return freight, spot checks of payments."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
LOG = "extra_event"
BANDS = 4


def upgrade() -> None:
    op.add_column("after_sales_case", sa.Column("risk", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_shipment_waybill_no", "shipment", ["waybill_no"])
    _create_signals()
    _create_photo_bands()
    _create_extras()
    _create_extra_log()
    _create_spot_checks()


def downgrade() -> None:
    raise NotImplementedError("what was given is never forgotten: restore a backup instead")


def _create_signals() -> None:
    op.create_table(
        "risk_signal",
        sa.Column("id", ID, primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.UniqueConstraint("case_id", "kind", "subject"),
    )


def _create_photo_bands() -> None:
    """The fingerprints of the photos that filed cases have already are kept too."""
    op.create_table(
        "photo_band",
        sa.Column("evidence_id", sa.String(40), sa.ForeignKey("evidence.id"), primary_key=True),
        sa.Column("band", sa.Integer, primary_key=True),
        sa.Column("bits", sa.String(4), nullable=False),
    )
    op.create_index("ix_photo_band_bits", "photo_band", ["band", "bits"])
    for band in range(BANDS):
        op.execute(
            "INSERT INTO photo_band (evidence_id, band, bits) "
            f"SELECT id, {band}, substr(phash, {band * 4 + 1}, 4) FROM evidence "
            "WHERE phash IS NOT NULL AND case_id IS NOT NULL"
        )


def _create_extras() -> None:
    op.create_table(
        "extra",
        sa.Column("id", ID, primary_key=True),
        sa.Column("extra_no", sa.String(40), nullable=False, unique=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False, index=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("proposed_by", sa.String(80), nullable=False),
        sa.Column("proposed_at", TIME, nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("severity", sa.String(12)),
        sa.Column("override", sa.Boolean, nullable=False),
        sa.Column("asked_fen", sa.BigInteger),
        sa.Column("payer", sa.String(12)),
        sa.Column("cause", sa.String(24), nullable=False),
        sa.Column("evidence_id", sa.String(40), sa.ForeignKey("evidence.id")),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("approved_by", sa.String(80)),
        sa.Column("settled_by", sa.String(80)),
        sa.Column("settled_at", TIME),
        sa.Column("voucher", sa.String(80), nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
        sa.CheckConstraint("state NOT IN ('APPROVED', 'GIVEN') OR amount_fen > 0", name="approved_is_something"),
        sa.CheckConstraint(
            "state NOT IN ('APPROVED', 'GIVEN') OR approved_by IS NOT NULL", name="approved_by_somebody"
        ),
        sa.CheckConstraint("state <> 'GIVEN' OR voucher <> ''", name="given_with_voucher"),
    )
    _create_unique("uq_one_freight_per_case", ["case_id"], "purpose = 'freight' AND state <> 'DECLINED'")
    _create_unique("uq_one_extra_per_cause", ["case_id", "cause"], "cause <> ''")


def _create_unique(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "extra", columns, unique=True, sqlite_where=only, postgresql_where=only)


def _create_extra_log() -> None:
    op.create_table(
        LOG,
        sa.Column("id", ID, primary_key=True),
        sa.Column("extra_id", ID, sa.ForeignKey("extra.id"), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.UniqueConstraint("extra_id", "version"),
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


def _create_spot_checks() -> None:
    op.create_table(
        "spot_check",
        sa.Column("refund_no", sa.String(64), sa.ForeignKey("refund_leg.refund_no"), primary_key=True),
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), nullable=False, index=True),
        sa.Column("why", sa.String(12), nullable=False),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.Column("checked_by", sa.String(80)),
        sa.Column("checked_at", TIME),
        sa.Column("found", sa.String(12)),
        sa.Column("note", sa.Text, nullable=False),
        sa.CheckConstraint("(checked_by IS NULL) = (found IS NULL)", name="found_by_somebody"),
    )
    still_open = sa.text("checked_by IS NULL")
    op.create_index(
        "ix_spot_check_open", "spot_check", ["drawn_at"], sqlite_where=still_open, postgresql_where=still_open
    )
