"""Drills: buyers that do not exist wait for people, and it is measured how soon people take over, answer and solve.

Everything else is real: the queue, the desk, the rules, the clocks. What is paid in a drill goes no further than the
manual way of paying, whatever providers the shop has, and no report counts any of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.domain.access import Permission
from backend.domain.case import Actor, Case, Role, State
from backend.domain.conversation import Conversation, Mode
from backend.domain.drill import CHANNEL, MOST, ORDERS, DrillTalk
from backend.domain.lifecycle import Event
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.ownership import CLAIMABLE, WITH_PEOPLE, Outcome
from backend.domain.request import Reason, Wish
from backend.domain.work import Staff
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import Conflict, DrillRefused, GuardRefused, IllegalTransition
from backend.ports import World
from backend.services import audit, identity
from backend.services.acting import act
from backend.services.acts import Given
from backend.services.conversations import Said, mark_answered, new_conversation, receive
from backend.services.filing_on_behalf import Application, file_for_customer
from backend.services.handoff import request_human
from backend.services.permissions import require

_SCENES = Path(__file__).with_name("drill.yml")
_OWNED = (*CLAIMABLE, *WITH_PEOPLE)


@dataclass(frozen=True)
class Scene:
    """What a buyer of a drill bought, says and asks for; without a `wish` no case is filed."""

    says: str
    asks: str
    title: str
    category: str
    price_fen: int
    wish: str | None = None
    reason: str | None = None
    intact: bool | None = None


@lru_cache(maxsize=1)
def scenes() -> tuple[Scene, ...]:
    """What there is to practise on. Raises TypeError when the file has an unknown field."""
    return tuple(Scene(**row) for row in _read()["scenes"])


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return dict(yaml.safe_load(_SCENES.read_text("utf-8")))


def start_drill(world: World, member: Staff, talks: int) -> str:
    """Let so many buyers wait for people; the drill's name, which is when it began in the merchant's zone.

    Raises RoleRefused, and DrillRefused: `number` for less than 1 or more than `MOST`, `running` while another is.
    """
    require(member, Permission.TAKE_OVER_TALK)
    if not 1 <= talks <= MOST:
        raise DrillRefused("number")
    if any(each.closed_at is None for each in _newest(world)):
        raise DrillRefused("running")
    now = world.clock.now()
    drill = now.astimezone(MERCHANT_ZONE).strftime("%Y%m%d%H%M%S")
    _note(world, member, "drill:started:done", drill, talks=talks)
    for number in range(1, talks + 1):
        _begin(world, member, f"{drill}-{number}", number, scenes()[(number - 1) % len(scenes())], now)
    return drill


def drill_talks(world: World, drill: str | None = None) -> tuple[str, list[DrillTalk]]:
    """A drill, the newest by default, and its conversations. Raises DrillRefused (`none`)."""
    with world.read() as work:
        name = drill or work.drills.newest()
        talks = work.drills.talks(name) if name is not None else []
    if name is None or not talks:
        raise DrillRefused("none")
    return name, talks


def stop_drill(world: World, member: Staff) -> list[str]:
    """End the newest drill: its conversations are closed, its cases withdrawn.

    Gives the numbers of cases that can no longer be withdrawn; staff bring them to their end. Raises RoleRefused, and
    DrillRefused (`none`).
    """
    require(member, Permission.TAKE_OVER_TALK)
    drill, talks = drill_talks(world)
    for talk in talks:
        _end_talk(world, member, talk.conversation_id)
    left = [case_no for talk in talks for case_no in _end_cases(world, talk.conversation_id)]
    _note(world, member, "drill:stopped:done", drill, left=left)
    return left


def _newest(world: World) -> list[DrillTalk]:
    with world.read() as work:
        name = work.drills.newest()
        return work.drills.talks(name) if name is not None else []


def _begin(world: World, member: Staff, name: str, number: int, scene: Scene, now: datetime) -> None:
    """One buyer with an order, a conversation, perhaps a case; each step once, whoever else begins the same drill."""
    order = _order(name, number, scene, now)
    talk = _open(world, order, name)
    identity.prove(world, talk.id, order.order_no, order.buyer_phone[-4:])
    said = receive(world, talk.id, Said(text=scene.says, client_id=name))
    mark_answered(world, said.message)  # the bot has nothing to say to it
    if scene.wish is not None and scene.reason is not None:
        wish, reason = Wish(scene.wish), Reason(scene.reason)
        asked = Application(
            order.order_no, wish, reason, description=scene.says, intact=scene.intact, override=scene.title
        )
        file_for_customer(world, Actor(member.role, member.name), asked)
    request_human(world, talk.id, reason=scene.asks, by=f"staff:{member.name}")


def _open(world: World, order: Order, name: str) -> Conversation:
    with world.write() as work:
        work.orders.put(order)
        opened = work.conversations.open(new_conversation(world, CHANNEL, name))
        work.commit()
    return opened


def _order(name: str, number: int, scene: Scene, now: datetime) -> Order:
    """Signed yesterday, and paid from the balance, which no provider has. Nobody can have such a telephone number."""
    drill = name.rpartition("-")[0]
    line = OrderLine(1, f"{ORDERS}{number}", scene.title, scene.category, 1, scene.price_fen, 0, scene.price_fen)
    return Order(
        order_no=f"{ORDERS}{name}",
        status=OrderStatus.SIGNED,
        placed_at=now - timedelta(days=3),
        shipped_at=now - timedelta(days=2),
        signed_at=now - timedelta(days=1),
        buyer_name=f"{_read()['buyer']} {number}",
        buyer_phone=f"{drill}{number:04d}",
        lines=(line,),
        order_discount_fen=0,
        coupon_code="",
        coupon_fen=0,
        points_used=0,
        shipping_fen=0,
        payments=(Payment(PaymentMethod.BALANCE, f"{ORDERS}{name}", scene.price_fen),),
        paid_fen=scene.price_fen,
    )


def _end_talk(world: World, member: Staff, conversation_id: str) -> None:
    """Close it, whoever has it; without a word to the buyer, who does not exist."""
    with world.write() as work:
        talk = work.conversations.lock(conversation_id)
        episode = work.episodes.current(conversation_id)
        by = f"staff:{member.name}"
        if episode is None or not work.ownership.give(
            talk.id, None, of=_OWNED, to=Mode.CLOSED, owned_by=talk.owner, by=by
        ):
            return
        now = world.clock.now()
        work.handoffs.close(episode.id, at=now, outcome=Outcome.UNSOLVED.value)
        work.handoffs.log(
            episode.id, at=now, actor=member.name, from_mode=talk.mode, to_mode=Mode.CLOSED, epoch=talk.epoch + 1
        )
        work.commit()


def _end_cases(world: World, conversation_id: str) -> list[str]:
    """Withdraw what can be withdrawn; the numbers of the others."""
    with world.read() as work:
        cases = [case for case in work.cases.of_conversation(conversation_id) if case.state is not State.CLOSED]
    return [case.case_no for case in cases if case.case_no is not None and not _withdrawn(world, case)]


def _withdrawn(world: World, case: Case) -> bool:
    buyer = Actor(Role.CUSTOMER, case.conversation_id)
    try:
        act(world, case.case_no or "", Event.WITHDRAW, actor=buyer, given=Given(confirmed=True))
    except (IllegalTransition, GuardRefused, Conflict):
        return False
    return True


def _note(world: World, member: Staff, action: str, drill: str, **detail: Any) -> None:
    with world.write() as work:
        audit.note(world, work, member.name, action, drill, **detail)
        work.commit()
