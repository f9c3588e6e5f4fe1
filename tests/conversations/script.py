"""Plays a dialogue of `dialogues/*.yml` against the real bot and compares the database with what it shall hold.

title      what the dialogue shows
bought     orders, each {goods: [names below], status, signed_days_ago, phone, number, tier}; {order}, {order2} … in a
           turn are their numbers, {order_of_1} that of the first case filed
filed      cases that are there already, and in turns {staff: EVENT, …}: see `staff.py`
turns      a text is said; {say|press|old|photo|ago|expired|queue_ends: …, hears: […], in_order: […], not: […]}; lists
           are spliced in
           `complaint` is what staff do about the newest complaint, `freight` about the freight: see `staff.py`
           `press` a button of the last answer, `old` one of any earlier answer, `photo` a number of new ones or the
           name of one to be sent again, `ago` {hours: 2} lets time pass, `expired` says it in a new visit
database   what is there afterwards: see `_STATE`
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.engine import Engine

from backend.adapters.tables import handoff
from backend.bootstrap import Backend
from backend.domain.alert_list import URGED
from backend.domain.case import Case
from backend.domain.conversation import Author
from backend.domain.extra import Purpose
from backend.domain.order import Order, OrderLine, OrderStatus
from backend.services import complaints, conversations
from backend.services.complaints import complaints_of
from backend.services.conversations import get_conversation
from backend.services.handoff import turn_into_tickets
from tests.clock import FakeClock
from tests.conversations.customer import CUP, POT, Customer, a_picture, bought
from tests.conversations.staff import Staff, paid_by

GOODS = {
    "cup": CUP,
    "pot": POT,
    "cups": OrderLine(1, "CUP", "手冲咖啡杯", "家居", 3, 5000, 0, 15000),
    "shirt": OrderLine(1, "SHIRT", "纯棉白衬衫", "服饰", 1, 9900, 0, 9900),
    "lamp": OrderLine(3, "LAMP", "阅读台灯", "家电", 1, 25900, 0, 25900),
    "cake": OrderLine(1, "CAKE", "鲜奶蛋糕", "鲜活易腐", 1, 8800, 0, 8800),
    "sock": OrderLine(1, "SOCK", "短袜", "服饰", 1, 1200, 0, 1200),
    "phone": OrderLine(1, "PHONE", "智能手机", "数码", 1, 300000, 0, 300000),
    "two_cups": OrderLine(1, "CUP", "手冲咖啡杯", "家居", 2, 12800, 0, 25600),
    "bowls": OrderLine(1, "BOWL", "白瓷饭碗", "家居", 8, 1500, 0, 12000),
}
Dialogue = dict[str, Any]


def dialogues() -> list[Dialogue]:
    """All written dialogues, in the order of the files."""
    files = sorted((Path(__file__).parent / "dialogues").glob("*.yml"))
    return [each for file in files for each in yaml.safe_load(file.read_text("utf-8"))["dialogues"]]


KEYS = frozenset(
    {
        "ago", "by", "expired", "given", "hears", "in_order", "not", "of", "old", "photo", "photos", "press",
        "complaint", "freight",
        "queue_ends", "say", "staff", "with",
    }
)  # fmt: skip
"""What a turn may say; anything else would be passed over in silence."""


@dataclass
class Player:
    """One dialogue being played."""

    shop: Backend
    clock: FakeClock
    rasa: Any
    tables: Engine
    customer: Customer
    orders: list[Order] = field(default_factory=list)
    offered: list[dict[str, str]] = field(default_factory=list)
    photos: dict[str, bytes] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    staff: Staff = field(init=False)

    def __post_init__(self) -> None:
        self.staff = Staff(self.shop, self.customer.conversation_id)

    async def play(self, dialogue: Dialogue) -> None:
        """Play all turns, then look into the database. Raises AssertionError naming turn or field."""
        self.orders = [_bought(self.shop, spec) for spec in dialogue.get("bought", ())]
        for spec in dialogue.get("filed", ()):
            self.staff.file(spec, _bought(self.shop, {"goods": ["cup"], **spec}))
        await self.customer.reads()
        self.offered += self.customer.buttons()
        for turn in _flat(dialogue["turns"]):
            await self._take(turn if isinstance(turn, dict) else {"say": turn})
        for name, expected in dialogue.get("database", {}).items():
            found = _STATE[name](self)
            assert _plain(found, expected) == self._filled(expected), f"{name}; the last answer: {self.answers[-1:]}"

    async def _take(self, turn: dict[str, Any]) -> None:
        assert turn.keys() <= KEYS, f"unknown: {turn.keys() - KEYS}"
        if "ago" in turn:
            self.clock.advance(**turn["ago"])
            return
        if "queue_ends" in turn:
            self.clock.advance(minutes=11)
            turn_into_tickets(self.shop.world)
            return
        answer = await self._answer(turn)
        self.offered += self.customer.buttons()
        self.answers.append(answer)
        self._check_always(answer)
        for fragment in _listed(turn.get("hears")):
            assert self._filled(fragment) in answer, f"{turn}: {self._filled(fragment)} is not in\n{answer}"
        places = [answer.find(self._filled(fragment)) for fragment in _listed(turn.get("in_order"))]
        assert -1 not in places and places == sorted(places), f"{turn}: not all, or not in this order, in\n{answer}"
        for fragment in _listed(turn.get("not")):
            assert self._filled(fragment) not in answer, f"{turn}: {fragment} is in\n{answer}"

    async def _answer(self, turn: dict[str, Any]) -> str:
        if "staff" in turn:
            told = {name: turn[name] for name in ("by", "photos", "of") if name in turn}
            self.staff.do(turn["staff"], turn.get("given", {}), **told)
            return await self.customer.reads()
        if "complaint" in turn:
            self.staff.look_into_complaint(turn["complaint"], turn.get("given", ""))
            return await self.customer.reads()
        if "freight" in turn:
            self.staff.decide_on_freight(turn["freight"])
            return await self.customer.reads()
        if "press" in turn:
            return await self.customer.presses(turn["press"])
        if "old" in turn:
            self.customer.heard = []
            (token, *_) = [each["token"] for each in self.offered if each["title"] == turn["old"]]
            return await self.customer.presses_token(token)
        if "photo" in turn:
            return await self.customer.sends_photo(
                *self._pictures(turn["photo"]), text=self._filled(turn.get("with", ""))
            )
        with self._new_visit("expired" in turn):
            return await self.customer.says(self._filled(turn.get("say") or turn["expired"]))

    def _pictures(self, photo: int | str) -> list[bytes]:
        if isinstance(photo, int):
            return [a_picture() for _ in range(photo)]
        return [self.photos.setdefault(photo, a_picture())]

    def _check_always(self, answer: str) -> None:
        notices = [row.template for row in self.customer.heard if row.template]
        assert "turn_failed" not in notices, f"a turn has failed after {self.answers[-3:]}"
        assert "{" not in answer, answer
        texts = [row.text for row in self.customer.heard if row.text and not row.template]
        assert len(texts) == len(set(texts)), f"said twice: {texts}"

    def _filled(self, expected: Any) -> Any:
        if not isinstance(expected, str):
            return expected
        for number, order in enumerate(self.orders, 1):
            expected = expected.replace("{order%s}" % (number if number > 1 else ""), order.order_no)
        for number, case in enumerate(self.staff.filed, 1):
            expected = expected.replace(f"{{case{number}}}", case.case_no or "")
            expected = expected.replace(f"{{order_of_{number}}}", case.order_no or "")
        newest = next(iter(self.customer.cases()), None)
        return expected.replace("{case}", newest.case_no or "" if newest else "")

    @contextmanager
    def _new_visit(self, expired: bool) -> Iterator[None]:
        domain = self.rasa.agent.domain
        before = domain.session_config
        if expired:
            domain.session_config = before._replace(session_expiration_time=1e-9)
        try:
            yield
        finally:
            domain.session_config = before


_FIELDS = {"phone": "buyer_phone", "number": "order_no", "tier": "buyer_tier"}
"""Of an order as a dialogue names it."""


def _bought(shop: Backend, spec: dict[str, Any]) -> Order:
    signed = shop.world.clock.now() - timedelta(days=spec.get("signed_days_ago", 0))
    changes: dict[str, Any] = {"placed_at": signed, "shipped_at": signed, "signed_at": signed}
    if spec.get("status") in ("paid", "shipped"):
        status = OrderStatus(spec["status"])
        changes |= {"status": status, "signed_at": None}
        if status is OrderStatus.PAID:
            changes["shipped_at"] = None
    changes |= {field: spec[name] for name, field in _FIELDS.items() if name in spec}
    lines = [GOODS[name] for name in spec["goods"]]
    if "paid_by" in spec:
        changes["payments"] = paid_by(spec["paid_by"], sum(line.paid_fen for line in lines))
    return bought(shop.world, *lines, **changes)


def _flat(turns: list[Any]) -> Iterator[Any]:
    for turn in turns:
        if isinstance(turn, list):
            yield from _flat(turn)
        else:
            yield turn


def _listed(fragments: Any) -> list[str]:
    return [] if fragments is None else [fragments] if isinstance(fragments, str) else list(fragments)


def _plain(found: Any, expected: Any) -> Any:
    """What was found, as far as it was asked about: of a record the fields named, in the words of the file."""
    if isinstance(expected, dict) and found is not None:
        return {name: _field(found, name) for name in expected}
    return found


def _field(record: Any, name: str) -> Any:
    if name == "goods":
        return [f"{line.line_no}x{line.quantity}" for line in record.lines]
    value = record[name] if isinstance(record, dict) else getattr(record, name)
    return getattr(value, "value", value)


def _case(player: Player) -> Case | None:
    return next(iter(player.customer.cases()), None)


def _evidence(player: Player) -> list[str]:
    with player.shop.world.read() as work:
        case = _case(player) or player.customer.draft()
        return sorted(piece.kind.value for piece in work.evidence.of_case(case.id)) if case else []


def _events(player: Player) -> list[str]:
    case = _case(player)
    with player.shop.world.read() as work:
        return [event.event for event in work.cases.events(case.id)] if case else []


def _urged(player: Player) -> list[str]:
    """Who of the shop was told that the customer presses for a case, once for each time."""
    with player.shop.world.read() as work:
        cases = {case.id for case in (*player.staff.filed, *player.customer.cases())}
        alerts = [alert for case_id in cases for alert in work.alerts.of_case(case_id)]
    return sorted(alert.role.value for alert in alerts if alert.detail["about"] == URGED)


def _pictures(player: Player) -> int:
    """How many bubbles with a picture the customer was shown."""
    rows = conversations.transcript(player.shop.world, player.customer.conversation_id, 0)
    return sum(row.author is not Author.CUSTOMER and "image" in row.payload for row in rows)


def _filed(player: Player, number: int) -> Case | None:
    """One of the cases that were there already, as it is now."""
    with player.shop.world.read() as work:
        return work.cases.get(player.staff.filed[number - 1].id)


def _freight(player: Player) -> Any:
    """The newest freight that was asked for about the newest case."""
    case = _case(player)
    with player.shop.world.read() as work:
        asked = [each for each in work.extras.of_case(case.id) if each.purpose is Purpose.FREIGHT] if case else []
    return asked[-1] if asked else None


def _complaint(player: Player) -> Any:
    found = complaints.complaints_of(player.shop.world, player.customer.conversation_id)
    return found[0] if found else None


def _rating(player: Player) -> Any:
    case = _case(player)
    with player.shop.world.read() as work:
        return work.ratings.of_case(case.id) if case else None


def _handoff(player: Player) -> dict[str, Any] | None:
    query = select(handoff).where(handoff.c.conversation_id == player.customer.conversation_id).order_by(handoff.c.id)
    with player.tables.connect() as connection:
        rows = connection.execute(query).all()
    return {"reason": rows[-1].reason, "priority": rows[-1].priority, **rows[-1].summary} if rows else None


def _order_of(player: Player, record: Case | None) -> int | None:
    numbers = [order.order_no for order in player.orders]
    return numbers.index(record.order_no) + 1 if record and record.order_no in numbers else None


_STATE = {
    "cases": lambda player: len(player.customer.cases()),
    "case": _case,
    "draft": lambda player: player.customer.draft(),
    "of_case_1": lambda player: _filed(player, 1),
    "of_case_2": lambda player: _filed(player, 2),
    "evidence": _evidence,
    "pictures": _pictures,
    "complaints": lambda player: len(complaints_of(player.shop.world, player.customer.conversation_id)),
    "rating": _rating,
    "complaint": _complaint,
    "freight": _freight,
    "events": _events,
    "urged": _urged,
    "mode": lambda player: get_conversation(player.shop.world, player.customer.conversation_id).mode.value,
    "handoff": _handoff,
    "order_of_case": lambda player: _order_of(player, _case(player)),
    "order_of_draft": lambda player: _order_of(player, player.customer.draft()),
}
"""What a dialogue may say about the database."""
