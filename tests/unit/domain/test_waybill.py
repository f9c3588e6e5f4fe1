"""Waybill numbers: whose they are, and which are nonsense."""

import pytest

from backend.domain.waybill import WaybillRefused, carrier_named, read_waybill


@pytest.mark.parametrize(
    ("number", "carrier", "code", "plain"),
    [
        ("SF1357924680123", None, "sf", "SF1357924680123"),
        ("sf 1357 9246 80123", None, "sf", "SF1357924680123"),
        ("yt-9753186420123", None, "yto", "YT9753186420123"),
        ("JDVA13579246802", None, "jd", "JDVA13579246802"),
        ("JT1357924680135", None, "jt", "JT1357924680135"),
        ("773001357924680", None, "sto", "773001357924680"),
        ("EA135792468CN", None, "ems", "EA135792468CN"),
        ("75313579246801", "中通快递", "zto", "75313579246801"),
        ("4313579246801", "韵达", "yunda", "4313579246801"),
        ("135792468013", "顺丰速运", "sf", "135792468013"),
        ("135792468013", None, "other", "135792468013"),
    ],
)
def test_a_number_is_read_with_its_carrier(number: str, carrier: str | None, code: str, plain: str) -> None:
    waybill = read_waybill(number, carrier)
    assert (waybill.carrier.code, waybill.number) == (code, plain)


@pytest.mark.parametrize("number", ["", "1", "SF12", "12345678", "1111111111", "ABCDEFGHIJ", "寄出了", "9" * 21])
def test_nonsense_is_refused(number: str) -> None:
    with pytest.raises(WaybillRefused) as refused:
        read_waybill(number)
    assert refused.value.reason == "malformed"


def test_a_number_of_another_carrier_is_refused() -> None:
    with pytest.raises(WaybillRefused, match="wrong_carrier"):
        read_waybill("SF1357924680123", "极兔")


def test_a_carrier_that_nobody_knows_is_refused() -> None:
    with pytest.raises(WaybillRefused, match="unknown_carrier"):
        read_waybill("SF1357924680123", "飞鸽传书")
    assert carrier_named("EMS") is not None and carrier_named("飞鸽") is None
