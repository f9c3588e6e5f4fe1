"""What chat platforms need: each in full or not at all. A platform without settings is off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from backend.errors import SettingsError
from backend.settings.reading import all_or_none, flag, match, outside_url

TELEGRAM = "ANXIN_TELEGRAM_"
TELEGRAM_URL = "https://api.telegram.org"
WECHAT = "ANXIN_WECHAT_"
WECHAT_URL = "https://api.weixin.qq.com"
WECOM = "ANXIN_WECOM_"
WECOM_URL = "https://qyapi.weixin.qq.com"


@dataclass(frozen=True)
class TelegramSettings:
    """What the Telegram bot needs (`docs/telegram.md` tells where each comes from)."""

    token: str = field(repr=False)
    """ANXIN_TELEGRAM_TOKEN: the bot's token, from @BotFather."""
    webhook_url: str | None = None
    """ANXIN_TELEGRAM_WEBHOOK_URL: `https://…/webhooks/telegram/updates`, where Telegram calls; none polls instead."""
    secret: str = field(default="", repr=False)
    """ANXIN_TELEGRAM_SECRET: what Telegram sends back in a header with every call; needed with a webhook."""
    url: str = TELEGRAM_URL
    """ANXIN_TELEGRAM_URL: where the Bot API is called; a server of one's own is possible."""


@dataclass(frozen=True)
class WeChatTemplate:
    """A form of the account for a notice of ours: what each of its fields says, worded like the notice itself."""

    template_id: str
    fields: Mapping[str, str]
    subscription: bool = False
    """A notice that customers agree to get (订阅通知), not a template message."""


@dataclass(frozen=True)
class WeChatSettings:
    """What the Official Account needs (`docs/channels.md` tells where each comes from)."""

    app_id: str
    """ANXIN_WECHAT_APP_ID: the account's AppID."""
    app_secret: str = field(repr=False)
    """ANXIN_WECHAT_APP_SECRET: its AppSecret."""
    token: str = field(repr=False)
    """ANXIN_WECHAT_TOKEN: what WeChat's calls are signed with."""
    aes_key: str = field(default="", repr=False)
    """ANXIN_WECHAT_AES_KEY: the EncodingAESKey, 43 characters; without it messages come in the clear."""
    passive_only: bool = False
    """ANXIN_WECHAT_PASSIVE_ONLY: 1 for accounts without the right to send customer-service messages."""
    templates: Mapping[str, WeChatTemplate] = field(default_factory=dict)
    """ANXIN_WECHAT_TEMPLATES: a YAML file, or JSON: by the name of a notice the form that it takes outside the 48 hours
    (`docs/wechat.md`)."""
    url: str = WECHAT_URL
    """ANXIN_WECHAT_URL: where WeChat's API is called."""


@dataclass(frozen=True)
class WeComSettings:
    """What WeCom's customer service (微信客服) needs (`docs/wechat.md` tells where each comes from)."""

    corp_id: str
    """ANXIN_WECOM_CORP_ID: the company's CorpID."""
    secret: str = field(repr=False)
    """ANXIN_WECOM_SECRET: the Secret of its customer service."""
    token: str = field(repr=False)
    """ANXIN_WECOM_TOKEN: what WeCom's calls are signed with."""
    aes_key: str = field(repr=False)
    """ANXIN_WECOM_AES_KEY: the EncodingAESKey, 43 characters."""
    url: str = WECOM_URL
    """ANXIN_WECOM_URL: where WeCom's API is called."""


def telegram(given: Mapping[str, str]) -> TelegramSettings | None:
    """Those of Telegram. Raises SettingsError."""
    values = all_or_none(given, TELEGRAM, ("TOKEN",))
    if values is None:
        return None
    match(TELEGRAM, values, "TOKEN", r"[0-9]+:[A-Za-z0-9_-]{30,}", "a bot's token as @BotFather gives it", secret=True)
    webhook_url, secret = given.get(f"{TELEGRAM}WEBHOOK_URL") or None, given.get(f"{TELEGRAM}SECRET", "")
    if webhook_url is not None and not webhook_url.startswith("https://"):
        raise SettingsError(f"{TELEGRAM}WEBHOOK_URL", f"must begin with https://, not {webhook_url!r}")
    if webhook_url is not None:
        match(
            TELEGRAM,
            {"SECRET": secret},
            "SECRET",
            r"[A-Za-z0-9_-]{16,256}",
            "16 to 256 of A-Z a-z 0-9 _ -",
            secret=True,
        )
    return TelegramSettings(
        token=values["TOKEN"],
        webhook_url=webhook_url,
        secret=secret,
        url=outside_url(given, f"{TELEGRAM}URL", TELEGRAM_URL),
    )


def wechat(given: Mapping[str, str]) -> WeChatSettings | None:
    """Those of the Official Account. Raises SettingsError."""
    values = all_or_none(given, WECHAT, ("APP_ID", "APP_SECRET", "TOKEN"))
    if values is None:
        return None
    values["AES_KEY"] = given.get(f"{WECHAT}AES_KEY", "")
    match(WECHAT, values, "APP_ID", r"wx[0-9A-Za-z]+", "an AppID, wx…")
    match(WECHAT, values, "TOKEN", r"[A-Za-z0-9]{3,32}", "3 to 32 letters and digits", secret=True)
    match(WECHAT, values, "AES_KEY", r"([A-Za-z0-9]{43})?", "43 letters and digits, or nothing", secret=True)
    return WeChatSettings(
        app_id=values["APP_ID"],
        app_secret=values["APP_SECRET"],
        token=values["TOKEN"],
        aes_key=values["AES_KEY"],
        passive_only=flag(given, f"{WECHAT}PASSIVE_ONLY"),
        templates=_wechat_templates(given.get(f"{WECHAT}TEMPLATES", "")),
        url=outside_url(given, f"{WECHAT}URL", WECHAT_URL),
    )


def wecom(given: Mapping[str, str]) -> WeComSettings | None:
    """Those of WeCom's customer service. Raises SettingsError."""
    values = all_or_none(given, WECOM, ("CORP_ID", "SECRET", "TOKEN", "AES_KEY"))
    if values is None:
        return None
    match(WECOM, values, "CORP_ID", r"w[0-9A-Za-z]{5,37}", "a CorpID, ww…")
    match(WECOM, values, "TOKEN", r"[A-Za-z0-9]{3,32}", "3 to 32 letters and digits", secret=True)
    match(WECOM, values, "AES_KEY", r"[A-Za-z0-9]{43}", "43 letters and digits", secret=True)
    return WeComSettings(
        corp_id=values["CORP_ID"],
        secret=values["SECRET"],
        token=values["TOKEN"],
        aes_key=values["AES_KEY"],
        url=outside_url(given, f"{WECOM}URL", WECOM_URL),
    )


def _wechat_templates(value: str) -> dict[str, WeChatTemplate]:
    name = f"{WECHAT}TEMPLATES"
    if not value:
        return {}
    try:
        listed: Any = yaml.safe_load(value if value.lstrip().startswith("{") else Path(value).read_text("utf-8"))
        return {notice: _wechat_template(form) for notice, form in listed.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SettingsError(name, f"cannot be read: {exc}") from exc
    except (AttributeError, TypeError) as exc:
        rule = "must give each notice a `template_id`, `fields` by name and, if need be, `subscription: true`"
        raise SettingsError(name, f"{rule}: {exc}") from exc


def _wechat_template(form: Mapping[str, Any]) -> WeChatTemplate:
    """Raises TypeError for what it lacks or does not know."""
    template = WeChatTemplate(**form)
    texts = [template.template_id, *template.fields, *template.fields.values()]
    if not all(isinstance(each, str) for each in texts) or not isinstance(template.subscription, bool):
        raise TypeError(f"{template.template_id}: texts in quotes, please")
    return template
