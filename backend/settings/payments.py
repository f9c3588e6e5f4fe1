"""What payment providers need: each in full or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.errors import SettingsError
from backend.settings.reading import all_or_none, match, one_of, outside_url

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


def wechat_pay(given: Mapping[str, str]) -> WeChatPaySettings | None:
    """Those of WeChat Pay. Raises SettingsError."""
    names = ("MCH_ID", "SERIAL", "KEY_FILE", "APIV3_KEY", "PUBLIC_KEY_ID", "PUBLIC_KEY_FILE", "NOTIFY_URL")
    values = all_or_none(given, WECHAT_PAY, names)
    if values is None:
        return None
    match(WECHAT_PAY, values, "MCH_ID", r"[0-9]+", "only digits")
    match(WECHAT_PAY, values, "SERIAL", r"[0-9A-Fa-f]+", "the certificate's serial number in hexadecimal")
    match(WECHAT_PAY, values, "PUBLIC_KEY_ID", r"PUB_KEY_ID_\w+", "like PUB_KEY_ID_…")
    match(WECHAT_PAY, values, "NOTIFY_URL", r"https://[^?#\s]+", "an https:// address without parameters")
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
        url=outside_url(given, f"{WECHAT_PAY}URL", WECHAT_PAY_URL),
        payment_no=one_of(given, f"{WECHAT_PAY}PAYMENT_NO", "out_trade_no", "transaction_id"),
    )


def alipay(given: Mapping[str, str]) -> AlipaySettings | None:
    """Those of Alipay. Raises SettingsError."""
    values = all_or_none(given, ALIPAY, ("APP_ID", "KEY_FILE", "PUBLIC_KEY_FILE"))
    if values is None:
        return None
    match(ALIPAY, values, "APP_ID", r"[0-9]+", "only digits")
    return AlipaySettings(
        app_id=values["APP_ID"],
        key_file=Path(values["KEY_FILE"]),
        public_key_file=Path(values["PUBLIC_KEY_FILE"]),
        url=outside_url(given, f"{ALIPAY}URL", ALIPAY_URL),
        payment_no=one_of(given, f"{ALIPAY}PAYMENT_NO", "out_trade_no", "trade_no"),
    )
