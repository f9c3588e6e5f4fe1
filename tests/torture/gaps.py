"""Exchanges among the cases of a torture run: gaps that go back, and gaps that are paid and may go back after all.

Of the cheaper ones half are paid back whole, while their gap is on its way or has failed; of the dearer ones half are
out of stock once they are paid. Whoever does something does it twice at once.
"""

import random

import httpx

from backend.domain.case import Actor, Case, CaseLine, Role, State
from backend.domain.collection import Collection, CollectionState
from backend.domain.lifecycle import Event
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import FINAL, LegState, RefundLeg, current_legs
from backend.domain.request import Remedy
from backend.domain.verdict import Outcome, Verdict
from backend.errors import Conflict, GuardRefused, IllegalTransition, PayoutRefused
from backend.ports import UnitOfWork, World
from backend.services.acting import act
from backend.services.acts import Given
from backend.services.receipts import problem
from backend.services.refunds import pay_refund, retry_leg
from tests.money import FINANCE, approved_case, reload

MANAGER = Actor(Role.MANAGER, "郑总")
WAREHOUSE = Actor(Role.WAREHOUSE, "老吴")
CARRIER = Actor(Role.CARRIER, "carrier")
CHANGES_THEIR_MIND = 2
"""One of so many gets everything back instead."""

_RETURNED = (CollectionState.RETURNING, CollectionState.REFUNDED)


def gap_case(world: World, chance: random.Random) -> Case:
    """An exchange whose goods are here: for something cheaper, ready to be sent, or for something dearer."""
    paid_fen = chance.randrange(1000, 50000)
    gap_fen = chance.randrange(100, 1000) * chance.choice((-1, 1))
    line = CaseLine(1, "CUP", 1, received_quantity=1, send_sku="POT", send_price_fen=paid_fen + gap_fen)
    case = approved_case(
        world,
        max(-gap_fen, 0),
        ((PaymentMethod.WECHAT, paid_fen),),
        state=State.REPLACEMENT_PENDING if gap_fen < 0 else State.RECEIVED,
        remedy=Remedy.EXCHANGE.value,
        refundable_fen=0,
        verdict=Verdict(Outcome.ALLOWED, Remedy.EXCHANGE.value, 0, (), (), 1, "none", (0, 0), most_fen=paid_fen),
        gap_fen=gap_fen,
        lines=(line,),
    )
    if gap_fen > 0:  # the customer is asked for it as soon as it is to be sent
        case = act(world, case.case_no or "", Event.INSPECT_PASS, actor=WAREHOUSE, given=Given(grades={1: "A"}))
    return case


def bring_on(world: World, case: Case) -> None:
    """Do what is possible of an exchange as it stands; somebody else may be doing the same."""
    for step in (_pay_on_top, _ship, _complain, _offer_all, _accept, _pay, _try_again):
        try:
            step(world, reload(world, case))
        except (Conflict, IllegalTransition, GuardRefused, PayoutRefused):  # somebody else was first
            continue
        except httpx.HTTPError:  # customers press the button again
            continue


def is_over(world: World, case: Case) -> bool:
    """Whether nothing of an exchange is under way any more: all that is owed was paid, whatever has failed before."""
    now = reload(world, case)
    with world.read() as work:
        legs, collections = work.refunds.of_case(case.id), work.collections.of_case(case.id)
    paid_fen = sum(leg.amount_fen for leg in legs if leg.state is LegState.SUCCESS)
    under_way = any(leg.state not in FINAL for leg in legs) or paid_fen < (now.approved_fen or 0)
    returning = any(each.state is CollectionState.RETURNING for each in collections)
    ends = State.AWAITING_CONFIRM if _wants_all_back(case) else State.REPLACEMENT_SHIPPED
    return now.state is ends and not returning and not under_way


def given_back_fen(world: World, case: Case) -> int:
    """What is to go back of what the customer has paid on top, in fen."""
    with world.read() as work:
        return sum(each.amount_fen for each in work.collections.of_case(case.id) if each.state in _RETURNED)


def _wants_all_back(case: Case) -> bool:
    return case.id % CHANGES_THEIR_MIND == 0


def _pay_on_top(world: World, case: Case) -> None:
    live = _live(world, case)
    if live is not None and live.state is CollectionState.OPEN:
        link = world.collectors[live.collector].link(live) or ""
        httpx.post(link, trust_env=False, timeout=10).raise_for_status()


def _ship(world: World, case: Case) -> None:
    live = _live(world, case)
    if case.state is not State.REPLACEMENT_PENDING:
        return
    if live is not None and live.state is CollectionState.PAID and _wants_all_back(case):
        _do(world, case, Event.OUT_OF_STOCK, WAREHOUSE, reason="没货")
    else:
        _do(world, case, Event.SHIP, WAREHOUSE, waybill="YT1357924680123", confirmed=True)


def _complain(world: World, case: Case) -> None:
    if case.state is State.REPLACEMENT_SHIPPED and _wants_all_back(case):
        _do(world, case, Event.DELIVERED, CARRIER)
        problem(world, case.case_no or "", Actor(Role.CUSTOMER, case.conversation_id), "这个也裂了")


def _offer_all(world: World, case: Case) -> None:
    if case.state is State.SUBMITTED:
        fen = case.verdict.most_fen if case.verdict else 0
        _do(world, case, Event.PROPOSE, MANAGER, remedy=Remedy.RETURN_REFUND, amount_fen=fen, reason="全部退款")


def _accept(world: World, case: Case) -> None:
    if case.state is State.PROPOSED:
        _do(world, case, Event.ACCEPT, Actor(Role.CUSTOMER, case.conversation_id), consent="好")


def _pay(world: World, case: Case) -> None:
    if case.state is State.REFUND_PENDING:
        pay_refund(world, case.case_no or "", FINANCE)


def _try_again(world: World, case: Case) -> None:
    """What has failed beside the case; finance is told when it was paid anew meanwhile."""
    with world.read() as work:
        legs = _all_legs(work, case)
    for leg in legs:
        if leg.beside and leg.state in (LegState.FAILED, LegState.ABNORMAL):
            retry_leg(world, leg.refund_no, FINANCE)


def _all_legs(work: UnitOfWork, case: Case) -> list[RefundLeg]:
    numbers = [each.number for each in work.collections.of_case(case.id)]
    back = [leg for number in numbers for leg in work.refunds.of_collection(case.id, number)]
    return current_legs([*work.refunds.of_case(case.id), *back])


def _live(world: World, case: Case) -> Collection | None:
    with world.read() as work:
        return work.collections.live_of(case.id)


def _do(world: World, case: Case, event: Event, actor: Actor, **given: object) -> None:
    act(world, case.case_no or "", event, actor=actor, given=Given(**given))  # type: ignore[arg-type]
