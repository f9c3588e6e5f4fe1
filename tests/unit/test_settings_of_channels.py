"""The settings of chat platforms: all of a platform's or none, and each of the right form."""

import pytest

from backend.errors import SettingsError
from backend.settings import Settings, read_settings

TOKEN = "1234567890:" + "A" * 35
TELEGRAM = {
    "ANXIN_TELEGRAM_TOKEN": TOKEN,
    "ANXIN_TELEGRAM_WEBHOOK_URL": "https://shop.example/webhooks/telegram/updates",
    "ANXIN_TELEGRAM_SECRET": "s" * 32,
}
WECHAT = {
    "ANXIN_WECHAT_APP_ID": "wx0123456789abcdef",
    "ANXIN_WECHAT_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "ANXIN_WECHAT_TOKEN": "token123",
    "ANXIN_WECHAT_AES_KEY": "a" * 43,
}


def read(**given: str) -> Settings:
    return read_settings(given)


def refused(**given: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read(**given)
    return caught.value


def test_without_credentials_there_are_no_platforms() -> None:
    settings = read(ANXIN_TELEGRAM_TOKEN="", ANXIN_WECHAT_APP_ID="")
    assert (settings.telegram, settings.wechat) == (None, None)


def test_what_is_given_is_read() -> None:
    settings = read(**TELEGRAM, **WECHAT, ANXIN_WECHAT_PASSIVE_ONLY="1")
    assert settings.telegram is not None and settings.wechat is not None
    assert (settings.telegram.token, settings.telegram.webhook_url, settings.telegram.secret) == (
        TOKEN,
        TELEGRAM["ANXIN_TELEGRAM_WEBHOOK_URL"],
        "s" * 32,
    )
    assert settings.telegram.url == "https://api.telegram.org"
    assert (settings.wechat.app_id, settings.wechat.passive_only) == ("wx0123456789abcdef", True)
    assert settings.wechat.url == "https://api.weixin.qq.com"


def test_a_bots_token_alone_is_enough_to_poll() -> None:
    telegram = read(ANXIN_TELEGRAM_TOKEN=TOKEN).telegram
    assert telegram is not None and telegram.webhook_url is None


def test_without_an_aes_key_wechat_speaks_in_the_clear() -> None:
    wechat = read(**{**WECHAT, "ANXIN_WECHAT_AES_KEY": ""}).wechat
    assert wechat is not None and wechat.aes_key == "" and not wechat.passive_only


@pytest.mark.parametrize("missing", ["APP_ID", "APP_SECRET", "TOKEN"])
def test_half_of_wechats_is_refused_and_what_is_missing_is_named(missing: str) -> None:
    error = refused(**{name: value for name, value in WECHAT.items() if name != f"ANXIN_WECHAT_{missing}"})
    assert error.name == f"ANXIN_WECHAT_{missing}" and "missing" in error.reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANXIN_TELEGRAM_TOKEN", "no token"),
        ("ANXIN_TELEGRAM_WEBHOOK_URL", "http://shop.example/webhooks/telegram/updates"),
        ("ANXIN_TELEGRAM_SECRET", ""),
        ("ANXIN_TELEGRAM_SECRET", "short"),
        ("ANXIN_TELEGRAM_SECRET", "with a blank in it, which no header of Telegram has"),
        ("ANXIN_TELEGRAM_URL", "http://api.telegram.org"),
        ("ANXIN_WECHAT_APP_ID", "gh_0123"),
        ("ANXIN_WECHAT_TOKEN", "x"),
        ("ANXIN_WECHAT_AES_KEY", "a" * 42),
        ("ANXIN_WECHAT_PASSIVE_ONLY", "yes"),
        ("ANXIN_WECHAT_URL", "http://api.weixin.qq.com"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_by_its_name(name: str, value: str) -> None:
    assert refused(**{**TELEGRAM, **WECHAT, name: value}).name == name


@pytest.mark.parametrize("name", ["ANXIN_TELEGRAM_TOKEN", "ANXIN_WECHAT_TOKEN", "ANXIN_WECHAT_AES_KEY"])
def test_a_refused_secret_is_not_repeated(name: str) -> None:
    assert "s3cr?t" not in str(refused(**{**TELEGRAM, **WECHAT, name: "s3cr?t"}))


def test_no_secret_is_shown_with_the_settings() -> None:
    shown = repr(read(**TELEGRAM, **WECHAT))
    for secret in (TOKEN, "s" * 32, WECHAT["ANXIN_WECHAT_APP_SECRET"], "token123", "a" * 43):
        assert secret not in shown


def test_a_server_of_ones_own_on_this_machine_may_be_called_in_the_clear() -> None:
    telegram = read(**TELEGRAM, ANXIN_TELEGRAM_URL="http://127.0.0.1:8091/").telegram
    assert telegram is not None and telegram.url == "http://127.0.0.1:8091"
