"""A customer at the other end of a conversation: says things, presses buttons, sends photos, reads the answers."""

import io
import itertools
from dataclasses import dataclass, field
from random import Random

from PIL import Image

from backend.domain.case import Case
from backend.domain.conversation import Author, Message
from backend.domain.order import Order, OrderLine, Payment, PaymentMethod
from backend.ports import World
from backend.services import conversations, drafts
from bot.channels.messages import IncomingMessage
from bot.router import Router
from tests.builders import an_order

_numbers = itertools.count(1)

CUP = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 1, 12800, 0, 12800)
POT = OrderLine(2, "POT", "细口壶", "家居", 1, 20000, 0, 20000)


@dataclass
class Customer:
    """One customer in one conversation. Everything said in answer to the last thing is in `heard`."""

    world: World
    router: Router
    conversation_id: str
    heard: list[Message] = field(default_factory=list)
    seq: int = 0

    async def says(self, text: str) -> str:
        """Say something; the answers' texts as one."""
        return await self._send(IncomingMessage(self.conversation_id, text=text))

    async def presses(self, title: str) -> str:
        """Press the button with this title under one of the last answers."""
        titles = {button["title"]: button["token"] for button in self.buttons()}
        assert title in titles, f"no button {title!r} among {list(titles)}"
        return await self.presses_token(titles[title])

    async def presses_token(self, token: str) -> str:
        """Press any button ever shown."""
        return await self._send(IncomingMessage(self.conversation_id, button=token))

    async def sends_photo(self, *photos: bytes, text: str = "") -> str:
        """Send photos, a new one where none is given."""
        return await self._send(IncomingMessage(self.conversation_id, text=text, photos=photos or (a_picture(),)))

    async def reads(self) -> str:
        """Read what has come in the meantime: the texts as one."""
        seen = self.seq
        await self.router.send(self.conversation_id)
        return self._hear(seen)

    def buttons(self) -> list[dict[str, str]]:
        """The buttons under the last answers."""
        return [button for message in self.heard for button in message.payload.get("buttons") or []]

    def cards(self) -> list[dict[str, object]]:
        return [message.payload["card"] for message in self.heard if message.payload.get("card")]

    def draft(self) -> Case | None:
        view = drafts.view_draft(self.world, self.conversation_id)
        return view.draft if view else None

    def cases(self) -> list[Case]:
        """What was filed in this conversation, newest first."""
        with self.world.read() as work:
            return work.cases.of_conversation(self.conversation_id)

    async def _send(self, message: IncomingMessage) -> str:
        stored = await self.router.receive(message)
        await self.router.drain()
        return self._hear(stored.seq)

    def _hear(self, after: int) -> str:
        rows = conversations.transcript(self.world, self.conversation_id, after)
        self.seq = max([after, *(row.seq for row in rows)])
        self.heard = [row for row in rows if row.author is not Author.CUSTOMER]
        return "\n".join(row.text for row in self.heard)


def bought(world: World, *lines: OrderLine, **changes: object) -> Order:
    """A signed order of these lines, one cup by default, whose buyer's telephone number ends in 6688."""
    lines = lines or (CUP,)
    paid = sum(line.paid_fen for line in lines)
    number = str(changes.pop("order_no", f"2026112200{next(_numbers):06d}"))
    now = world.clock.now()
    order = an_order(
        number,
        **{
            "lines": lines,
            "paid_fen": paid,
            "payments": (Payment(PaymentMethod.WECHAT, f"WX{number}", paid),),
            "placed_at": now,
            "shipped_at": now,
            "signed_at": now,
            "buyer_phone": f"139{next(_numbers):04d}6688",
            **changes,
        },
    )
    with world.write() as work:
        work.orders.put(order)
        work.commit()
    return order


def a_picture() -> bytes:
    """A small JPEG unlike the others."""
    random = Random(next(_numbers))
    file = io.BytesIO()
    Image.frombytes("RGB", (16, 12), random.randbytes(16 * 12 * 3)).resize((160, 120)).save(file, "JPEG")
    return file.getvalue()
