"""Settings: environment variables, also read from `.env`, checked once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from backend.errors import SettingsError
from backend.settings import channels, payments
from backend.settings.channels import TelegramSettings, WeChatSettings, WeChatTemplate, WeComSettings
from backend.settings.payments import ALIPAY, WECHAT_PAY, AlipaySettings, WeChatPaySettings
from backend.settings.reading import flag, networks, one_of, port, seconds

__all__ = [
    "ALIPAY",
    "WECHAT_PAY",
    "AlipaySettings",
    "Settings",
    "TelegramSettings",
    "WeChatPaySettings",
    "WeChatSettings",
    "WeChatTemplate",
    "WeComSettings",
    "read_settings",
]


@dataclass(frozen=True)
class Settings:
    """What an operator may choose."""

    var: Path
    """ANXIN_VAR: the folder for everything the system writes."""
    database_url: str = field(repr=False)
    """ANXIN_DATABASE_URL: an SQLAlchemy URL, SQLite or PostgreSQL; by default a file under `var`."""
    evidence_url: str = field(repr=False)
    """ANXIN_EVIDENCE_URL: where photos and videos are kept: `file://…`, `s3://bucket/prefix` or `memory://`."""
    secret_key: str | None = field(repr=False)
    """ANXIN_SECRET_KEY: signs tokens; made under `var` at first start when not given."""
    bind: str
    """ANXIN_BIND: the address the servers listen on."""
    chat_port: int
    """ANXIN_CHAT_PORT: the chat server's port."""
    desk_port: int
    """ANXIN_DESK_PORT: the desk's port."""
    sandbox_port: int
    """ANXIN_SANDBOX_PORT: the payment sandbox's port."""
    redis_url: str | None = field(repr=False)
    """ANXIN_REDIS_URL: Redis for locks and live updates; none on one machine."""
    queue_url: str = field(repr=False)
    """ANXIN_QUEUE_URL: where workers queue what is due: `sqlite:///…` (a file under `var`), `redis://…` or
    `postgresql://…`."""
    metrics_port: int | None
    """ANXIN_METRICS_PORT: where the chat server tells Prometheus how it goes, the desk on the next port and the worker
    on the one after; none tells nobody. Never open it to customers."""
    log: str
    """ANXIN_LOG: `text` logs lines to read, `json` one object for each, to be collected and searched."""
    dev_api: bool
    """ANXIN_DEV_API: 1 turns on Rasa's own REST channel and HTTP API, on loopback only."""
    patience_seconds: int = 6
    """ANXIN_PATIENCE_SECONDS: whoever waits so long for the bot is told that the message has come (6 by default)."""
    trusted_proxies: tuple[str, ...] = ()
    """ANXIN_TRUSTED_PROXIES: addresses or networks of the proxies in front, by commas (`172.16.0.0/12`): what they
    say of a customer's address and of TLS is believed (`X-Forwarded-For`, `X-Forwarded-Proto`). None by default."""
    wechat_pay: WeChatPaySettings | None = None
    """ANXIN_WECHAT_PAY_…: none sends what was paid by WeChat to the payment sandbox."""
    alipay: AlipaySettings | None = None
    """ANXIN_ALIPAY_…: none sends what was paid by Alipay to the payment sandbox."""
    telegram: TelegramSettings | None = None
    """ANXIN_TELEGRAM_…: none leaves Telegram off."""
    wechat: WeChatSettings | None = None
    """ANXIN_WECHAT_…: none leaves the WeChat Official Account off."""
    wecom: WeComSettings | None = None
    """ANXIN_WECOM_…: none leaves WeCom's customer service off."""

    @property
    def loopback(self) -> bool:
        return self.bind == "localhost" or ip_address(self.bind).is_loopback


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment over `.env` in the current folder. Raises SettingsError naming the bad one."""
    given = {**_dotenv(Path(".env")), **os.environ} if environment is None else dict(environment)
    var = Path(given.get("ANXIN_VAR") or "var").absolute()
    settings = Settings(
        var=var,
        database_url=given.get("ANXIN_DATABASE_URL") or f"sqlite:///{var / 'anxin.db'}",
        evidence_url=given.get("ANXIN_EVIDENCE_URL") or f"file://{var / 'evidence'}",
        secret_key=given.get("ANXIN_SECRET_KEY") or None,
        bind=given.get("ANXIN_BIND") or "127.0.0.1",
        chat_port=port(given, "ANXIN_CHAT_PORT", 5005),
        desk_port=port(given, "ANXIN_DESK_PORT", 8000),
        sandbox_port=port(given, "ANXIN_SANDBOX_PORT", 8090),
        redis_url=given.get("ANXIN_REDIS_URL") or None,
        queue_url=given.get("ANXIN_QUEUE_URL") or f"sqlite:///{var / 'queue.db'}",
        metrics_port=port(given, "ANXIN_METRICS_PORT", 0) if given.get("ANXIN_METRICS_PORT") else None,
        log=one_of(given, "ANXIN_LOG", "text", "json"),
        dev_api=flag(given, "ANXIN_DEV_API"),
        patience_seconds=seconds(given, "ANXIN_PATIENCE_SECONDS", 6),
        trusted_proxies=networks(given, "ANXIN_TRUSTED_PROXIES"),
        wechat_pay=payments.wechat_pay(given),
        alipay=payments.alipay(given),
        telegram=channels.telegram(given),
        wechat=channels.wechat(given),
        wecom=channels.wecom(given),
    )
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    try:
        loopback = settings.loopback
    except ValueError as exc:
        raise SettingsError("ANXIN_BIND", f"{settings.bind!r} is not an IP address") from exc
    if settings.dev_api and not loopback:
        raise SettingsError("ANXIN_DEV_API", "the development API is open to everybody: only with ANXIN_BIND=127.0.0.1")
    if not settings.database_url.startswith(("sqlite:///", "postgresql")):
        raise SettingsError("ANXIN_DATABASE_URL", "must begin with sqlite:/// or postgresql://")
    if not settings.queue_url.startswith(("sqlite:///", "redis://", "rediss://", "postgresql://")):
        raise SettingsError("ANXIN_QUEUE_URL", "must begin with sqlite:///, redis:// or postgresql://")
    if not settings.evidence_url.startswith(("file://", "s3://", "memory://")):
        raise SettingsError("ANXIN_EVIDENCE_URL", "must begin with file://, s3:// or memory://")


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text("utf-8").splitlines() if _is_setting(line))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def _is_setting(line: str) -> bool:
    return "=" in line and not line.lstrip().startswith("#")
