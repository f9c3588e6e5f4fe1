"""What an exchange for another article comes to, in integer fen."""

import pytest

from backend.domain.case import CaseLine
from backend.domain.order import OrderLine
from backend.domain.price_gap import Swap, given_back_fen, owed_fen, swap_for, swapped
from tests.builders import a_filed_case, an_order


@pytest.mark.parametrize(("price_fen", "gap_fen"), [(7000, 2000), (3000, -2000), (5000, 0)], ids=["+20", "-20", "even"])
def test_golden_the_gap_is_the_price_less_what_was_paid(price_fen: int, gap_fen: int) -> None:
    assert swap_for(CaseLine(1, "CUP", 1), an_order(), "CUP-L", price_fen, sent_before=False).gap_fen == gap_fen


def test_it_counts_what_was_really_paid_and_not_the_list_price() -> None:
    order = an_order(lines=(OrderLine(1, "CUP", "杯", "家居", 3, 5000, 0, 10000),))
    assert swap_for(CaseLine(1, "CUP", 2), order, "CUP-L", 5000, sent_before=False).gap_fen == 10000 - 6666


def test_after_a_first_exchange_it_counts_what_was_sent() -> None:
    line = CaseLine(1, "CUP", 1, send_sku="CUP-L", send_price_fen=7000)
    assert swap_for(line, an_order(), "CUP-S", 6000, sent_before=True).gap_fen == -1000
    assert swap_for(line, an_order(), "CUP-S", 6000, sent_before=False).gap_fen == 1000


def test_an_offer_is_read_from_the_log_as_it_was_made() -> None:
    swap = Swap("CUP-L", 7000, 2000)
    assert Swap.offered({**swap.offer, "reason": "换大号"}) == swap
    assert Swap.offered({"offer_remedy": "REFUND_ONLY"}) is None


def test_without_a_swap_the_article_itself_is_sent() -> None:
    (line,) = swapped((CaseLine(1, "CUP", 1, send_sku="CUP-L", send_price_fen=7000),), None)
    assert (line.send_sku, line.send_price_fen) == (None, None)


@pytest.mark.parametrize(
    ("remedy", "gap_fen", "owed", "back"),
    [
        ("EXCHANGE", 2000, 2000, 0),
        ("EXCHANGE", -2000, 0, 2000),
        ("REPAIR", 5000, 5000, 0),
        ("EXCHANGE", None, 0, 0),
        ("RETURN_REFUND", 2000, 0, 0),
    ],
)
def test_a_gap_is_owed_by_one_side_and_only_for_what_is_still_to_be_sent(
    remedy: str, gap_fen: int | None, owed: int, back: int
) -> None:
    case = a_filed_case(remedy=remedy, gap_fen=gap_fen)
    assert (owed_fen(case), given_back_fen(case)) == (owed, back)
