"""What staff see of the work on a case beside the case: flags, parcels, what is due, what they were told."""

from typing import Any

from backend.commands.answer import table
from backend.commands.extras import extra_lines, extras_json
from backend.commands.times import amount, iso, local
from backend.domain.case import Case
from backend.domain.clocks import TimerState
from backend.domain.risk import Signal, SignalKind
from backend.ports import UnitOfWork

SIGNALS = {
    SignalKind.REFUND_RATE: "退款率偏高",
    SignalKind.OPEN_CASES: "同时进行的售后单多",
    SignalKind.PHOTO_REUSED: "照片在别的售后单用过",
    SignalKind.PHOTO_SIMILAR: "照片与别的售后单相似",
    SignalKind.WAYBILL_REUSED: "快递单号在别的售后单用过",
    SignalKind.NEW_CUSTOMER: "首单且金额高",
    SignalKind.REASON_GAP: "核定原因与申请原因不符",
}


def work_json(work: UnitOfWork, case: Case) -> dict[str, Any]:
    """`version, owner, priority`, flags, `risk, risk_signals, extras, complaints, rating, held_seconds, shipments`,
    `timers` still open, `alerts`.
    """
    timers = work.timers.of_case(case.id)
    still_open = [timer for timer in timers if timer.state in (TimerState.WAITING, TimerState.PAUSED)]
    return {
        "version": case.version,
        "owner": case.owner,
        "priority": case.priority,
        "dispute_open": case.dispute_open,
        "risk_hold": case.risk_hold,
        "risk": case.risk,
        "risk_signals": [
            {"kind": each.finding.kind.value, "at": iso(each.at), "detail": each.finding.detail}
            for each in work.risk.of_case(case.id)
        ],
        "extras": extras_json(work, case.id),
        "complaints": [
            {"complaint_no": each.complaint_no, "cause": each.cause.value, "stage": each.stage.value}
            for each in work.complaints.of_case(case.id)
        ],
        "rating": _rating_json(work, case),
        "sla_breached": case.sla_breached,
        "held_seconds": case.held_seconds,
        "approved_fen": case.approved_fen,
        "shipments": [
            {
                "direction": each.direction.value,
                "carrier": each.carrier,
                "waybill_no": each.waybill_no,
                "at": iso(each.at),
            }
            for each in work.shipments.of_case(case.id)
        ],
        "timers": [
            {"clock": each.clock, "mark": each.mark.value, "state": each.state.value, "due_at": iso(each.due_at)}
            for each in still_open
        ],
        "alerts": [
            {"kind": each.kind, "role": each.role.value, "staff": each.staff_name, "at": iso(each.at), **each.detail}
            for each in work.alerts.of_case(case.id)
        ],
    }


def _rating_json(work: UnitOfWork, case: Case) -> dict[str, Any] | None:
    rating = work.ratings.of_case(case.id)
    if rating is None:
        return None
    return {"score": rating.score, "comment": rating.comment, "staff": rating.staff_name, "at": iso(rating.at)}


def work_lines(work: UnitOfWork, case: Case) -> list[str]:
    """Risk signals, extras, complaints and the rating for people; nothing where there are none."""
    signals, found = work.risk.of_case(case.id), work.extras.of_case(case.id)
    risk = table(("风险信号", "说明", "时间"), [_signal_cells(each) for each in signals]) if signals else []
    return [
        *([""] if risk else []),
        *risk,
        *([""] if found else []),
        *extra_lines(found),
        *(
            f"投诉 {each.complaint_no}：{each.cause.label}，{each.stage.label}"
            for each in work.complaints.of_case(case.id)
        ),
        *_rating_lines(work, case),
    ]


def _rating_lines(work: UnitOfWork, case: Case) -> list[str]:
    rating = work.ratings.of_case(case.id)
    return [] if rating is None else [f"评价 {rating.score} 分  {rating.comment}  （{rating.staff_name or '-'}）"]


def _signal_cells(signal: Signal) -> tuple[str, ...]:
    told = signal.finding.detail.items()
    plain = (f"{name} {amount(value) if name.endswith('_fen') else value}" for name, value in told)
    return SIGNALS[signal.finding.kind], "，".join(plain) or "-", local(signal.at)
