"""What is strange about a case: who asks, what they show, and which pictures look alike."""

import random

import pytest

from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.domain import risk
from backend.domain.evidence import Evidence
from backend.domain.risk import CustomerRecord, SeenPhoto, SignalKind
from backend.domain.rule_types import Fault
from backend.domain.rules_of_service import RiskSignals
from tests.builders import a_photo

PICTURE = "f0e1d2c3b4a59687"


@pytest.fixture(scope="module")
def rules() -> RiskSignals:
    return parse(read_directory(SHIPPED).text).rules.risk.signals


def flipped(phash: str, places: list[int]) -> str:
    bits = int(phash, 16)
    for place in places:
        bits ^= 1 << place
    return format(bits, "016x")


def seen(phash: str | None, sha256: str = "another file") -> SeenPhoto:
    return SeenPhoto("photo-9", "RC20261101000009", sha256, phash)


def kinds(own: Evidence, other: SeenPhoto, rules: RiskSignals) -> list[SignalKind]:
    return [finding.kind for finding in risk.of_photos([own], [other], rules)]


@pytest.mark.parametrize(
    ("orders", "refunded_before", "pays", "strange"),
    [(5, 1, True, True), (5, 0, True, False), (4, 3, True, False), (5, 1, False, False), (10, 2, True, False)],
    ids=["2 of 5", "1 of 5", "too few orders", "asks for no money", "3 of 10 is not above 30"],
)
def test_many_refunds_are_strange_from_five_orders_on(
    rules: RiskSignals, orders: int, refunded_before: int, pays: bool, strange: bool
) -> None:
    found = list(risk.of_customer(CustomerRecord(orders, refunded_before, 0), 5000, pays, rules))
    assert [finding.kind for finding in found] == [SignalKind.REFUND_RATE] * strange


@pytest.mark.parametrize(("others", "strange"), [(1, False), (2, True)])
def test_a_third_open_case_is_strange(rules: RiskSignals, others: int, strange: bool) -> None:
    found = list(risk.of_customer(CustomerRecord(9, 0, others), 5000, True, rules))
    assert [finding.kind for finding in found] == [SignalKind.OPEN_CASES] * strange


@pytest.mark.parametrize(("orders", "worth", "strange"), [(1, 200000, True), (1, 199999, False), (2, 900000, False)])
def test_a_first_order_worth_much_is_strange(rules: RiskSignals, orders: int, worth: int, strange: bool) -> None:
    found = list(risk.of_customer(CustomerRecord(orders, 0, 0), worth, True, rules))
    assert [finding.kind for finding in found] == [SignalKind.NEW_CUSTOMER] * strange


def test_the_very_file_is_told_from_a_picture_that_looks_like_it(rules: RiskSignals) -> None:
    own = a_photo(sha256="one file", phash=PICTURE)
    assert kinds(own, seen(PICTURE, "one file"), rules) == [SignalKind.PHOTO_REUSED]
    assert kinds(own, seen(flipped(PICTURE, [0, 9, 20, 33, 47, 60])), rules) == [SignalKind.PHOTO_SIMILAR]
    assert kinds(own, seen(flipped(PICTURE, [0, 9, 20, 33, 47, 60, 61])), rules) == []


@pytest.mark.parametrize("blank", ["0" * 16, "8" + "0" * 15, "f" * 16])
def test_blank_pictures_look_like_nothing(rules: RiskSignals, blank: str) -> None:
    assert not risk.tells_apart(blank)
    assert kinds(a_photo(phash=blank, sha256="one file"), seen(blank), rules) == []


def test_a_video_is_known_by_its_file_alone(rules: RiskSignals) -> None:
    assert kinds(a_photo(phash=None, sha256="film"), seen(None, "film"), rules) == [SignalKind.PHOTO_REUSED]
    assert kinds(a_photo(phash=None, sha256="film"), seen(None), rules) == []


def test_neighbours_find_every_picture_up_to_the_greatest_distance_of_the_rules() -> None:
    chance = random.Random(7)
    for _ in range(300):
        places = chance.sample(range(64), risk.MOST_DISTANCE)
        other = risk.bands(flipped(PICTURE, places))
        near = (set(risk.neighbours(band)) for band in risk.bands(PICTURE))
        assert any(theirs in ours for theirs, ours in zip(other, near, strict=True))


@pytest.mark.parametrize(
    ("claimed", "confirmed", "strange"),
    [
        (Fault.MERCHANT, Fault.CUSTOMER, True),
        (Fault.CARRIER, Fault.CUSTOMER, True),
        (Fault.MERCHANT, Fault.JUDGED, False),
        (Fault.CUSTOMER, Fault.MERCHANT, False),
    ],
)
def test_a_fault_claimed_to_be_the_shops_that_was_the_customers_is_strange(
    claimed: Fault, confirmed: Fault, strange: bool
) -> None:
    found = list(risk.of_reasons("quality", "no_reason", (claimed, confirmed)))
    assert [finding.kind for finding in found] == [SignalKind.REASON_GAP] * strange


def test_several_signals_of_one_kind_make_a_case_no_riskier() -> None:
    assert risk.level([SignalKind.PHOTO_REUSED, SignalKind.PHOTO_REUSED, SignalKind.OPEN_CASES]) == 2
