"""Exchanges for another article: the shortest way to one that costs more or less, and what the provider may say."""

from typing import Any

from backend.domain.case import Case, Role
from backend.domain.collection import CollectedPayment, Collection
from backend.domain.lifecycle import Event
from backend.domain.order import PaymentMethod
from backend.domain.request import Remedy
from backend.ports import World
from tests.working import APPROVE, PASS, RECEIVE, SEND, SHIP, a_working_shop, do, file_case

ACCEPT_WORDS = "可以，我补差价"
DEARER_FEN = 6000
CHEAPER_FEN = 4000
"""A piece of another cup, where two for 100.00 were bought: a gap of 20.00 either way."""
COMING_BACK = (SEND, RECEIVE, PASS)


def offered(world: World, price_fen: int = DEARER_FEN, **shop: Any) -> Case:
    """A new shop's case in PROPOSED: both cups against two of another kind."""
    a_working_shop(world, **shop)
    where = {name: shop[name] for name in ("conversation", "order") if name in shop}
    case = file_case(world, Remedy.EXCHANGE, **where)
    return do(world, case, Event.PROPOSE, Role.AGENT, sku="CUP-L", price_fen=price_fen, reason="换成大号")


def accepted(world: World, price_fen: int = DEARER_FEN, **shop: Any) -> Case:
    """The same with the customer's yes: the old cups are to come back."""
    return do(world, offered(world, price_fen, **shop), Event.ACCEPT, Role.CUSTOMER, consent=ACCEPT_WORDS)


def to_be_sent(world: World, price_fen: int = DEARER_FEN, **shop: Any) -> Case:
    """The same with the old cups back and in order: the others are to be sent."""
    case = accepted(world, price_fen, **shop)
    for event, role, given in COMING_BACK:
        case = do(world, case, event, role, **given)
    return case


def quoted(world: World, quote_fen: int = 5000) -> Case:
    """A repair that cannot be free: the customer has said yes to its quote."""
    a_working_shop(world)
    case = file_case(world, Remedy.REPAIR)
    for event, role, given in (APPROVE, SEND, RECEIVE, PASS):
        case = do(world, case, event, role, **given)
    case = do(world, case, Event.UNREPAIRABLE, Role.REPAIR, amount_fen=quote_fen, reason="进水，保修外")
    return do(world, case, Event.ACCEPT, Role.CUSTOMER, consent="修吧")


def ship(world: World, case: Case) -> Case:
    event, role, given = SHIP
    return do(world, case, event, role, **given)


def collections_of(world: World, case: Case) -> list[Collection]:
    with world.read() as work:
        return work.collections.of_case(case.id)


def the_collection(world: World, case: Case) -> Collection:
    (found,) = collections_of(world, case)
    return found


def payment_for(collection: Collection, amount_fen: int | None = None, provider_no: str = "") -> CollectedPayment:
    """What the provider says when it was paid, in full and once if nothing else is told."""
    fen = collection.amount_fen if amount_fen is None else amount_fen
    number = provider_no or f"4200{collection.id:06d}"
    return CollectedPayment(collection.collection_no, fen, PaymentMethod.WECHAT, number)
