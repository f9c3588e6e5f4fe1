"""Settings: environment variables, also read from `.env`, checked once at start."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from backend.errors import SettingsError

WECHAT_PAY = "ANXIN_WECHAT_PAY_"
WECHAT_PAY_URL = "https://api.mch.weixin.qq.com"
ALIPAY = "ANXIN_ALIPAY_"
ALIPAY_URL = "https://openapi.alipay.com/gateway.do"


@dataclass(frozen=True)
class WeChatPaySettings:
    """What refunds through WeChat Pay need (`docs/payments.md` tells where each comes from)."""

    mch_id: str
    """ANXIN_WECHAT_PAY_MCH_ID: the merchant's number."""
    serial: str
    """ANXIN_WECHAT_PAY_SERIAL: the serial number of the merchant's certificate, in hexadecimal."""
    key_file: Path
    """ANXIN_WECHAT_PAY_KEY_FILE: the merchant's private key, `apiclient_key.pem`."""
    apiv3_key: str = field(repr=False)
    """ANXIN_WECHAT_PAY_APIV3_KEY: 32 characters that callbacks are encrypted with."""
    public_key_id: str
    """ANXIN_WECHAT_PAY_PUBLIC_KEY_ID: which of WeChat Pay's public keys, `PUB_KEY_ID_…`."""
    public_key_file: Path
    """ANXIN_WECHAT_PAY_PUBLIC_KEY_FILE: that public key, `pub_key.pem`."""
    notify_url: str
    """ANXIN_WECHAT_PAY_NOTIFY_URL: where WeChat Pay calls back: `https://…/webhooks/payments/wechat_pay`."""
    url: str = WECHAT_PAY_URL
    """ANXIN_WECHAT_PAY_URL: where it is called."""
    payment_no: str = "out_trade_no"
    """ANXIN_WECHAT_PAY_PAYMENT_NO: what the numbers of payments in our orders are: the merchant's own, `out_trade_no`,
    or WeChat Pay's, `transaction_id`."""


@dataclass(frozen=True)
class AlipaySettings:
    """What refunds through Alipay need (`docs/payments.md` tells where each comes from)."""

    app_id: str
    """ANXIN_ALIPAY_APP_ID: the application's number."""
    key_file: Path
    """ANXIN_ALIPAY_KEY_FILE: the application's private key."""
    public_key_file: Path
    """ANXIN_ALIPAY_PUBLIC_KEY_FILE: Alipay's public key, not the application's own."""
    url: str = ALIPAY_URL
    """ANXIN_ALIPAY_URL: where it is called; Alipay has a sandbox of its own."""
    payment_no: str = "out_trade_no"
    """ANXIN_ALIPAY_PAYMENT_NO: what the numbers of payments in our orders are: the merchant's own, `out_trade_no`, or
    Alipay's, `trade_no`."""


@dataclass(frozen=True)
class Settings:
    """What an operator may choose."""

    var: Path
    """ANXIN_VAR: the folder for everything the system writes."""
    database_url: str
    """ANXIN_DATABASE_URL: an SQLAlchemy URL, SQLite or PostgreSQL; by default a file under `var`."""
    evidence_url: str
    """ANXIN_EVIDENCE_URL: where photos and videos are kept: `file://…`, `s3://bucket/prefix` or `memory://`."""
    secret_key: str | None
    """ANXIN_SECRET_KEY: signs tokens; made under `var` at first start when not given."""
    bind: str
    """ANXIN_BIND: the address the servers listen on."""
    chat_port: int
    """ANXIN_CHAT_PORT: the chat server's port."""
    desk_port: int
    """ANXIN_DESK_PORT: the desk's port."""
    sandbox_port: int
    """ANXIN_SANDBOX_PORT: the payment sandbox's port."""
    redis_url: str | None
    """ANXIN_REDIS_URL: Redis for locks and live updates; none on one machine."""
    queue_url: str
    """ANXIN_QUEUE_URL: where workers queue what is due: `sqlite:///…` (a file under `var`), `redis://…` or
    `postgresql://…`."""
    dev_api: bool
    """ANXIN_DEV_API: 1 turns on Rasa's own REST channel and HTTP API, on loopback only."""
    wechat_pay: WeChatPaySettings | None = None
    """ANXIN_WECHAT_PAY_…: none sends what was paid by WeChat to the payment sandbox."""
    alipay: AlipaySettings | None = None
    """ANXIN_ALIPAY_…: none sends what was paid by Alipay to the payment sandbox."""

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
        chat_port=_port(given, "ANXIN_CHAT_PORT", 5005),
        desk_port=_port(given, "ANXIN_DESK_PORT", 8000),
        sandbox_port=_port(given, "ANXIN_SANDBOX_PORT", 8090),
        redis_url=given.get("ANXIN_REDIS_URL") or None,
        queue_url=given.get("ANXIN_QUEUE_URL") or f"sqlite:///{var / 'queue.db'}",
        dev_api=_flag(given, "ANXIN_DEV_API"),
        wechat_pay=_wechat_pay(given),
        alipay=_alipay(given),
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


def _wechat_pay(given: Mapping[str, str]) -> WeChatPaySettings | None:
    names = ("MCH_ID", "SERIAL", "KEY_FILE", "APIV3_KEY", "PUBLIC_KEY_ID", "PUBLIC_KEY_FILE", "NOTIFY_URL")
    values = _all_or_none(given, WECHAT_PAY, names)
    if values is None:
        return None
    _match(WECHAT_PAY, values, "MCH_ID", r"[0-9]+", "only digits")
    _match(WECHAT_PAY, values, "SERIAL", r"[0-9A-Fa-f]+", "the certificate's serial number in hexadecimal")
    _match(WECHAT_PAY, values, "PUBLIC_KEY_ID", r"PUB_KEY_ID_\w+", "like PUB_KEY_ID_…")
    _match(WECHAT_PAY, values, "NOTIFY_URL", r"https://[^?#\s]+", "an https:// address without parameters")
    if len(values["APIV3_KEY"].encode()) != 32:
        raise SettingsError(f"{WECHAT_PAY}APIV3_KEY", "must have 32 characters, as set in the merchant platform")
    return WeChatPaySettings(
        mch_id=values["MCH_ID"],
        serial=values["SERIAL"],
        key_file=Path(values["KEY_FILE"]),
        apiv3_key=values["APIV3_KEY"],
        public_key_id=values["PUBLIC_KEY_ID"],
        public_key_file=Path(values["PUBLIC_KEY_FILE"]),
        notify_url=values["NOTIFY_URL"],
        url=_provider_url(given, f"{WECHAT_PAY}URL", WECHAT_PAY_URL),
        payment_no=_one_of(given, f"{WECHAT_PAY}PAYMENT_NO", "out_trade_no", "transaction_id"),
    )


def _alipay(given: Mapping[str, str]) -> AlipaySettings | None:
    values = _all_or_none(given, ALIPAY, ("APP_ID", "KEY_FILE", "PUBLIC_KEY_FILE"))
    if values is None:
        return None
    _match(ALIPAY, values, "APP_ID", r"[0-9]+", "only digits")
    return AlipaySettings(
        app_id=values["APP_ID"],
        key_file=Path(values["KEY_FILE"]),
        public_key_file=Path(values["PUBLIC_KEY_FILE"]),
        url=_provider_url(given, f"{ALIPAY}URL", ALIPAY_URL),
        payment_no=_one_of(given, f"{ALIPAY}PAYMENT_NO", "out_trade_no", "trade_no"),
    )


def _all_or_none(given: Mapping[str, str], prefix: str, names: Sequence[str]) -> dict[str, str] | None:
    """A provider's settings by their names without the prefix; half of them is a mistake, not a choice."""
    values = {name: given.get(prefix + name, "") for name in names}
    missing = [prefix + name for name, value in values.items() if not value]
    if len(missing) == len(names):
        return None
    if missing:
        raise SettingsError(", ".join(missing), f"missing: {prefix}… is given in part, and all of it is needed")
    return values


def _match(prefix: str, values: Mapping[str, str], name: str, form: str, rule: str) -> None:
    if re.fullmatch(form, values[name]) is None:
        raise SettingsError(prefix + name, f"must be {rule}, not {values[name]!r}")


def _one_of(given: Mapping[str, str], name: str, usual: str, other: str) -> str:
    value = given.get(name) or usual
    if value not in (usual, other):
        raise SettingsError(name, f"must be {usual} or {other}, not {value!r}")
    return value


def _provider_url(given: Mapping[str, str], name: str, default: str) -> str:
    """Where a provider is called: never in the clear beyond this machine."""
    url = given.get(name) or default
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) != ("http", "127.0.0.1"):
        raise SettingsError(name, f"must begin with https://, not {url!r}")
    return url.rstrip("/")


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(name, f"{value!r} is not a port number")
    return int(value)


def _flag(given: Mapping[str, str], name: str) -> bool:
    value = given.get(name) or "0"
    if value not in ("0", "1"):
        raise SettingsError(name, f"must be 0 or 1, not {value!r}")
    return value == "1"


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text("utf-8").splitlines() if _is_setting(line))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def _is_setting(line: str) -> bool:
    return "=" in line and not line.lstrip().startswith("#")
