"""Thousands of random turns: whatever customers do, they get an answer, nobody else's data, and no case unasked.

Between their turns staff take the filed cases on, so that there are offers, refusals and returns to react to. The turns
are drawn from a seed, so a failure can be played again: ANXIN_RANDOM_SEED names another, ANXIN_RANDOM_TURNS how many
turns; the suite plays a few hundred, and 3,000 take some minutes.
"""

import asyncio
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import yaml

from backend.bootstrap import Backend
from backend.domain.case import Role
from backend.domain.conversation import Author, Message, Mode
from backend.domain.order import Order, OrderLine, Payment
from backend.errors import EvidenceRefused
from backend.services import conversations, handoff
from bot.channels.messages import IncomingMessage
from bot.router import Router
from tests.clock import FakeClock
from tests.conversations.customer import CUP, POT, Customer, a_picture, bought
from tests.conversations.random_staff import take_a_step
from tests.conversations.staff import paid_by

SEED = int(os.environ.get("ANXIN_RANDOM_SEED", "2026"))
TURNS = int(os.environ.get("ANXIN_RANDOM_TURNS", "400"))
PEOPLE = 6
TURNS_OF_A_VISIT = 25

WORDS: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("random_words.yml").read_text("utf-8"))
CONFIRMING = ("/affirm",)
YES = ("是的", "嗯", "确认提交", "没问题", "同意", "同意这个方案", "👌", "\u200b嗯")
"""What agrees to a summary, of all that is said here."""


@dataclass
class Somebody:
    """A random customer: what they own, and what was shown to them."""

    customer: Customer
    orders: list[Order]
    tokens: list[str] = field(default_factory=list)
    repeat: IncomingMessage | None = None
    sent: int = 0
    filed: set[int] = field(default_factory=set)


@pytest.fixture
def town(shop: Backend, router: Router) -> list[Somebody]:
    people = []
    for number in range(PEOPLE):
        conversation = conversations.open_conversation(shop.world, "webchat", f"random-{number}")
        phone = f"1350000{number:04d}"
        goods = ((CUP, POT), (CUP,), (POT,))
        orders = [bought(shop.world, *lines, buyer_phone=phone, payments=_by_card(*lines)) for lines in goods]
        people.append(Somebody(Customer(shop.world, router, conversation.id), orders))
    return people


async def test_whatever_customers_do_they_are_answered_and_nothing_is_done_unasked(
    town: list[Somebody], shop: Backend, town_clock: FakeClock
) -> None:
    random = Random(SEED)
    played = 0
    while played < TURNS:
        pair = random.sample(town, 2) if random.random() < 0.3 else [random.choice(town)]
        await asyncio.gather(*(_turn(random, somebody, town, shop) for somebody in pair))
        played += len(pair)
        if random.random() < 0.15:
            await _staff_work(random, random.choice(town), shop)
        if random.random() < 0.02:
            town_clock.advance(minutes=11)
            handoff.turn_into_tickets(shop.world)
    assert any(somebody.customer.cases() for somebody in town), "the draw never came to a case: it shows nothing"


async def test_a_person_is_always_within_three_turns(town: list[Somebody], shop: Backend) -> None:
    random = Random(SEED + 1)
    for somebody in town:
        for _ in range(random.randrange(TURNS_OF_A_VISIT)):
            await _turn(random, somebody, town, shop)
        for wish in ("转人工", "我要人工客服", "转人工"):
            if _mode(somebody, shop) not in handoff.SERVED_BY_BOT:
                break
            await somebody.customer.says(wish)
        assert _mode(somebody, shop) in (Mode.QUEUED, Mode.TICKET)


def _by_card(*lines: OrderLine) -> tuple[Payment, ...]:
    """Paid by card, which finance pays back by hand: no provider is needed."""
    return paid_by("card", sum(line.paid_fen for line in lines))


async def _staff_work(random: Random, somebody: Somebody, shop: Backend) -> None:
    """Staff take one of somebody's cases a step on, and the customer reads what they are told of it."""
    cases = somebody.customer.cases()
    if not cases or not take_a_step(random, shop, random.choice(cases)):
        return
    before = somebody.sent
    await somebody.customer.router.send(somebody.customer.conversation_id)
    rows = _rows(somebody, before)
    somebody.tokens += [button["token"] for row in rows for button in row.payload.get("buttons") or []]


async def _turn(random: Random, somebody: Somebody, town: list[Somebody], shop: Backend) -> None:
    """One random thing, and what must hold after it."""
    message = _drawn(random, somebody)
    mode = _mode(somebody, shop)
    somebody.filed |= {case.id for case in somebody.customer.cases()}
    consents = _consents(somebody)
    last = _told_last(somebody)
    try:
        stored = await somebody.customer.router.receive(message)
    except EvidenceRefused:  # more than nine photos a day: the channel says so, nothing is stored
        return
    again = stored.seq <= somebody.sent
    somebody.sent = max(somebody.sent, stored.seq)
    somebody.repeat = message
    await somebody.customer.router.drain()
    heard = [row for row in _rows(somebody, stored.seq) if row.author is not Author.CUSTOMER]
    somebody.tokens += [button["token"] for row in heard for button in row.payload.get("buttons") or []]
    what = f"seed {SEED}, {mode.value}: {message.text or stored.payload}"
    assert again or heard or mode is Mode.QUEUED, f"no answer to {what}"
    assert mode is not Mode.QUEUED or _acknowledged(somebody), f"no acknowledgement in the queue: {what}"
    assert not [row for row in heard if row.template == "turn_failed"], f"a turn has failed: {what}"
    _check_privacy(heard, somebody, town, what)
    if {case.id for case in somebody.customer.cases()} - somebody.filed:
        _check_confirmed(stored, last, what)
    if _consents(somebody) > consents:
        assert stored.text not in _NO_YES and "evidence" not in stored.payload, f"agreed for the customer: {what}"


def _drawn(random: Random, somebody: Somebody) -> IncomingMessage:
    ours = somebody.customer.conversation_id
    client_id = f"{ours}-{random.random()}"
    kind = random.choices(("real", "number", "button", "garbage", "photo", "again", "rare"), (30, 18, 25, 8, 10, 5, 2))[
        0
    ]
    if kind == "button" and somebody.tokens:
        recent = random.random() < 0.7
        return IncomingMessage(ours, button=random.choice(somebody.tokens[-4:] if recent else somebody.tokens))
    if kind == "photo":
        words = random.choice(("", "", "就是这样"))
        return IncomingMessage(ours, text=words, photos=(a_picture(),), client_id=client_id)
    if kind == "again" and somebody.repeat is not None:
        return somebody.repeat
    if kind == "number":
        order = random.choice(somebody.orders)
        said = random.choice(("{0}", "订单{0}，尾号{1}", "{1}", "{0} 什么进度", "订单{0}少发了杯盖，退款，尾号{1}"))
        return IncomingMessage(ours, text=said.format(order.order_no, order.buyer_phone[-4:]), client_id=client_id)
    text = random.choice(WORDS.get(kind, WORDS["real"]))
    return IncomingMessage(ours, text=text if text.strip() else "嗯", client_id=client_id)


def _mode(somebody: Somebody, shop: Backend) -> Mode:
    return conversations.get_conversation(shop.world, somebody.customer.conversation_id).mode


def _rows(somebody: Somebody, after: int) -> list[Message]:
    return conversations.transcript(somebody.customer.world, somebody.customer.conversation_id, after)


def _acknowledged(somebody: Somebody) -> bool:
    recent = _rows(somebody, max(0, somebody.sent - 60))
    return any((row.template or "").startswith("queue_") for row in recent)


def _told_last(somebody: Somebody) -> str:
    recent = _rows(somebody, max(0, somebody.sent - 12))
    return "\n".join(row.text for row in recent if row.author is not Author.CUSTOMER)


def _check_privacy(heard: list[Message], somebody: Somebody, town: list[Somebody], what: str) -> None:
    """Nobody reads an order's or a case's number that is neither theirs nor typed by themselves."""
    others = [other for other in town if other is not somebody]
    theirs = {order.order_no for other in others for order in other.orders}
    theirs |= {case.case_no or "" for other in others for case in other.customer.cases()} - set(WORDS["garbage"])
    shown = "\n".join(f"{row.text}{row.payload.get('card')}" for row in heard)
    assert not theirs & set(re.findall(r"(?:RC)?\d+", shown)), f"somebody else's order is shown: {what}"


_CONSENTS = {"accept", "accept_partial", "choose_send_back", "withdraw", "confirm"}
_NO_YES = set(WORDS["garbage"]) - {"👌", "\u200b嗯"}


def _consents(somebody: Somebody) -> int:
    """How often the customer has agreed to something about their cases."""
    with somebody.customer.world.read() as work:
        events = [event for case in somebody.customer.cases() for event in work.cases.events(case.id)]
    return sum(event.role is Role.CUSTOMER and event.event in _CONSENTS for event in events)


def _check_confirmed(stored: Message, last: str, what: str) -> None:
    """A case follows a summary that was told, and a message that says yes to it."""
    pressed = stored.payload.get("pressed", "")
    said_yes = pressed.startswith(CONFIRMING) or stored.text in YES
    assert said_yes and ("核对" in last or "核對" in last), f"filed without a confirmation: {what}"
