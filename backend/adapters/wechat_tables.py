"""The tables of the WeChat Official Account, and of WeCom's customer service."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Index, Integer, String, Table, Text, text, true

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

wechat_account = Table(
    "wechat_account",
    metadata,
    Column("app_id", String(40), primary_key=True),
    Column("token", Text, nullable=False, server_default=""),
    Column("token_until", UtcTime),
    Column("leased_until", UtcTime),
    Column("answers_only_until", UtcTime),
)

wechat_follower = Table(
    "wechat_follower",
    metadata,
    Column("openid", String(120), primary_key=True),
    Column("follows", Boolean, nullable=False),
    Column("left_after_message", Integer, nullable=False),
    Column("message_window_until", UtcTime),
    Column("left_after_click", Integer, nullable=False),
    Column("click_window_until", UtcTime),
    CheckConstraint("left_after_message >= 0 AND left_after_click >= 0", name="never_below_zero"),
)

wechat_call = Table(
    "wechat_call",
    metadata,
    Column("id", Id, primary_key=True),
    Column("update_key", String(100), nullable=False, unique=True),
    Column("openid", String(120), nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("reply", Text, nullable=False),
    Column("handed_over", Boolean, nullable=False, server_default=true()),
    Index("ix_wechat_call_openid", "openid", "id"),
    Index(
        "ix_wechat_call_unheard",
        "until",
        sqlite_where=text("handed_over = 0"),
        postgresql_where=text("NOT handed_over"),
    ),
)

wecom_cursor = Table(
    "wecom_cursor",
    metadata,
    Column("open_kfid", String(64), primary_key=True),
    Column("cursor", String(100), nullable=False),
)
