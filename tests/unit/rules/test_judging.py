"""What the shipped rule book says to requests: every reason, every window, every way to be refused."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from backend.adapters.rule_book import load_rule_book
from backend.domain.evidence import EvidenceKind
from backend.domain.judging import judge, missing_for
from backend.domain.order import OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook, Scope
from backend.domain.rule_types import Anchor, Span
from backend.domain.rules import with_parameter
from backend.domain.verdict import Outcome, Result, Verdict
from tests.unit.rules.orders import an_order, asking, at, cups

BOOK = load_rule_book()
SOON = at("2026-11-04 12:00:00")
LATE = at("2026-11-30 12:00:00")

ALLOWED, REVIEW, REFUSED = Outcome.ALLOWED, Outcome.NEEDS_REVIEW, Outcome.REFUSED
REFUND, RETURN, EXCHANGE = Wish.REFUND, Wish.RETURN, Wish.EXCHANGE
REPAIR, RESEND, DIFFERENCE = Wish.REPAIR, Wish.RESEND, Wish.PRICE_DIFFERENCE


def result_of(verdict: Verdict, check_id: str) -> Result:
    (found,) = (check for check in verdict.checks if check.id == check_id)
    return found.result


def saying(**parameters: object) -> RuleBook:
    """The shipped rule book with other values, by the parameters' names."""
    rules = BOOK.rules
    for name, value in parameters.items():
        rules = with_parameter(rules, tuple(name.split(".")), value)
    return replace(BOOK, rules=rules)


def told_by(verdict: Verdict, check_id: str) -> str:
    (found,) = (check for check in verdict.checks if check.id == check_id)
    return found.reason


# Each reason of the catalogue with the wishes that matter, on goods signed yesterday with all evidence there.
CATALOGUE = [
    (Reason.QUALITY, REFUND, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.QUALITY, RETURN, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.QUALITY, EXCHANGE, ALLOWED, "EXCHANGE", "merchant"),
    (Reason.QUALITY, REPAIR, ALLOWED, "REPAIR", "merchant"),
    (Reason.QUALITY, RESEND, REFUSED, "RESHIP", "none"),
    (Reason.DAMAGED, REFUND, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.DAMAGED, RESEND, ALLOWED, "RESHIP", "none"),
    (Reason.DAMAGED, REPAIR, REFUSED, "REPAIR", "merchant"),
    (Reason.COUNTERFEIT, REFUND, REVIEW, "RETURN_REFUND", "merchant"),
    (Reason.COUNTERFEIT, EXCHANGE, REFUSED, "EXCHANGE", "merchant"),
    (Reason.WRONG_ITEM, EXCHANGE, ALLOWED, "EXCHANGE", "merchant"),
    (Reason.WRONG_ITEM, REFUND, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.MISSING, RESEND, ALLOWED, "RESHIP", "none"),
    (Reason.MISSING, REFUND, ALLOWED, "REFUND_ONLY", "none"),
    (Reason.MISSING, RETURN, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.NOT_AS_DESCRIBED, REFUND, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.NOT_AS_DESCRIBED, EXCHANGE, ALLOWED, "EXCHANGE", "merchant"),
    (Reason.SIZE, EXCHANGE, ALLOWED, "EXCHANGE", "customer"),
    (Reason.SIZE, RETURN, ALLOWED, "RETURN_REFUND", "customer"),
    (Reason.COLOUR, EXCHANGE, REVIEW, "EXCHANGE", "ruling"),
    (Reason.NO_REASON, RETURN, ALLOWED, "RETURN_REFUND", "customer"),
    (Reason.NO_REASON, EXCHANGE, ALLOWED, "EXCHANGE", "customer"),
    (Reason.NO_REASON, REPAIR, REFUSED, "REPAIR", "customer"),
    (Reason.ORDERED_BY_MISTAKE, RETURN, ALLOWED, "RETURN_REFUND", "customer"),
    (Reason.LOGISTICS, RESEND, ALLOWED, "RESHIP", "none"),
    (Reason.LOGISTICS, REFUND, ALLOWED, "RETURN_REFUND", "merchant"),
    (Reason.PROMOTION, DIFFERENCE, REVIEW, "PRICE_DIFFERENCE", "none"),
    (Reason.PROMOTION, REFUND, REVIEW, "RETURN_REFUND", "ruling"),
    (Reason.ORDER_ERROR, REFUND, ALLOWED, "RETURN_REFUND", "ruling"),
    (Reason.SERVICE, REFUND, REVIEW, "SERVICE_REFUND", "none"),
    (Reason.USAGE, REPAIR, REVIEW, "REPAIR", "ruling"),
    (Reason.WARRANTY, REPAIR, ALLOWED, "REPAIR", "merchant"),
    (Reason.WARRANTY, RESEND, ALLOWED, "RESHIP", "none"),
    (Reason.WARRANTY, REFUND, REFUSED, "RETURN_REFUND", "merchant"),
    (Reason.OTHER, REFUND, REVIEW, "RETURN_REFUND", "ruling"),
]


@pytest.mark.parametrize(
    ("reason", "wish", "outcome", "remedy", "payer"),
    [pytest.param(*row, id=f"{row[0].value}-{row[1].value}") for row in CATALOGUE],
)
def test_each_reason_gives_what_the_catalogue_says(
    reason: Reason, wish: Wish, outcome: Outcome, remedy: str, payer: str
) -> None:
    verdict = judge(asking(wish, reason), BOOK, SOON)
    assert (verdict.outcome, verdict.remedy, verdict.freight_payer) == (outcome, remedy, payer)


def test_the_catalogue_above_has_all_reasons() -> None:
    assert {row[0] for row in CATALOGUE} == set(Reason)


def test_every_verdict_has_every_check_in_order_with_its_reason() -> None:
    for reason in Reason:
        for wish in Wish:
            verdict = judge(asking(wish, reason), BOOK, SOON)
            assert [check.id for check in verdict.checks] == [
                *("order", "pieces", "window", "category", "wish"),
                *("fault", "evidence", "condition", "risk", "amount"),
            ]
            assert all(check.reason for check in verdict.checks)


WINDOWS = [
    pytest.param(Reason.NO_REASON, RETURN, "2026-11-10 23:59:59", Result.PASS, id="day-7-to-its-last-second"),
    pytest.param(Reason.NO_REASON, RETURN, "2026-11-11 00:00:00", Result.FAIL, id="the-second-after-day-7"),
    pytest.param(Reason.NO_REASON, EXCHANGE, "2026-11-11 00:00:00", Result.WARN, id="a-late-exchange-is-asked-for"),
    pytest.param(Reason.QUALITY, RETURN, "2026-11-18 23:59:59", Result.PASS, id="quality-to-day-15"),
    pytest.param(Reason.QUALITY, RETURN, "2026-11-19 00:00:00", Result.FAIL, id="quality-after-day-15"),
    pytest.param(Reason.QUALITY, REPAIR, "2027-11-03 12:00:00", Result.PASS, id="repair-within-the-warranty"),
    pytest.param(Reason.WARRANTY, REPAIR, "2027-11-03 23:59:59", Result.PASS, id="last-day-of-warranty"),
    pytest.param(Reason.WARRANTY, REPAIR, "2027-11-04 00:00:00", Result.WARN, id="paid-repair-after-it"),
    pytest.param(Reason.WARRANTY, EXCHANGE, "2027-11-04 00:00:00", Result.FAIL, id="no-exchange-after-it"),
    pytest.param(Reason.MISSING, RESEND, "2026-11-05 10:00:00", Result.PASS, id="missing-parts-48-hours"),
    pytest.param(Reason.MISSING, RESEND, "2026-11-05 10:00:01", Result.FAIL, id="missing-parts-a-second-later"),
    pytest.param(Reason.COUNTERFEIT, REFUND, "2028-01-01 00:00:00", Result.PASS, id="counterfeit-has-no-window"),
]


@pytest.mark.parametrize(("reason", "wish", "now", "result"), WINDOWS)
def test_the_window_ends_when_the_rule_book_says(reason: Reason, wish: Wish, now: str, result: Result) -> None:
    assert result_of(judge(asking(wish, reason), BOOK, at(now)), "window") is result


def test_signed_just_before_midnight_in_shanghai_counts_from_that_day() -> None:
    order = an_order(signed_at=datetime(2026, 11, 3, 15, 59, tzinfo=timezone.utc))
    request = asking(RETURN, Reason.NO_REASON, order)
    assert result_of(judge(request, BOOK, at("2026-11-10 23:59:59")), "window") is Result.PASS
    assert result_of(judge(request, BOOK, at("2026-11-11 00:00:00")), "window") is Result.FAIL


@pytest.mark.parametrize(
    ("anchor", "last"),
    [
        (Anchor.SIGNED, "2026-11-10 23:59:59"),
        (Anchor.PURCHASED, "2026-11-08 23:59:59"),
        (Anchor.DELIVERED_PLUS_N, "2026-11-13 23:59:59"),
    ],
)
def test_the_window_begins_where_the_rule_book_says(anchor: Anchor, last: str) -> None:
    book = saying(**{"window.anchor": anchor, "window.delivered_plus_days": 3})
    request, end = asking(RETURN, Reason.NO_REASON), at(last)
    assert result_of(judge(request, book, end), "window") is Result.PASS
    assert result_of(judge(request, book, end + timedelta(seconds=1)), "window") is Result.FAIL


class TestStageOfTheOrder:
    def test_what_has_not_left_is_refunded_whole_without_return_at_any_time(self) -> None:
        order = an_order(status=OrderStatus.PAID, shipping_fen=800)
        verdict = judge(asking(RETURN, Reason.ORDERED_BY_MISTAKE, order, intact=None, evidence=()), BOOK, LATE)
        assert (verdict.outcome, verdict.remedy) == (ALLOWED, "REFUND_ONLY")
        assert verdict.refundable_fen == order.paid_fen == 10800

    def test_a_part_of_what_has_not_left_keeps_the_shipping(self) -> None:
        order = an_order(cups(), cups(5000, line_no=2), status=OrderStatus.PAID, shipping_fen=800)
        verdict = judge(asking(REFUND, Reason.NO_REASON, order, lines=((1, 1),)), BOOK, SOON)
        assert verdict.refundable_fen == 10000

    def test_an_undelivered_order_never_becomes_a_return(self) -> None:
        """D4: the guard against returns of undelivered orders nearly never fired."""
        for status in (OrderStatus.PAID, OrderStatus.SHIPPED):
            for reason in Reason:
                verdict = judge(asking(RETURN, reason, an_order(status=status)), BOOK, SOON)
                assert verdict.remedy in (Remedy.REFUND_ONLY.value, Remedy.SERVICE_REFUND.value)

    def test_an_unpaid_order_is_refused(self) -> None:
        verdict = judge(asking(REFUND, Reason.QUALITY, an_order(payments=())), BOOK, SOON)
        assert verdict.outcome is REFUSED
        assert not verdict.checks[0].overridable and verdict.alternatives == ()

    def test_a_cancelled_order_is_refused(self) -> None:
        verdict = judge(asking(REFUND, Reason.NO_REASON, an_order(status=OrderStatus.CANCELLED)), BOOK, SOON)
        assert verdict.outcome is REFUSED and verdict.alternatives == ()

    def test_a_parcel_on_its_way_is_looked_at_by_a_person(self) -> None:
        verdict = judge(asking(REFUND, Reason.NO_REASON, an_order(status=OrderStatus.SHIPPED)), BOOK, SOON)
        assert (verdict.outcome, verdict.remedy) == (REVIEW, "REFUND_ONLY")

    def test_signed_for_but_not_received_is_looked_at_by_a_person(self) -> None:
        verdict = judge(asking(REFUND, Reason.LOGISTICS, not_received=True), BOOK, SOON)
        assert (verdict.outcome, verdict.remedy) == (REVIEW, "REFUND_ONLY")

    @pytest.mark.parametrize("wish", [EXCHANGE, REPAIR])
    def test_what_has_not_come_cannot_be_exchanged_or_repaired_but_refunded(self, wish: Wish) -> None:
        verdict = judge(asking(wish, Reason.QUALITY, an_order(status=OrderStatus.SHIPPED)), BOOK, SOON)
        assert verdict.outcome is REFUSED
        assert verdict.alternatives == ("refund",)

    def test_who_has_no_goods_is_asked_for_no_photo_of_them(self) -> None:
        request = asking(REFUND, Reason.DAMAGED, an_order(status=OrderStatus.SHIPPED), evidence=())
        assert missing_for(request, BOOK, SOON) == ()
        assert result_of(judge(request, BOOK, SOON), "evidence") is Result.PASS


class TestPieces:
    ORDER = an_order(cups(30000, 3))

    def test_pieces_under_other_cases_are_not_there_any_more(self) -> None:
        """D5 and D16: the rest was computed, then overwritten with the whole."""
        request = asking(RETURN, Reason.NO_REASON, self.ORDER, lines=((1, 2),), claimed={1: 2})
        verdict = judge(request, BOOK, SOON)
        assert result_of(verdict, "pieces") is Result.FAIL
        assert "1 件" in told_by(verdict, "pieces")

    def test_the_last_piece_may_still_go_back(self) -> None:
        request = asking(RETURN, Reason.NO_REASON, self.ORDER, lines=((1, 1),), claimed={1: 2})
        assert judge(request, BOOK, SOON).refundable_fen == 10000

    def test_a_line_named_twice_is_added_up(self) -> None:
        request = asking(RETURN, Reason.NO_REASON, self.ORDER, lines=((1, 2), (1, 2)))
        assert result_of(judge(request, BOOK, SOON), "pieces") is Result.FAIL

    @pytest.mark.parametrize("lines", [(), ((9, 1),), ((1, 0),), ((1, -1),)], ids=["none", "unknown", "zero", "below"])
    def test_lines_that_make_no_sense_are_refused_for_good(self, lines: tuple[tuple[int, int], ...]) -> None:
        verdict = judge(asking(RETURN, Reason.NO_REASON, self.ORDER, lines=lines), BOOK, SOON)
        (check,) = (each for each in verdict.checks if each.id == "pieces")
        assert check.result is Result.FAIL and not check.overridable

    def test_three_cases_of_one_piece_each_sum_to_what_was_paid(self) -> None:
        order = an_order(cups(10000, 3))
        asked = [asking(RETURN, Reason.NO_REASON, order, lines=((1, 1),), claimed={1: before}) for before in range(3)]
        assert [judge(each, BOOK, SOON).refundable_fen for each in asked] == [3333, 3333, 3334]


class TestCategory:
    FRESH = an_order(cups(category="鲜活易腐/水果"))

    def test_excluded_goods_do_not_go_back_without_a_fault(self) -> None:
        verdict = judge(asking(RETURN, Reason.NO_REASON, self.FRESH), BOOK, SOON)
        assert verdict.outcome is REFUSED
        assert [check.id for check in verdict.failed] == ["category"]
        assert "鲜活易腐" in told_by(verdict, "category")

    def test_excluded_goods_with_a_quality_fault_go_back(self) -> None:
        assert judge(asking(RETURN, Reason.QUALITY, self.FRESH), BOOK, SOON).outcome is ALLOWED

    def test_a_dealer_gives_nothing_back_without_a_fault(self) -> None:
        dealer = Scope(tier="b2b")
        refused = judge(asking(RETURN, Reason.NO_REASON, scope=dealer), BOOK, SOON)
        assert [check.id for check in refused.failed] == ["category"] and refused.failed[0].overridable
        assert judge(asking(RETURN, Reason.QUALITY, scope=dealer), BOOK, SOON).outcome is ALLOWED


class TestEvidence:
    def test_missing_kinds_are_named(self) -> None:
        request = asking(REFUND, Reason.DAMAGED, evidence=(EvidenceKind.GOODS,))
        verdict = judge(request, BOOK, SOON)
        assert missing_for(request, BOOK, SOON) == (EvidenceKind.OUTER_BOX, EvidenceKind.WAYBILL)
        assert verdict.outcome is REFUSED
        assert told_by(verdict, "evidence") == "还缺少材料：外包装照片、快递面单照片。"

    def test_evidence_still_to_come_does_not_spoil_the_early_verdict(self) -> None:
        verdict = judge(asking(REFUND, Reason.DAMAGED, evidence=(), evidence_checked=False), BOOK, SOON)
        assert verdict.outcome is ALLOWED
        assert "商品照片" in told_by(verdict, "evidence")

    def test_one_video_stands_for_the_photos_of_a_quality_fault(self) -> None:
        verdict = judge(asking(RETURN, Reason.QUALITY, evidence=(EvidenceKind.VIDEO,)), BOOK, SOON)
        assert verdict.outcome is ALLOWED

    def test_a_video_does_not_stand_for_the_waybill(self) -> None:
        verdict = judge(asking(REFUND, Reason.DAMAGED, evidence=(EvidenceKind.VIDEO,)), BOOK, SOON)
        assert verdict.outcome is REFUSED

    def test_missing_evidence_hides_no_other_check(self) -> None:
        verdict = judge(asking(RETURN, Reason.QUALITY, evidence=()), BOOK, LATE)
        assert [check.id for check in verdict.failed] == ["window", "evidence"]


class TestCondition:
    def test_used_goods_do_not_go_back_without_a_fault_but_may_be_exchanged(self) -> None:
        verdict = judge(asking(RETURN, Reason.NO_REASON, intact=False), BOOK, SOON)
        assert [check.id for check in verdict.failed] == ["condition"]
        assert verdict.alternatives == ("exchange",)

    def test_an_exchange_of_used_goods_is_looked_at_by_a_person(self) -> None:
        assert judge(asking(EXCHANGE, Reason.SIZE, intact=False), BOOK, SOON).outcome is REVIEW

    def test_nobody_asks_for_the_condition_of_faulty_goods(self) -> None:
        assert judge(asking(RETURN, Reason.QUALITY, intact=False), BOOK, SOON).outcome is ALLOWED

    def test_cheap_goods_are_not_kept_and_paid_when_the_customer_broke_them(self) -> None:
        order = an_order(cups(1500))
        assert judge(asking(REFUND, Reason.NO_REASON, order, intact=False), BOOK, SOON).outcome is REFUSED


class TestAmount:
    def test_up_to_20_yuan_nothing_has_to_be_sent_back(self) -> None:
        kept = judge(asking(RETURN, Reason.QUALITY, an_order(cups(2000))), BOOK, SOON)
        sent = judge(asking(RETURN, Reason.QUALITY, an_order(cups(2001))), BOOK, SOON)
        assert (kept.remedy, kept.freight_payer) == ("REFUND_ONLY", "none")
        assert (sent.remedy, sent.freight_payer) == ("RETURN_REFUND", "merchant")

    def test_a_fault_of_ours_gives_the_shipping_back_once(self) -> None:
        order = an_order(cups(), shipping_fen=800)
        first = judge(asking(RETURN, Reason.QUALITY, order), BOOK, SOON)
        again = judge(asking(RETURN, Reason.QUALITY, order, shipping_refunded_fen=800), BOOK, SOON)
        assert (first.refundable_fen, again.refundable_fen) == (10800, 10000)

    def test_a_customers_own_reason_leaves_the_shipping(self) -> None:
        assert judge(asking(RETURN, Reason.NO_REASON, an_order(shipping_fen=800)), BOOK, SOON).refundable_fen == 10000

    def test_the_breakdown_adds_up(self) -> None:
        line = OrderLine(1, "CUP-1", "马克杯", "家居", 1, 15000, 0, 12000)
        payments = (
            Payment(PaymentMethod.WECHAT, "P1", 8000),
            Payment(PaymentMethod.BALANCE, "P2", 2800),
            Payment(PaymentMethod.POINTS, "P3", 2000),
        )
        verdict = judge(asking(RETURN, Reason.QUALITY, an_order(line, shipping_fen=800, payments=payments)), BOOK, SOON)
        lines = {each.item: each.fen for each in verdict.breakdown if each.item != "back_to"}
        assert lines == {"goods": 12000, "discount": -3000, "shipping": 800, "points": -2000, "total": 10800}
        assert [each.fen for each in verdict.breakdown if each.item == "back_to"] == [8000, 2800]
        assert verdict.refundable_fen == 10800

    def test_a_points_order_pays_no_money(self) -> None:
        order = an_order(payments=(Payment(PaymentMethod.POINTS, "P1", 10000),))
        verdict = judge(asking(RETURN, Reason.QUALITY, order), BOOK, SOON)
        assert (verdict.outcome, verdict.refundable_fen, verdict.eta_workdays) == (ALLOWED, 0, (0, 0))

    def test_nothing_left_to_pay_back_is_refused_for_good(self) -> None:
        verdict = judge(asking(RETURN, Reason.QUALITY, reserved={(PaymentMethod.WECHAT, "P1"): 10000}), BOOK, SOON)
        assert [check.id for check in verdict.failed] == ["amount"]
        assert not verdict.failed[0].overridable

    def test_an_exchange_or_repair_pays_nothing_but_says_what_the_goods_are_worth(self) -> None:
        for wish in (EXCHANGE, REPAIR):
            verdict = judge(asking(wish, Reason.QUALITY), BOOK, SOON)
            assert (verdict.refundable_fen, verdict.breakdown, verdict.most_fen) == (0, (), 10000)

    def test_the_time_of_the_refund_is_the_slowest_payments(self) -> None:
        both = an_order(
            payments=(Payment(PaymentMethod.BALANCE, "P1", 5000), Payment(PaymentMethod.CARD, "P2", 5000)),
        )
        book = saying(**{"refund.eta_workdays.balance": Span(0, 1), "refund.eta_workdays.card": Span(2, 5)})
        assert judge(asking(RETURN, Reason.QUALITY, both), book, SOON).eta_workdays == (0, 5)


class TestAlternatives:
    def test_too_late_to_return_offers_repair_and_exchange(self) -> None:
        verdict = judge(asking(RETURN, Reason.QUALITY), BOOK, LATE)
        assert (verdict.outcome, verdict.alternatives) == (REFUSED, ("exchange", "repair"))

    def test_a_wish_that_the_reason_does_not_give_offers_those_it_gives(self) -> None:
        verdict = judge(asking(REPAIR, Reason.DAMAGED), BOOK, SOON)
        assert verdict.alternatives == ("return", "exchange", "resend")
        assert told_by(verdict, "wish") == "“到货破损”不能申请维修，可以申请：退款、退货退款、换货、补发。"

    def test_no_alternative_would_be_refused_itself(self) -> None:
        for reason in Reason:
            for wish in Wish:
                for now in (SOON, LATE):
                    for other in judge(asking(wish, reason), BOOK, now).alternatives:
                        assert judge(asking(Wish(other), reason), BOOK, now).outcome is not REFUSED

    def test_a_third_exchange_is_refused_and_a_refund_offered(self) -> None:
        verdict = judge(asking(EXCHANGE, Reason.SIZE, exchanges=2), BOOK, SOON)
        assert [check.id for check in verdict.failed] == ["wish"]
        assert verdict.alternatives == ("return",)


def test_a_suspicion_asks_for_a_person_and_never_refuses() -> None:
    assert judge(asking(RETURN, Reason.NO_REASON, risk_notes=("photo used before",)), BOOK, SOON).outcome is REVIEW


def test_the_paid_repair_after_the_warranty_travels_at_the_customers_cost() -> None:
    verdict = judge(asking(REPAIR, Reason.WARRANTY), BOOK, at("2028-01-01 00:00:00"))
    assert (verdict.outcome, verdict.freight_payer) == (REVIEW, "customer")


def test_the_worst_line_speaks_for_the_request() -> None:
    order = an_order(cups(), cups(line_no=2, category="定作"))
    verdict = judge(asking(RETURN, Reason.NO_REASON, order), BOOK, SOON)
    assert result_of(verdict, "category") is Result.FAIL
