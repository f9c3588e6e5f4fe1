"""A shop with a filed case, and the shortest way to bring it into each state: for tests of what can be done then."""

from dataclasses import replace
from typing import Any

from backend.domain.case import Actor, Case, Role, State
from backend.domain.complaint import Complaint, Outcome
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.order import OrderStatus
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rules import with_parameter
from backend.domain.work import Staff
from backend.ports import World
from backend.services import complaints, drafts, filing, identity
from backend.services.acting import act
from backend.services.acts import Given
from backend.services.judgement import Award
from tests.builders import a_conversation, a_photo, an_order

CONVERSATION = "conv-1"
ORDER = "202611200001"
WAYBILL = "SF1357924680123"
NAMES = {
    Role.AGENT: "小林",
    Role.SUPERVISOR: "周主管",
    Role.MANAGER: "郑总",
    Role.WAREHOUSE: "老吴",
    Role.REPAIR: "何师傅",
    Role.FINANCE: "孙会计",
    Role.CUSTOMER: CONVERSATION,
}

_ASKED: dict[Remedy, dict[str, Any]] = {
    Remedy.RETURN_REFUND: {"wish": Wish.RETURN, "reason": Reason.NO_REASON, "intact": True},
    Remedy.EXCHANGE: {"wish": Wish.EXCHANGE, "reason": Reason.NO_REASON, "intact": True},
    Remedy.REPAIR: {"wish": Wish.REPAIR, "reason": Reason.QUALITY, "description": "按了没反应"},
    Remedy.RESHIP: {"wish": Wish.RESEND, "reason": Reason.MISSING},
    Remedy.REFUND_ONLY: {"wish": Wish.REFUND, "reason": Reason.ORDERED_BY_MISTAKE},
}

Step = tuple[Event, Role, dict[str, Any]]

ASK: Step = (Event.ASK_INFO, Role.AGENT, {"items": ("label",)})
APPROVE: Step = (Event.APPROVE, Role.AGENT, {})
REJECT: Step = (Event.REJECT, Role.AGENT, {"rules": ("window",), "reason": "不符合", "alternatives": ("repair",)})
SEND: Step = (Event.TRACKING_ADDED, Role.CUSTOMER, {"waybill": WAYBILL})
RECEIVE: Step = (Event.RECEIVE, Role.WAREHOUSE, {"counted": {1: 2}})
FAIL: Step = (
    Event.INSPECT_FAIL,
    Role.WAREHOUSE,
    {"grades": {1: "B"}, "photos": ("shelf",), "reason": "杯口有使用痕迹"},
)
PASS: Step = (Event.INSPECT_PASS, Role.WAREHOUSE, {"grades": {1: "A"}})
PROPOSE: Step = (
    Event.PROPOSE,
    Role.AGENT,
    {"remedy": Remedy.REFUND_ONLY, "amount_fen": 3000, "reason": "不用寄回，补偿三成"},
)
SHIP: Step = (Event.SHIP, Role.WAREHOUSE, {"waybill": "YT1357924680123", "confirmed": True})
DELIVER: Step = (Event.DELIVERED, Role.CARRIER, {})

WAYS: dict[State, tuple[Remedy, tuple[Step, ...]]] = {
    State.SUBMITTED: (Remedy.RETURN_REFUND, ()),
    State.NEED_INFO: (Remedy.RETURN_REFUND, (ASK,)),
    State.PROPOSED: (Remedy.RETURN_REFUND, (PROPOSE,)),
    State.PENDING_APPROVAL: (
        Remedy.RETURN_REFUND,
        ((Event.HOLD, Role.AGENT, {"reason": "再看看"}), (Event.RECOMMEND, Role.AGENT, {})),
    ),
    State.REJECTED: (Remedy.RETURN_REFUND, (REJECT,)),
    State.AWAITING_RETURN: (Remedy.RETURN_REFUND, (APPROVE,)),
    State.RETURN_IN_TRANSIT: (Remedy.RETURN_REFUND, (APPROVE, SEND)),
    State.RECEIVED: (Remedy.RETURN_REFUND, (APPROVE, SEND, RECEIVE)),
    State.INSPECTION_ISSUE: (Remedy.RETURN_REFUND, (APPROVE, SEND, RECEIVE, FAIL)),
    State.SENDING_BACK: (
        Remedy.RETURN_REFUND,
        (APPROVE, SEND, RECEIVE, FAIL, (Event.CHOOSE_SEND_BACK, Role.CUSTOMER, {"confirmed": True})),
    ),
    State.REPAIRING: (Remedy.REPAIR, (APPROVE, SEND, RECEIVE, PASS)),
    State.REFUND_PENDING: (Remedy.RETURN_REFUND, (APPROVE, SEND, RECEIVE, PASS)),
    State.REPLACEMENT_PENDING: (Remedy.EXCHANGE, (APPROVE, SEND, RECEIVE, PASS)),
    State.REPLACEMENT_SHIPPED: (Remedy.EXCHANGE, (APPROVE, SEND, RECEIVE, PASS, SHIP)),
    State.AWAITING_CONFIRM: (Remedy.EXCHANGE, (APPROVE, SEND, RECEIVE, PASS, SHIP, DELIVER)),
    State.CLOSED: (Remedy.RETURN_REFUND, ((Event.WITHDRAW, Role.CUSTOMER, {"confirmed": True}),)),
}
"""How a case comes into each state that needs no payment provider, from being filed."""


WORK_OF = {
    Role.AGENT: State.SUBMITTED,
    Role.SUPERVISOR: State.PENDING_APPROVAL,
    Role.WAREHOUSE: State.RECEIVED,
    Role.REPAIR: State.REPAIRING,
    Role.FINANCE: State.REFUND_PENDING,
}
"""A state in which each role has the next thing to do."""


def a_working_shop(
    world: World,
    *,
    price_fen: int = 10000,
    conversation: str = CONVERSATION,
    order: str = ORDER,
    phone: str = "13800006688",
) -> None:
    """One conversation with photos, one order of two cups, and staff of every role."""
    made = an_order(order, buyer_phone=phone)
    line = replace(made.lines[0], paid_fen=price_fen, unit_price_fen=price_fen // 2)
    payment = replace(made.payments[0], paid_fen=price_fen)
    with world.write() as work:
        work.conversations.open(a_conversation(conversation))
        work.orders.put(replace(made, lines=(line,), payments=(payment,), paid_fen=price_fen))
        if not work.staff.all():
            for role, name in NAMES.items():
                if role is not Role.CUSTOMER:
                    work.staff.add(Staff(name, role), world.clock.now())
        for name in ("clip", "tag", "shelf"):
            piece = a_photo(f"{name}-{conversation}" if conversation != CONVERSATION else name)
            kind, media = (EvidenceKind.VIDEO, "video/mp4") if name == "clip" else (EvidenceKind.OTHER, "image/jpeg")
            at = world.clock.now()
            made_by: dict[str, Any] = {
                "conversation_id": conversation,
                "kind": kind,
                "media_type": media,
                "created_at": at,
            }
            work.evidence.add(replace(piece, **made_by))
        work.commit()


def under_rules(world: World, **changes: Any) -> World:
    """The same world under other rules; the parameters' dotted names are written with two underscores for a dot."""

    def changed(book: RuleBook) -> RuleBook:
        rules = book.rules
        for name, value in changes.items():
            rules = with_parameter(rules, tuple(name.split("__")), value)
        return replace(book, rules=rules)

    return replace(
        world,
        rule_book=lambda at, within=None: changed(world.rule_book(at, within)),
        rule_book_version=lambda version: changed(world.rule_book_version(version)),
    )


def unship(world: World, order_no: str = ORDER) -> None:
    """The order has not left yet."""
    with world.write() as work:
        order = work.orders.get(order_no)
        assert order is not None
        work.orders.put(replace(order, status=OrderStatus.PAID, shipped_at=None, signed_at=None))
        work.commit()


def file_case(
    world: World, remedy: Remedy = Remedy.RETURN_REFUND, *, conversation: str = CONVERSATION, order: str = ORDER
) -> Case:
    """A case about both cups that comes to this remedy."""
    if remedy is Remedy.REFUND_ONLY:
        unship(world, order)
    files = {Remedy.REPAIR: ("clip",), Remedy.RESHIP: ("tag",)}.get(remedy, ())
    answers = {"order_no": order, "goods": ("1",), "quantity": 2, "evidence": files, **_ASKED[remedy]}
    drafts.fill_draft(world, conversation, Answers(**answers))
    identity.prove(world, conversation, order, "6688")
    view = drafts.fill_draft(world, conversation, Answers(goods=("1",), quantity=2))
    told = filing.tell_draft(world, conversation)
    case = filing.submit_draft(world, conversation, told.draft.version)
    assert case.remedy == remedy.value, (case.remedy, view.question)
    return case


def do(world: World, case: Case, event: Event, by: Role, target: State | None = None, **given: Any) -> Case:
    """Make an event happen, by whoever has that role."""
    actor = Actor(by, NAMES.get(by, by.value))
    return act(world, case.case_no or "", event, actor=actor, given=Given(**given), target=target)


def case_in(world: World, state: State, **shop: Any) -> Case:
    """A case in that state, in a new shop."""
    a_working_shop(world, **shop)
    remedy, steps = WAYS[state]
    case = file_case(world, remedy)
    for event, role, given in steps:
        case = do(world, case, event, role, **given)
    assert case.state is state
    return case


def stored(world: World, case: Case) -> Case:
    """The case as the database has it."""
    with world.read() as work:
        found = work.cases.get(case.id)
    assert found is not None
    return found


def told(world: World, case: Case) -> list[str]:
    """The templates of what was said about a case, in order."""
    with world.read() as work:
        rows = work.messages.queued(case.conversation_id, 100)
    return [row.template for row in rows if row.case_id == case.id and row.template is not None]


def ruled_for(world: World, case: Case, to: State, amount_fen: int | None = None, text: str = "请再核实") -> Complaint:
    """A complaint about the case, ruled in the customer's favour: the case is to go to that state."""
    filed = complaints.file_complaint(world, case.conversation_id, text, case.case_no)
    ruler = Actor(Role.MANAGER, NAMES[Role.MANAGER])
    complaints.acknowledge(world, filed.complaint_no, ruler)
    complaints.investigate(world, filed.complaint_no, ruler)
    awards = {case.case_no or "": Award(to, amount_fen)}
    return complaints.rule(world, filed.complaint_no, ruler, Outcome.SUPPORT, "按买家的说法处理", awards)
