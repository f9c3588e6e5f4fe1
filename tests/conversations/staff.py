"""The shop's side of a written dialogue: cases that are filed already, and what staff, carriers and the clock do.

filed      cases: {goods, wish: return|exchange|resend|repair|refund|damaged, to: STATE, paid_by: card, stranger: true};
           {case1} is the first one's number. A stranger's is another customer's, in another conversation.
staff      an event of the table as `cases do` names it, or `pay`, `voucher`, `collected`, `timers`; with `by` (role),
           `given` (fields of `Given`), `photos` (a number of new ones), `of` (number of the case among those filed)
complaint  a list of what a supervisor does about the newest one: acknowledge, investigate, ask, rule (not in favour),
           execute; `given` is what they say
freight    approve, give or decline what was asked for last about the newest case
"""

import itertools
from typing import Any

from backend.bootstrap import Backend
from backend.domain.case import Actor, Case, Role, State
from backend.domain.collection import CollectedPayment
from backend.domain.complaint import Outcome
from backend.domain.evidence import Evidence
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.order import Order, Payment, PaymentMethod
from backend.domain.request import Reason, Remedy, Wish
from backend.services import complaints, drafts, extras, filing, freight, identity, refunds
from backend.services.acting import act
from backend.services.acts import Given
from backend.services.collections_paid import record_payment
from backend.services.conversations import open_conversation
from backend.services.evidence import keep_evidence
from tests.conversations.customer import a_picture
from tests.due import look_after_refunds, run_due
from tests.working import NAMES

_waybills = itertools.count(24680)

_ASKED: dict[str, dict[str, Any]] = {
    "return": {"wish": Wish.RETURN, "reason": Reason.NO_REASON, "intact": True},
    "exchange": {"wish": Wish.EXCHANGE, "reason": Reason.NO_REASON, "intact": True},
    "resend": {"wish": Wish.RESEND, "reason": Reason.MISSING},
    "repair": {"wish": Wish.REPAIR, "reason": Reason.QUALITY, "description": "按了没反应"},
    "refund": {"wish": Wish.REFUND, "reason": Reason.ORDERED_BY_MISTAKE},
    "damaged": {"wish": Wish.RETURN, "reason": Reason.DAMAGED},
}
_PHOTOS = {"resend": 1, "repair": 3, "damaged": 3}

_BY = {
    Event.RECEIVE: Role.WAREHOUSE,
    Event.INSPECT_PASS: Role.WAREHOUSE,
    Event.INSPECT_FAIL: Role.WAREHOUSE,
    Event.REFUSE_RECEIPT: Role.SUPERVISOR,
    Event.SHIP: Role.WAREHOUSE,
    Event.OUT_OF_STOCK: Role.WAREHOUSE,
    Event.DELIVERED: Role.CARRIER,
    Event.REPAIRED: Role.REPAIR,
    Event.UNREPAIRABLE: Role.REPAIR,
    Event.TRACKING_ADDED: Role.CUSTOMER,
    Event.WITHDRAW: Role.CUSTOMER,
    Event.CONFIRM: Role.CUSTOMER,
}

Step = tuple[Event, dict[str, Any]]
_APPROVE: Step = (Event.APPROVE, {})
_SEND: Step = (Event.TRACKING_ADDED, {"waybill": "new"})
_RECEIVE: Step = (Event.RECEIVE, {"counted": "all"})
_PASS: Step = (Event.INSPECT_PASS, {"grades": "A"})
_FAIL: Step = (Event.INSPECT_FAIL, {"grades": "B", "reason": "杯口有使用痕迹", "photos": 1})
_SHIP: Step = (Event.SHIP, {"waybill": "new", "confirmed": True})
_OFFER = {"remedy": "REFUND_ONLY", "amount_fen": 3000, "reason": "不用寄回，退一部分"}
_REASONS = {"rules": ["window"], "reason": "超出退货条件", "alternatives": ["repair"]}

WAYS: dict[State, tuple[Step, ...]] = {
    State.SUBMITTED: (),
    State.NEED_INFO: ((Event.ASK_INFO, {"items": ["label"]}),),
    State.PROPOSED: ((Event.PROPOSE, _OFFER),),
    State.REJECTED: ((Event.REJECT, _REASONS),),
    State.AWAITING_RETURN: (_APPROVE,),
    State.RETURN_IN_TRANSIT: (_APPROVE, _SEND),
    State.RECEIVED: (_APPROVE, _SEND, _RECEIVE),
    State.INSPECTION_ISSUE: (_APPROVE, _SEND, _RECEIVE, _FAIL),
    State.REFUND_PENDING: (_APPROVE, _SEND, _RECEIVE, _PASS),
    State.REPLACEMENT_SHIPPED: (_APPROVE, _SHIP),
    State.AWAITING_CONFIRM: (_APPROVE, _SHIP, (Event.DELIVERED, {})),
    State.CLOSED: ((Event.WITHDRAW, {"confirmed": True}),),
}
"""How a filed case comes into a state. Those that end in goods sent are `resend`s; a refund needs `pay`, `voucher`."""


class Staff:
    """The shop's people in one dialogue."""

    def __init__(self, shop: Backend, conversation_id: str) -> None:
        self._shop = shop
        self._conversation_id = conversation_id
        self.filed: list[Case] = []

    def file(self, spec: dict[str, Any], order: Order) -> None:
        """A case as if the customer had filed it, in the state asked for."""
        owner = self._conversation_id
        if spec.get("stranger"):
            owner = open_conversation(self._shop.world, "webchat", f"stranger-of-{owner}").id
        case = self._filed(spec.get("wish", "return"), order, owner)
        self.filed.append(case)
        for event, given in WAYS[State(spec.get("to", "SUBMITTED"))]:
            self.do(event.value, given, of=len(self.filed))

    def do(self, what: str, given: dict[str, Any], *, by: str | None = None, photos: int = 0, of: int = 0) -> None:
        """Make an event happen; `of` counts the cases filed from one, the newest by default."""
        case = self._case(of)
        match what:
            case "pay":
                refunds.pay_refund(self._shop.world, case.case_no or "", Actor(Role.FINANCE, NAMES[Role.FINANCE]))
                look_after_refunds(self._shop.world)
            case "voucher":
                self._record_vouchers(case)
            case "collected":
                self._collect(case)
            case "timers":
                while run_due(self._shop.world):
                    pass  # other dialogues have left theirs
            case _:
                self._act(case, Event(what), dict(given), by, photos)

    def decide_on_freight(self, what: str) -> None:
        """What becomes of the freight that was asked for last."""
        case, world = self._case(0), self._shop.world
        with world.read() as work:
            number = work.extras.of_case(case.id)[-1].extra_no
        match what:
            case "approve":
                freight.approve_freight(world, number, Actor(Role.AGENT, NAMES[Role.AGENT]))
            case "give":
                extras.give_extra(world, number, Actor(Role.FINANCE, NAMES[Role.FINANCE]), "V-1")
            case "decline":
                extras.decline_extra(world, number, Actor(Role.AGENT, NAMES[Role.AGENT]), "单据看不清")

    def look_into_complaint(self, deeds: list[str], words: str) -> None:
        """What supervisors do about the newest complaint, one after another, with these words where they say any."""
        number = complaints.complaints_of(self._shop.world, self._conversation_id)[0].complaint_no
        world, supervisor = self._shop.world, Actor(Role.SUPERVISOR, NAMES[Role.SUPERVISOR])
        for deed in deeds:
            match deed:
                case "acknowledge":
                    complaints.acknowledge(world, number, supervisor)
                case "investigate":
                    complaints.investigate(world, number, supervisor)
                case "ask":
                    complaints.ask(world, number, supervisor, words)
                case "rule":
                    complaints.rule(world, number, supervisor, Outcome.REJECT, words)
                case "execute":
                    complaints.execute(world, number, supervisor, words)

    def _case(self, of: int) -> Case:
        if self.filed:
            return self.filed[of - 1]
        with self._shop.world.read() as work:
            return work.cases.of_conversation(self._conversation_id)[0]

    def _act(self, case: Case, event: Event, given: dict[str, Any], by: str | None, photos: int) -> None:
        role = Role(by) if by else _BY.get(event, Role.AGENT)
        actor = Actor(role, case.conversation_id if role is Role.CUSTOMER else NAMES.get(role, role.value))
        photos = photos or given.pop("photos", 0)
        taken = [self._photo(case.conversation_id, brought_by=role).id for _ in range(photos)]
        act(
            self._shop.world,
            case.case_no or "",
            event,
            actor=actor,
            given=Given(**{**_given(case, given), "photos": tuple(taken)}),
        )

    def _record_vouchers(self, case: Case) -> None:
        with self._shop.world.read() as work:
            numbers = [leg.refund_no for leg in work.refunds.of_case(case.id)]
        for number in numbers:
            refunds.record_voucher(self._shop.world, number, f"V-{number}", Actor(Role.FINANCE, "钱出纳"))

    def _collect(self, case: Case) -> None:
        """The provider says that what the customer is asked for was paid."""
        with self._shop.world.read() as work:
            asked = work.collections.live_of(case.id)
        assert asked is not None, f"{case.case_no} asks for nothing"
        paid = CollectedPayment(asked.collection_no, asked.amount_fen, PaymentMethod.WECHAT, f"P-{asked.collection_no}")
        record_payment(self._shop.world, paid, by="sandbox")

    def _filed(self, wish: str, order: Order, owner: str) -> Case:
        world = self._shop.world
        pieces = tuple(self._photo(owner).id for _ in range(_PHOTOS.get(wish, 0)))
        drafts.fill_draft(world, owner, Answers(order_no=order.order_no, evidence=pieces, **_ASKED[wish]))
        identity.prove(world, owner, order.order_no, order.buyer_phone[-4:])
        drafts.fill_draft(world, owner, Answers(goods=("all",)))
        told = filing.tell_draft(world, owner)
        return filing.submit_draft(world, owner, told.draft.version)

    def _photo(self, owner: str, *, brought_by: Role = Role.CUSTOMER) -> Evidence:
        return keep_evidence(self._shop.world, owner, a_picture(), brought_by=brought_by).evidence


def paid_by(method: str, paid_fen: int) -> tuple[Payment, ...]:
    """One payment of that method; `card` is paid back by hand, which needs no provider."""
    return (Payment(PaymentMethod(method), f"PAID{next(_waybills)}", paid_fen),)


def a_waybill() -> str:
    """A number of 顺丰's that no other test tells."""
    return f"SF13579{next(_waybills):08d}"


def _given(case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """Fields of `Given` from the plain words of a file."""
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    if made.get("waybill") == "new":
        made["waybill"] = a_waybill()
    if "remedy" in made:
        made["remedy"] = Remedy(made["remedy"])
    for name in ("counted", "grades"):
        if name in made and not isinstance(made[name], dict):
            made[name] = {line.line_no: line.quantity if name == "counted" else made[name] for line in case.lines}
    return made
