"""What a shop has lived through before a browser test begins: weeks of cases, for reports to tell of."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice

from backend.bootstrap import open_backend
from backend.domain.case import Role
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.ports import World
from backend.services.conversations import Said, receive
from backend.services.handoff import cancel_queue, request_human
from backend.settings import Settings
from tests.clock import FakeClock
from tests.photos import a_jpeg
from tests.working import DELIVER, PASS, RECEIVE, REJECT, SEND, SHIP, Step, a_working_shop, do, file_case

WEEKS = 4
MORNING = 2
"""The hour, in UTC, that cases begin at: people are at their desks in the merchant's zone."""
_APPROVE: Step = (Event.APPROVE, Role.MANAGER, {})
_CONFIRM: Step = (Event.CONFIRM, Role.CUSTOMER, {"confirmed": True})
_BACK = (_APPROVE, SEND, RECEIVE, PASS)
_WAYS: tuple[tuple[Remedy, tuple[Step, ...], str], ...] = (
    (Remedy.EXCHANGE, (*_BACK, SHIP, DELIVER, _CONFIRM), ""),
    (Remedy.RETURN_REFUND, (REJECT,), "refusal"),
    (Remedy.RETURN_REFUND, ((Event.WITHDRAW, Role.CUSTOMER, {"confirmed": True}),), "asked"),
    (Remedy.RESHIP, (_APPROVE, SHIP, DELIVER, _CONFIRM), ""),
    (Remedy.EXCHANGE, (*_BACK, SHIP, DELIVER, _CONFIRM), "asked"),
    (Remedy.REPAIR, _BACK, ""),
)
"""How cases went in turn, and why people were asked for, if they were."""


def live_through(settings: Settings, cases: int) -> None:
    """Have so many cases go their way in an empty database, spread over the weeks before now."""
    backend = open_backend(settings)
    try:
        today = backend.world.clock.now().replace(hour=MORNING, minute=0, second=0)
        began = today - timedelta(weeks=WEEKS)
    finally:
        backend.close()
    clock = FakeClock(began)
    backend = open_backend(settings, clock=clock)
    try:
        for number, way in enumerate(islice(cycle(_WAYS), cases)):
            at = began + timedelta(days=(WEEKS - 1) * 7 * number // cases)
            _live_case(replace(backend.world, clock=FakeClock(at)), number, *way)
    finally:
        backend.close()


def _live_case(world: World, number: int, remedy: Remedy, steps: tuple[Step, ...], handed_over: str) -> None:
    clock = world.clock
    assert isinstance(clock, FakeClock)
    conversation, order = f"past-{number}", f"2026101000{number:02d}"
    a_working_shop(world, conversation=conversation, order=order, phone=f"138{number:04d}6688")
    _sign_for(world, order)
    _store_photos(world, conversation, number)
    _write(world, conversation)
    case = file_case(world, remedy, conversation=conversation, order=order)
    if handed_over:
        request_human(world, conversation, reason=handed_over, by="bot")
        cancel_queue(world, conversation, by="customer")
    for event, role, given in steps:
        clock.advance(hours=3 + number % 5)
        changed = {**given, "waybill": f"SF13579246800{number:02d}"} if "waybill" in given else given
        case = do(world, case, event, role, **changed)


def _write(world: World, conversation: str) -> None:
    """Let the customer have said something, and have been answered long ago."""
    said = receive(world, conversation, Said("我要申请售后"))
    with world.write() as work:
        work.messages.mark_answered(said.message.id)
        work.commit()


def _store_photos(world: World, conversation: str, seed: int) -> None:
    """Give the conversation's photos something to be seen."""
    picture = a_jpeg(640, 480, seed=seed)
    with world.read() as work:
        pieces = work.evidence.loose(conversation)
    for piece in pieces:
        for key in filter(None, (piece.object_key, piece.thumbnail_key)):
            world.evidence.put(key, picture)


def _sign_for(world: World, order_no: str) -> None:
    """Let the order have been signed for the day before."""
    with world.write() as work:
        order = work.orders.get(order_no)
        assert order is not None
        yesterday = world.clock.now() - timedelta(days=1)
        work.orders.put(replace(order, placed_at=yesterday, shipped_at=yesterday, signed_at=yesterday))
        work.commit()
