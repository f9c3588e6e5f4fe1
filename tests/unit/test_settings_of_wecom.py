"""The settings of WeCom's customer service: all of them or none, each of the right form, none of the secrets shown."""

import pytest

from backend.errors import SettingsError
from backend.settings import read_settings

WECOM = {
    "ANXIN_WECOM_CORP_ID": "ww0123456789abcdef",
    "ANXIN_WECOM_SECRET": "the secret of its customer service",
    "ANXIN_WECOM_TOKEN": "token123",
    "ANXIN_WECOM_AES_KEY": "a" * 43,
}


def test_what_is_given_is_read_and_its_secrets_are_not_shown() -> None:
    wecom = read_settings(WECOM).wecom
    assert wecom is not None and (wecom.corp_id, wecom.url) == ("ww0123456789abcdef", "https://qyapi.weixin.qq.com")
    assert not any(WECOM[f"ANXIN_WECOM_{name}"] in repr(wecom) for name in ("SECRET", "TOKEN", "AES_KEY"))


def test_without_them_it_is_off() -> None:
    assert read_settings({}).wecom is None


@pytest.mark.parametrize("missing", sorted(WECOM))
def test_in_part_they_are_refused(missing: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({name: value for name, value in WECOM.items() if name != missing})
    assert caught.value.name == missing


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANXIN_WECOM_CORP_ID", "my company"),
        ("ANXIN_WECOM_TOKEN", "x"),
        ("ANXIN_WECOM_AES_KEY", "a" * 42),
        ("ANXIN_WECOM_URL", "http://qyapi.weixin.qq.com"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({**WECOM, name: value})
    assert caught.value.name == name
