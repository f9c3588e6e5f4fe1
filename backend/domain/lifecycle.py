"""How a case moves: the whole transition table T1 to T44 as data, and the one function that reads it.

Every row of `TABLE` names its number, so code, tests, the log and the generated page say the same. `guard`
names what the caller has to make sure of before it applies a row's move; the table itself judges only state,
event, role and target.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from backend.domain.case import Role, State
from backend.errors import IllegalTransition


class Event(str, Enum):
    """What can happen to a case."""

    START = "start"
    SUBMIT = "submit"
    EXPIRE = "expire"
    ASK_INFO = "ask_info"
    INFO_ADDED = "info_added"
    RECOMMEND = "recommend"
    SEND_BACK = "send_back"
    PROPOSE = "propose"
    ACCEPT = "accept"
    DECLINE = "decline"
    APPROVE = "approve"
    REJECT = "reject"
    APPEAL = "appeal"
    TRACKING_ADDED = "tracking_added"
    PICKUP_SCANNED = "pickup_scanned"
    RECEIVE = "receive"
    INSPECT_PASS = "inspect_pass"
    INSPECT_FAIL = "inspect_fail"
    REFUSE_RECEIPT = "refuse_receipt"
    ACCEPT_PARTIAL = "accept_partial"
    CHOOSE_SEND_BACK = "choose_send_back"
    OBJECT = "object"
    ESCALATE = "escalate"
    PAY = "pay"
    AMOUNT_MISMATCH = "amount_mismatch"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_FAILED = "refund_failed"
    RETRY = "retry"
    REROUTE = "reroute"
    SHIP = "ship"
    OUT_OF_STOCK = "out_of_stock"
    DELIVERED = "delivered"
    REPAIRED = "repaired"
    UNREPAIRABLE = "unrepairable"
    CONFIRM = "confirm"
    AUTO_CONFIRM = "auto_confirm"
    NOT_RECEIVED = "not_received"
    PROBLEM = "problem"
    WITHDRAW = "withdraw"
    EDIT = "edit"
    REOPEN = "reopen"
    ASSIGN = "assign"
    TAKE_OVER = "take_over"
    PRIORITY = "priority"
    NOTE = "note"
    HOLD = "hold"
    RELEASE = "release"
    OPEN_REVIEW = "open_review"
    EXECUTE_RULING = "execute_ruling"


@dataclass(frozen=True)
class Row:
    """One line of the table: any of `events` by any of `roles` takes a case from any of `froms` to one of
    `targets`.

    An empty `targets` means that the state stays and only the event is written. `sources` are the papers A to
    E.
    """

    number: str
    froms: tuple[State | None, ...]
    events: tuple[Event, ...]
    targets: tuple[State, ...]
    roles: tuple[Role, ...]
    guard: str
    sources: str

    def targets_from(self, state: State | None) -> tuple[State, ...]:
        """Where this row leads from a state; a row that keeps the state leads to itself."""
        return self.targets or ((state,) if state is not None else ())


_S, _E, _R = State, Event, Role
_CUSTOMER = (_R.CUSTOMER,)
_TIMER = (_R.TIMER,)
_SYSTEM = (_R.SYSTEM,)
_WAREHOUSE = (_R.WAREHOUSE,)
_FINANCE = (_R.FINANCE,)
_APPROVERS = (_R.SUPERVISOR, _R.MANAGER)
_AGENTS = (_R.AGENT, *_APPROVERS)
_AGENTS_OR_RULE = (*_AGENTS, _R.SYSTEM)

_APPROVED = (_S.AWAITING_RETURN, _S.REFUND_PENDING, _S.REPLACEMENT_PENDING)
_WITHDRAWABLE = (
    _S.DRAFT,
    _S.SUBMITTED,
    _S.NEED_INFO,
    _S.PROPOSED,
    _S.PENDING_APPROVAL,
    _S.REJECTED,
    _S.AWAITING_RETURN,
)
_HANDLING = (_E.ASSIGN, _E.TAKE_OVER, _E.PRIORITY, _E.NOTE, _E.HOLD, _E.RELEASE, _E.OPEN_REVIEW)

# fmt: off
TABLE: tuple[Row, ...] = (
    Row("T1", (None,), (_E.START,), (_S.DRAFT,), (_R.CUSTOMER, _R.BOT, *_AGENTS), "", "A B D E"),
    Row("T2", (_S.DRAFT,), (_E.SUBMIT,), (_S.SUBMITTED,),
        (_R.CUSTOMER, *_AGENTS), "verdict_not_refused_and_confirmed", "A B D E"),
    Row("T3", (_S.DRAFT,), (_E.EXPIRE,), (_S.CLOSED,), _TIMER, "", "own"),
    Row("T4", (_S.SUBMITTED,), (_E.ASK_INFO,), (_S.NEED_INFO,),
        _AGENTS_OR_RULE, "checklist_not_empty", "D E"),
    Row("T5", (_S.NEED_INFO,), (_E.INFO_ADDED,), (_S.SUBMITTED,),
        _CUSTOMER, "every_asked_item_present", "D E"),
    Row("T6", (_S.NEED_INFO,), (_E.EXPIRE,), (_S.CLOSED,), _TIMER, "two_nudges_sent", "own"),
    Row("T7", (_S.SUBMITTED,), (_E.RECOMMEND,), (_S.PENDING_APPROVAL,),
        _AGENTS, "above_own_limit_or_risk_or_override", "A B"),
    Row("T8", (_S.PENDING_APPROVAL,), (_E.SEND_BACK,), (_S.SUBMITTED,), _APPROVERS, "reason_given", "B"),
    Row("T9", (_S.SUBMITTED,), (_E.PROPOSE,), (_S.PROPOSED,), _AGENTS, "within_approval_matrix", "B D"),
    Row("T9", (_S.PENDING_APPROVAL,), (_E.PROPOSE,), (_S.PROPOSED,),
        _APPROVERS, "within_approval_matrix", "B D"),
    # A paid repair that the customer says yes to goes on in the workshop, where the goods already are.
    Row("T10", (_S.PROPOSED,), (_E.ACCEPT,), (*_APPROVED, _S.REPAIRING),
        _CUSTOMER, "proposal_still_approved", "B D"),
    Row("T11", (_S.PROPOSED,), (_E.DECLINE,), (_S.SUBMITTED,), _CUSTOMER, "", "B"),
    Row("T11", (_S.PROPOSED,), (_E.EXPIRE,), (_S.SUBMITTED,), _TIMER, "", "B"),
    Row("T12", (_S.SUBMITTED,), (_E.APPROVE,), (_S.AWAITING_RETURN,),
        _AGENTS_OR_RULE, "within_approval_matrix", "B D E"),
    Row("T12", (_S.PENDING_APPROVAL,), (_E.APPROVE,), (_S.AWAITING_RETURN,),
        _APPROVERS, "approver_is_not_requester", "B D E"),
    Row("T13", (_S.SUBMITTED,), (_E.APPROVE,), (_S.REFUND_PENDING,),
        _AGENTS_OR_RULE, "unshipped_or_no_return_rule", "A"),
    Row("T13", (_S.PENDING_APPROVAL,), (_E.APPROVE,), (_S.REFUND_PENDING,),
        _APPROVERS, "unshipped_or_no_return_rule", "A"),
    # Silence is never a yes: staff may finish a proposal only on a consent the customer gave elsewhere.
    Row("T13", (_S.PROPOSED,), (_E.APPROVE,), (_S.REFUND_PENDING,),
        _AGENTS, "customers_consent_recorded", "A"),
    Row("T14", (_S.SUBMITTED,), (_E.APPROVE,), (_S.REPLACEMENT_PENDING,),
        _AGENTS_OR_RULE, "stock_reserved", "B D"),
    Row("T14", (_S.PENDING_APPROVAL,), (_E.APPROVE,), (_S.REPLACEMENT_PENDING,),
        _APPROVERS, "stock_reserved", "B D"),
    Row("T14", (_S.PROPOSED,), (_E.APPROVE,), (_S.REPLACEMENT_PENDING,),
        _AGENTS, "customers_consent_recorded", "B D"),
    Row("T15", (_S.SUBMITTED,), (_E.REJECT,), (_S.REJECTED,),
        _AGENTS, "rules_reason_and_alternatives_given", "D E"),
    Row("T15", (_S.PENDING_APPROVAL,), (_E.REJECT,), (_S.REJECTED,),
        _APPROVERS, "rules_reason_and_alternatives_given", "D E"),
    Row("T16", (_S.REJECTED,), (_E.APPEAL,), (_S.SUBMITTED,),
        _CUSTOMER, "first_appeal_with_something_new", "A B"),
    Row("T17", (_S.REJECTED,), (_E.EXPIRE,), (_S.CLOSED,), _TIMER, "", "own"),
    Row("T18", (_S.AWAITING_RETURN,), (_E.TRACKING_ADDED, _E.PICKUP_SCANNED), (_S.RETURN_IN_TRANSIT,),
        (_R.CUSTOMER, _R.AGENT, _R.CARRIER), "waybill_plausible_and_unused", "B D E"),
    Row("T19", (_S.AWAITING_RETURN,), (_E.EXPIRE,), (_S.CLOSED,), _TIMER, "nudges_sent_and_grace_over", "D"),
    Row("T20", (_S.AWAITING_RETURN, _S.RETURN_IN_TRANSIT), (_E.RECEIVE,), (_S.RECEIVED,),
        _WAREHOUSE, "pieces_counted", "B D E"),
    Row("T21", (_S.RECEIVED,), (_E.INSPECT_PASS,), (_S.REFUND_PENDING, _S.REPLACEMENT_PENDING, _S.REPAIRING),
        _WAREHOUSE,
        "every_line_graded", "B D E"),
    Row("T22", (_S.RECEIVED,), (_E.INSPECT_FAIL,), (_S.INSPECTION_ISSUE,), _WAREHOUSE, "photo_taken", "E"),
    Row("T23", (_S.RECEIVED,), (_E.REFUSE_RECEIPT,), (_S.SENDING_BACK,), (_R.WAREHOUSE, _R.SUPERVISOR),
        "photo_taken_and_supervisor_agrees", "D"),
    Row("T24", (_S.INSPECTION_ISSUE,), (_E.ACCEPT_PARTIAL,), (_S.REFUND_PENDING,),
        _CUSTOMER, "amount_within_paid", "E"),
    # Also after a quote that the customer does not want: goods that are with us go home.
    Row("T25", (_S.INSPECTION_ISSUE, _S.PROPOSED), (_E.CHOOSE_SEND_BACK,), (_S.SENDING_BACK,),
        _CUSTOMER, "freight_rule_told", "E"),
    Row("T26", (_S.INSPECTION_ISSUE,), (_E.OBJECT,), (), _CUSTOMER, "", "A B"),
    Row("T27", (_S.INSPECTION_ISSUE,), (_E.ESCALATE,), (), _TIMER, "", "own"),
    Row("T28", (_S.REFUND_PENDING,), (_E.PAY,), (_S.REFUNDING,),
        _FINANCE, "no_dispute_no_hold_and_legs_sum", "A"),
    Row("T29", (_S.REFUND_PENDING,), (_E.AMOUNT_MISMATCH,), (_S.PENDING_APPROVAL,), _FINANCE, "", "A"),
    Row("T30", (_S.REFUNDING,), (_E.REFUND_SUCCEEDED,), (_S.AWAITING_CONFIRM,),
        _SYSTEM, "every_leg_succeeded", "A"),
    Row("T31", (_S.REFUNDING,), (_E.REFUND_FAILED,), (_S.REFUND_FAILED,),
        _SYSTEM, "a_leg_failed_definitely", "D"),
    Row("T32", (_S.REFUND_FAILED,), (_E.RETRY,), (_S.REFUNDING,), _FINANCE, "", "A B D"),
    Row("T32", (_S.REFUND_FAILED,), (_E.REROUTE,), (_S.REFUNDING,),
        _FINANCE, "customers_consent_recorded", "A B D"),
    Row("T33", (_S.REPLACEMENT_PENDING,), (_E.SHIP,), (_S.REPLACEMENT_SHIPPED,),
        _WAREHOUSE, "new_item_checked_and_gap_settled", "D E"),
    Row("T34", (_S.REPLACEMENT_PENDING,), (_E.OUT_OF_STOCK,), (_S.PROPOSED,),
        (_R.WAREHOUSE, _R.SYSTEM), "", "D"),
    Row("T35", (_S.REPLACEMENT_SHIPPED,), (_E.DELIVERED,), (_S.AWAITING_CONFIRM,),
        (_R.CARRIER, _R.CUSTOMER, _R.AGENT, _R.TIMER), "", "D"),
    Row("T36", (_S.REPAIRING,), (_E.REPAIRED,), (_S.REPLACEMENT_SHIPPED,), (_R.REPAIR,), "quote_paid", "B"),
    Row("T36", (_S.REPAIRING,), (_E.UNREPAIRABLE,), (_S.PROPOSED,), (_R.REPAIR,), "quote_given", "B"),
    Row("T37", (_S.SENDING_BACK,), (_E.DELIVERED,), (_S.CLOSED,),
        (_R.CARRIER, _R.AGENT), "waybill_present", "E"),
    # Whoever got their goods back needs no number to say so.
    Row("T37", (_S.SENDING_BACK,), (_E.DELIVERED,), (_S.CLOSED,), _CUSTOMER, "", "own"),
    Row("T38", (_S.AWAITING_CONFIRM,), (_E.CONFIRM,), (_S.CLOSED,), _CUSTOMER, "", "A B D"),
    Row("T38", (_S.AWAITING_CONFIRM,), (_E.AUTO_CONFIRM,), (_S.CLOSED,), _TIMER, "", "A B D"),
    Row("T39", (_S.AWAITING_CONFIRM,), (_E.NOT_RECEIVED, _E.PROBLEM), (_S.REFUNDING, _S.SUBMITTED),
        _CUSTOMER, "", "A D"),
    # No carrier tells us: whoever finds fault with what was sent has got it.
    Row("T39", (_S.REPLACEMENT_SHIPPED,), (_E.PROBLEM,), (_S.SUBMITTED,), _CUSTOMER, "", "own"),
    Row("T40", _WITHDRAWABLE, (_E.WITHDRAW,), (_S.CLOSED,), _CUSTOMER, "customer_confirmed", "B D"),
    # The parcel is on its way: the customer's wish is written down and an agent decides.
    Row("T40", (_S.RETURN_IN_TRANSIT,), (_E.WITHDRAW,), (), _CUSTOMER, "customer_confirmed", "B D"),
    Row("T40", (_S.RETURN_IN_TRANSIT,), (_E.WITHDRAW,), (_S.CLOSED,),
        _AGENTS, "customer_asked_and_parcel_settled", "B D"),
    Row("T41", (_S.SUBMITTED,), (_E.EDIT,), (_S.DRAFT,), _CUSTOMER, "review_not_opened", "own"),
    Row("T42", (_S.CLOSED,), (_E.REOPEN,), (_S.SUBMITTED,), _CUSTOMER, "within_reopen_days", "own"),
    Row("T42", (_S.CLOSED,), (_E.REOPEN,), (_S.SUBMITTED,),
        _AGENTS, "within_reopen_days_or_reason_given", "own"),
    Row("T43", tuple(State), _HANDLING, (), _AGENTS_OR_RULE, "", "B D"),
    Row("T44", (_S.INSPECTION_ISSUE, _S.REJECTED), (_E.EXECUTE_RULING,),
        (_S.REFUND_PENDING, _S.REPLACEMENT_PENDING, _S.REPAIRING, _S.SENDING_BACK), _APPROVERS,
        "complaint_ruled_and_amount_within_paid", "own"),
)
# fmt: on


@dataclass(frozen=True)
class Move:
    """All that one event can do in one state: the rows that speak of it, in the table's order."""

    rows: tuple[Row, ...]

    @property
    def number(self) -> str:
        """The numbers of the rows, such as "T12/T13/T14"."""
        return "/".join(dict.fromkeys(row.number for row in self.rows))

    def by(self, role: Role) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if role in row.roles)


def _moves() -> dict[tuple[State | None, Event], Move]:
    rows: dict[tuple[State | None, Event], list[Row]] = {}
    for row in TABLE:
        for state in row.froms:
            for event in row.events:
                rows.setdefault((state, event), []).append(row)
    return {key: Move(tuple(found)) for key, found in rows.items()}


TRANSITIONS: dict[tuple[State | None, Event], Move] = _moves()


@dataclass(frozen=True)
class Step:
    """What an event comes to: from, to, and the table's number and guard.

    `repeated` means that this event has already led here: nothing is to be written. A step that neither
    repeats nor changes the state still has its event written.
    """

    from_state: State | None
    to_state: State
    number: str
    guard: str = ""
    repeated: bool = False

    @property
    def changed(self) -> bool:
        return self.from_state is not self.to_state


def next_state(
    state: State | None,
    event: Event,
    role: Role,
    *,
    target: State | None = None,
    last_event: Event | None = None,
) -> Step:
    """The step that an event is, or IllegalTransition with what this role could do instead (or to which
    targets).

    `state` is None before T1. Where the table leaves a choice, `target` names the state that is meant.
    `last_event` is the event that led to the present state.
    """
    move = TRANSITIONS.get((state, event))
    steps = _steps(move.by(role) if move else (), state, target)
    if len(steps) == 1:
        return steps[0]
    if state is not None and event is last_event and _led_here(state, event, role, target):
        return Step(state, state, number="", repeated=True)
    choice = tuple(f"{event.value} to {each.value}" for each in targets(state, event, role))
    raise IllegalTransition(
        state=state.value if state else "nothing",
        event=event.value,
        role=role.value,
        allowed=choice or tuple(each.value for each in allowed_events(state, role)),
    )


def allowed_events(state: State | None, role: Role) -> tuple[Event, ...]:
    """What this role can do in this state, in the order of the table."""
    return tuple(event for (origin, event), move in TRANSITIONS.items() if origin is state and move.by(role))


def targets(state: State | None, event: Event, role: Role) -> tuple[State, ...]:
    """The states that this event by this role can lead to; empty when it cannot happen."""
    move = TRANSITIONS.get((state, event))
    return tuple(step.to_state for step in _steps(move.by(role) if move else (), state, None))


def _steps(rows: Iterable[Row], state: State | None, target: State | None) -> list[Step]:
    return [
        Step(state, to_state, row.number, row.guard)
        for row in rows
        for to_state in row.targets_from(state)
        if target is None or to_state is target
    ]


def _led_here(state: State, event: Event, role: Role, target: State | None) -> bool:
    """Whether this event by this role is one of the table's ways into `state`, and nothing else was meant."""
    if target is not None and target is not state:
        return False
    return any(state in row.targets and event in row.events and role in row.roles for row in TABLE)
