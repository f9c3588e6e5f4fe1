"""What staff see of the work on a case beside the case: flags, parcels, what is due, what they were told."""

from typing import Any

from backend.commands.times import iso
from backend.domain.case import Case
from backend.domain.clocks import TimerState
from backend.ports import UnitOfWork


def work_json(work: UnitOfWork, case: Case) -> dict[str, Any]:
    """`version, owner, priority`, flags, `held_seconds`, `shipments`, `timers` still open, `alerts`."""
    timers = work.timers.of_case(case.id)
    still_open = [timer for timer in timers if timer.state in (TimerState.WAITING, TimerState.PAUSED)]
    return {
        "version": case.version,
        "owner": case.owner,
        "priority": case.priority,
        "dispute_open": case.dispute_open,
        "risk_hold": case.risk_hold,
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
