"""A case that has every document: from a complaint with photos, through approval and inspection, to the money."""

from dataclasses import dataclass, replace
from typing import Any

from backend.domain.case import Actor, Case, Role, State
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.order import Order, OrderLine
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.request import Reason, Wish
from backend.domain.work import Staff
from backend.ports import World
from backend.services import drafts, filing, identity
from backend.services.evidence import keep_evidence
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from tests.builders import a_conversation, an_order
from tests.clock import FakeClock
from tests.photos import a_jpeg
from tests.working import CONVERSATION, NAMES, ORDER, SEND, do

DESCRIPTION = "杯子颜色和页面上不一样，杯口还有毛刺。"


@dataclass
class Papers:
    """A shop in which time passes between the steps of a case."""

    world: World
    clock: FakeClock

    def case(self, order: Order | None = None, description: str = DESCRIPTION) -> Case:
        """A filed case about the order's first line, with two photos of the customer's."""
        made = order or an_order(ORDER)
        with self.world.write() as work:
            work.conversations.open(a_conversation(CONVERSATION))
            work.orders.put(made)
            for role, name in NAMES.items():
                if role is not Role.CUSTOMER:
                    work.staff.add(Staff(name, role), self.world.clock.now())
            work.commit()
        photos = tuple(self._photo(seed, Role.CUSTOMER) for seed in (1, 2))
        self.clock.advance(minutes=5)
        asked = Answers(
            order_no=made.order_no,
            wish=Wish.RETURN,
            reason=Reason.NOT_AS_DESCRIBED,
            description=description,
            evidence=photos,
            intact=True,
        )
        drafts.fill_draft(self.world, CONVERSATION, asked)
        identity.prove(self.world, CONVERSATION, made.order_no, made.buyer_phone[-4:])
        drafts.fill_draft(self.world, CONVERSATION, Answers(goods=("1",), quantity=made.lines[0].quantity))
        told = filing.tell_draft(self.world, CONVERSATION)
        return filing.submit_draft(self.world, CONVERSATION, told.draft.version)

    def approved(self, case: Case) -> Case:
        """Recommended by the agent, approved by the manager: goods are to come back."""
        self.clock.advance(hours=2)
        do(self.world, case, Event.HOLD, Role.AGENT, reason="金额偏高，请主管复核")
        do(self.world, case, Event.RECOMMEND, Role.AGENT, reason="照片与描述相符，建议退货退款")
        self.clock.advance(hours=1)
        do(self.world, case, Event.RELEASE, Role.MANAGER, reason="已核实")
        return do(self.world, case, Event.APPROVE, Role.MANAGER)

    def inspected(self, case: Case) -> Case:
        """Back at the warehouse, with traces of use: a partial refund that the customer says yes to."""
        self.clock.advance(days=1)
        event, role, given = SEND
        do(self.world, case, event, role, **given)
        self.clock.advance(days=2)
        do(self.world, case, Event.RECEIVE, Role.WAREHOUSE, counted={1: case.lines[0].quantity})
        self.clock.advance(hours=3)
        shelf = self._photo(3, Role.WAREHOUSE)
        found: dict[str, Any] = {"grades": {1: "B"}, "photos": (shelf,), "reason": "杯口有使用痕迹"}
        do(self.world, case, Event.INSPECT_FAIL, Role.WAREHOUSE, **found)
        self.clock.advance(hours=4)
        return do(self.world, case, Event.ACCEPT_PARTIAL, Role.CUSTOMER, consent="同意部分退款")

    def paid(self, case: Case, account: str = "招商银行信用卡6225880012340403") -> Case:
        """Paid by finance, and the provider has said so."""
        self.clock.advance(hours=5)
        number = case.case_no or ""
        pay_refund(self.world, number, Actor(Role.FINANCE, NAMES[Role.FINANCE]))
        with self.world.read() as work:
            legs = work.refunds.of_case(case.id)
        self.clock.advance(minutes=3)
        for leg in legs:
            told = RefundAnswer(leg.refund_no, LegState.SUCCESS, leg.amount_fen, "50300802019072", account)
            record_result(self.world, told, Source.QUERY, by="worker")
        with self.world.read() as work:
            moved = work.cases.get(case.id)
        assert moved is not None and moved.state is State.AWAITING_CONFIRM
        return moved

    def closed(self, case: Case) -> Case:
        """Confirmed by the customer."""
        self.clock.advance(days=1)
        return do(self.world, case, Event.CONFIRM, Role.CUSTOMER)

    def _photo(self, seed: int, brought_by: Role) -> str:
        kept = keep_evidence(self.world, CONVERSATION, a_jpeg(seed=seed), brought_by=brought_by)
        return kept.evidence.id


def hostile_order(hostile: str) -> Order:
    """An order whose buyer and goods are called something that should never be run."""
    made = an_order(ORDER)
    line: OrderLine = replace(made.lines[0], title=hostile, sku=hostile[:80])
    return replace(made, buyer_name=hostile[:100], lines=(line,))
