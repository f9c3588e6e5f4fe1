"""What was paid back, for finance: refund legs by state, vouchers of what was paid outside, the providers' books."""

from datetime import datetime, timedelta

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.masking import masked_account
from backend.domain.refund_leg import LegState
from backend.domain.workdays import MERCHANT_ZONE
from backend.services.refunds import list_refunds, reconcile, record_voucher, to_pay_by_hand
from bot.desk.pages.case_words import form_words, words
from bot.desk.visit import BadForm, Pages, Visit

pages = Pages()

SHOWN = 100
_USUAL = timedelta(days=7)


@pages.get("/payments", Permission.SEE_PAYMENTS)
def payments(visit: Visit) -> Response:
    """Refund legs, newest first, of one state where `?state=` names it."""
    text = visit.query("state")
    state = LegState(text) if text in LegState.__members__ else None
    legs = list_refunds(visit.world, state, SHOWN)
    today = visit.world.clock.now().astimezone(MERCHANT_ZONE)
    return visit.render(
        "payments/list.html",
        legs=legs,
        state=state,
        states=tuple(LegState),
        waiting=to_pay_by_hand(visit.world, SHOWN),
        since=f"{today - _USUAL:%Y-%m-%d}",
        until=f"{today + timedelta(days=1):%Y-%m-%d}",
        masked_account=masked_account,
        words=words(),
        most=SHOWN,
    )


@pages.post("/payments/{refund_no}/voucher", Permission.SEE_PAYMENTS)
def voucher(visit: Visit) -> Response:
    """Finance has paid it outside; the same voucher again changes nothing."""
    record_voucher(visit.world, visit.path("refund_no"), visit.text("voucher"), visit.actor)
    return visit.go("/payments")


@pages.get("/payments/reconcile", Permission.SEE_PAYMENTS)
def books(visit: Visit) -> Response:
    """Every difference between our books and the providers', of refunds that began from one day to before another."""
    since, until = _day(visit.query("since")), _day(visit.query("until"))
    if since >= until:
        raise BadForm(form_words("period"))
    found = reconcile(visit.world, since, until)
    return visit.render("payments/books.html", found=found, words=words())


def _day(text: str) -> datetime:
    """The beginning of a day in the merchant's zone. Raises BadForm."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=MERCHANT_ZONE)
    except ValueError:
        raise BadForm(form_words("day")) from None
