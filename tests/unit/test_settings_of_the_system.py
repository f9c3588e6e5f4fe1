"""Settings of the system itself: what is wrong is named, and what is secret is never shown."""

import pytest

from backend.errors import SettingsError
from backend.settings import read_settings

SECRET = "p4ssw0rd"
KEPT = {
    "ANXIN_SECRET_KEY": SECRET,
    "ANXIN_DATABASE_URL": f"postgresql://anxin:{SECRET}@db/anxin",
    "ANXIN_QUEUE_URL": f"postgresql://anxin:{SECRET}@db/queue",
    "ANXIN_REDIS_URL": f"redis://:{SECRET}@redis/0",
    "ANXIN_EVIDENCE_URL": f"s3://key:{SECRET}@bucket/shop",
}


def test_settings_that_are_shown_or_logged_show_no_secret() -> None:
    settings = read_settings(KEPT)
    assert SECRET in settings.database_url and settings.secret_key == SECRET
    assert SECRET not in repr(settings) and SECRET not in f"{settings}"


def test_nobodys_word_is_taken_by_default() -> None:
    assert read_settings({}).trusted_proxies == ()


def test_trusted_proxies_are_addresses_and_networks() -> None:
    settings = read_settings({"ANXIN_TRUSTED_PROXIES": "127.0.0.1, 172.16.0.0/12,fd00::/8,"})
    assert settings.trusted_proxies == ("127.0.0.1/32", "172.16.0.0/12", "fd00::/8")


@pytest.mark.parametrize("given", ["*", "nginx", "10.0.0.1/8", "300.1.1.1"])
def test_a_trusted_proxy_that_is_no_address_is_named(given: str) -> None:
    with pytest.raises(SettingsError, match="ANXIN_TRUSTED_PROXIES"):
        read_settings({"ANXIN_TRUSTED_PROXIES": given})


def test_how_long_customers_wait_before_they_are_told_is_given_in_seconds() -> None:
    assert read_settings({}).patience_seconds == 6
    assert read_settings({"ANXIN_PATIENCE_SECONDS": "20"}).patience_seconds == 20


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "soon", "86401"])
def test_a_patience_that_is_no_number_of_seconds_is_named(given: str) -> None:
    with pytest.raises(SettingsError, match="ANXIN_PATIENCE_SECONDS"):
        read_settings({"ANXIN_PATIENCE_SECONDS": given})
