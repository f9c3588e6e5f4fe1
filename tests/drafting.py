"""A shop with one order, and drafts about it that are filled by what a customer says."""

from dataclasses import replace

from backend.domain.case import Case
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Answers
from backend.domain.order import Order, OrderLine
from backend.domain.request import Reason, Wish
from backend.errors import Conflict, NotAllowed
from backend.ports import World
from backend.services import drafts, filing, identity
from backend.services.drafts import DraftView
from tests.builders import a_conversation, a_photo, an_order

CONVERSATION = "conv-1"
ORDER = "202611200001"
UNPACKED = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 1, 5000, 0, 5000)
TWO_CUPS = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 2, 5000, 0, 10000)
POT = OrderLine(2, "POT", "细口壶", "家居", 1, 20000, 0, 20000)


def a_shop(world: World, *lines: OrderLine, **changes: object) -> None:
    """One conversation, and one order of one cup unless other lines are given."""
    lines = lines or (UNPACKED,)
    paid = sum(line.paid_fen for line in lines)
    order = an_order(ORDER, lines=lines, paid_fen=paid, **changes)
    order = replace(order, payments=(replace(order.payments[0], paid_fen=paid),))
    with world.write() as work:
        work.conversations.open(a_conversation(CONVERSATION))
        work.conversations.open(a_conversation("conv-2"))
        work.orders.put(order)
        work.commit()


def put(world: World, *orders: Order) -> None:
    with world.write() as work:
        work.orders.put(*orders)
        work.commit()


def photograph(world: World, *ids: str, conversation_id: str = CONVERSATION, **changes: object) -> tuple[str, ...]:
    with world.write() as work:
        for number, evidence_id in enumerate(ids):
            piece = a_photo(evidence_id, conversation_id=conversation_id, kind=EvidenceKind.OTHER, **changes)
            work.evidence.add(
                replace(piece, created_at=world.clock.now(), sha256=f"{evidence_id}{number}".rjust(64, "0"))
            )
        work.commit()
    return ids


def fill(world: World, conversation_id: str = CONVERSATION, **said: object) -> DraftView:
    return drafts.fill_draft(world, conversation_id, Answers(**said))  # type: ignore[arg-type]


def filled(world: World, conversation_id: str = CONVERSATION, **said: object) -> DraftView:
    """A draft about the order with the buyer proven."""
    answers = {"wish": Wish.REFUND, "order_no": ORDER, "reason": Reason.MISSING, **said}
    fill(world, conversation_id, **answers)
    identity.prove(world, conversation_id, ORDER, "6688")
    return fill(world, conversation_id)


def confirmed(world: World, conversation_id: str = CONVERSATION) -> int:
    """A complete draft whose summary was told; the version that may be confirmed."""
    filled(world, conversation_id)
    fill(
        world, conversation_id, evidence=photograph(world, f"photo-{conversation_id}", conversation_id=conversation_id)
    )
    return filing.tell_draft(world, conversation_id).draft.version


def attempt(world: World, conversation_id: str, version: int) -> Case | Exception:
    try:
        return filing.submit_draft(world, conversation_id, version)
    except (Conflict, NotAllowed) as refused:
        return refused
