"""Which rows of which table are about one buyer: the one list by which data are exported and erased."""

from typing import Any

from sqlalchemy import Table, and_, false, or_, select

from backend.adapters.collection_tables import collection, collection_event
from backend.adapters.complaint_tables import complaint, complaint_case, complaint_event
from backend.adapters.desk_tables import customer_read
from backend.adapters.extra_tables import extra, extra_event, spot_check
from backend.adapters.inbox_tables import platform_update
from backend.adapters.ownership_tables import conversation_note, handback, reply_draft, talk_sign
from backend.adapters.privacy_tables import erasure
from backend.adapters.rating_tables import rating
from backend.adapters.refund_tables import refund_leg, refund_leg_event
from backend.adapters.risk_tables import photo_band, risk_signal
from backend.adapters.stock_tables import stock_reservation
from backend.adapters.tables import (
    after_sales_case,
    button,
    case_event,
    case_line,
    conversation,
    customer,
    dialogue_event,
    evidence,
    handoff,
    handoff_event,
    identity_attempt,
    identity_proof,
    message,
    order_line,
    payment,
    shop_order,
)
from backend.adapters.wechat_tables import wechat_call, wechat_follower
from backend.adapters.work_tables import shipment, staff_alert, timer
from backend.domain.erasing import Footprint

OF_NOBODY = {
    "agent_presence": "staff",
    "audit_entry": "what staff did: kept for whoever has to answer for it; names nobody but staff",
    "case_counter": "numbers",
    "complaint_counter": "numbers",
    "duty": "processes",
    "gateway_notification": "numbers of providers' callbacks",
    "improvement_action": "about goods",
    "own_reply": "the shop's words",
    "rule_book_period": "the rule book",
    "rule_book_version": "the rule book",
    "rule_change": "the rule book",
    "staff": "staff",
    "staff_account": "staff",
    "staff_session": "staff",
    "stock_item": "goods",
    "wechat_account": "the shop's own account",
    "wecom_cursor": "the shop's own account",
    "work_day": "the calendar",
}
"""Tables with nothing of a buyer's in them, and what is there instead."""


def reach(of: Footprint) -> dict[Table, Any]:
    """The condition for the buyer's rows of every table that has some."""
    return {**_of_orders(of), **_of_talks(of), **_of_cases(of), **_of_complaints(of), **_of_platforms(of)}


def _of_orders(of: Footprint) -> dict[Table, Any]:
    return {
        customer: customer.c.id == of.customer_id,
        erasure: erasure.c.customer_id == of.customer_id,
        **{each: each.c.order_no.in_(of.orders) for each in (shop_order, order_line, payment)},
    }


def _of_talks(of: Footprint) -> dict[Table, Any]:
    with_talk = (
        button, conversation_note, customer_read, dialogue_event, handback, handoff, identity_attempt, identity_proof,
        reply_draft, talk_sign,
    )  # fmt: skip
    episodes = select(handoff.c.id).where(handoff.c.conversation_id.in_(of.conversations))
    return {
        conversation: conversation.c.id.in_(of.conversations),
        **{each: each.c.conversation_id.in_(of.conversations) for each in with_talk},
        handoff_event: handoff_event.c.handoff_id.in_(episodes),
        **{
            each: or_(each.c.conversation_id.in_(of.conversations), each.c.case_id.in_(of.cases))
            for each in (message, evidence, rating)
        },
    }


def _of_cases(of: Footprint) -> dict[Table, Any]:
    with_case = (
        case_line, case_event, shipment, refund_leg, collection, extra, risk_signal, spot_check, stock_reservation,
    )  # fmt: skip
    theirs = or_(evidence.c.conversation_id.in_(of.conversations), evidence.c.case_id.in_(of.cases))
    pieces = select(evidence.c.id).where(theirs)
    return {
        after_sales_case: after_sales_case.c.id.in_(of.cases),
        **{each: each.c.case_id.in_(of.cases) for each in with_case},
        photo_band: photo_band.c.evidence_id.in_(pieces),
        refund_leg_event: refund_leg_event.c.leg_id.in_(_ids(refund_leg, of)),
        collection_event: collection_event.c.collection_id.in_(_ids(collection, of)),
        extra_event: extra_event.c.extra_id.in_(_ids(extra, of)),
    }


def _of_complaints(of: Footprint) -> dict[Table, Any]:
    return {
        complaint: complaint.c.id.in_(of.complaints),
        complaint_case: complaint_case.c.complaint_id.in_(of.complaints),
        complaint_event: complaint_event.c.complaint_id.in_(of.complaints),
        timer: or_(timer.c.case_id.in_(of.cases), timer.c.complaint_id.in_(of.complaints)),
        staff_alert: or_(
            staff_alert.c.case_id.in_(of.cases),
            staff_alert.c.complaint_id.in_(of.complaints),
            staff_alert.c.conversation_id.in_(of.conversations),
        ),
    }


def _of_platforms(of: Footprint) -> dict[Table, Any]:
    update_of = [
        and_(platform_update.c.channel == channel, platform_update.c.channel_user_id == user)
        for channel, user in of.accounts
    ]
    users = [user for _, user in of.accounts]
    return {
        platform_update: or_(false(), *update_of),
        wechat_call: wechat_call.c.openid.in_(users),
        wechat_follower: wechat_follower.c.openid.in_(users),
    }


def _ids(table: Table, of: Footprint) -> Any:
    return select(table.c.id).where(table.c.case_id.in_(of.cases))
