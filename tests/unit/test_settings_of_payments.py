"""The settings of payment providers: all of a provider's or none, and each of the right form."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.settings import ALIPAY, WECHAT_PAY, AlipaySettings, Settings, WeChatPaySettings, read_settings
from tests.doubles import alipay, wechat_pay


@pytest.fixture
def wechat(tmp_path: Path) -> dict[str, str]:
    return wechat_pay.environment(tmp_path)


@pytest.fixture
def ali(tmp_path: Path) -> dict[str, str]:
    return alipay.environment(tmp_path)


def refused(given: dict[str, str]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        read_settings(given)
    return caught.value


def read(given: dict[str, str]) -> Settings:
    return read_settings(given)


def test_without_credentials_there_are_no_providers() -> None:
    settings = read({"ANXIN_WECHAT_PAY_MCH_ID": "", "ANXIN_ALIPAY_URL": "https://openapi.example"})
    assert (settings.wechat_pay, settings.alipay) == (None, None)


def test_all_of_them_are_read(wechat: dict[str, str], ali: dict[str, str], tmp_path: Path) -> None:
    settings = read({**wechat, **ali})
    assert settings.wechat_pay == wechat_pay.settings(tmp_path)
    assert settings.alipay == alipay.settings(tmp_path)


def test_the_providers_own_addresses_are_used_where_none_is_given(wechat: dict[str, str], ali: dict[str, str]) -> None:
    settings = read({name: value for name, value in {**wechat, **ali}.items() if not name.endswith("PAY_URL")})
    assert settings.wechat_pay is not None and settings.alipay is not None
    assert settings.wechat_pay.url == "https://api.mch.weixin.qq.com"
    assert settings.alipay.url == "https://openapi.alipay.com/gateway.do"


@pytest.mark.parametrize(
    "name", ["MCH_ID", "SERIAL", "KEY_FILE", "APIV3_KEY", "PUBLIC_KEY_ID", "PUBLIC_KEY_FILE", "NOTIFY_URL"]
)
def test_half_of_wechat_pays_is_refused_and_what_is_missing_is_named(wechat: dict[str, str], name: str) -> None:
    del wechat[f"ANXIN_WECHAT_PAY_{name}"]
    error = refused(wechat)
    assert error.name == f"ANXIN_WECHAT_PAY_{name}" and "missing" in error.reason


def test_everything_that_is_missing_is_named_at_once(ali: dict[str, str]) -> None:
    error = refused({"ANXIN_ALIPAY_APP_ID": ali["ANXIN_ALIPAY_APP_ID"]})
    assert error.name == "ANXIN_ALIPAY_KEY_FILE, ANXIN_ALIPAY_PUBLIC_KEY_FILE"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MCH_ID", "wx1900000109"),
        ("SERIAL", "5F:3A"),
        ("APIV3_KEY", "short"),
        ("PUBLIC_KEY_ID", "5F3A"),
        ("NOTIFY_URL", "http://shop.example/webhooks/payments/wechat_pay"),
        ("NOTIFY_URL", "https://shop.example/webhooks/payments/wechat_pay?a=1"),
        ("PAYMENT_NO", "trade_no"),
        ("URL", "http://api.mch.weixin.qq.com"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(wechat: dict[str, str], name: str, value: str) -> None:
    error = refused({**wechat, f"ANXIN_WECHAT_PAY_{name}": value})
    assert error.name == f"ANXIN_WECHAT_PAY_{name}"


def test_the_secret_is_not_part_of_a_message(wechat: dict[str, str]) -> None:
    secret = "0123456789abcdef0123456789abcde"
    error = refused({**wechat, "ANXIN_WECHAT_PAY_APIV3_KEY": secret})
    assert secret not in str(error)
    assert wechat_pay.APIV3_KEY not in repr(read(wechat))


def test_the_page_about_payments_names_exactly_these_settings() -> None:
    page = (Path(__file__).parents[2] / "docs" / "payments.md").read_text("utf-8")
    kinds: dict[str, type] = {WECHAT_PAY: WeChatPaySettings, ALIPAY: AlipaySettings}
    known = {prefix + field.name.upper() for prefix, kind in kinds.items() for field in fields(kind)}
    assert set(re.findall(r"`(ANXIN_\w+)`", page)) == known
