"""The outbox's way out: once, in order, and honest about what is not known."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Conversation, Delivery, Message, Mode
from backend.ports import World
from backend.services import conversations, privacy
from backend.services.conversations import Notice, Said, tell
from backend.services.staff import add_staff
from bot import delivery, script
from bot.delivery import LEASE, Busy, Held, ReadFromTranscript, Refused, Unclear, deliver, take_back_lapsed
from tests.builders import an_order
from tests.clock import FakeClock
from tests.outbox import put_in_outbox, stored_message


class Recorder:
    """A sender that remembers, or fails as told."""

    def __init__(self, error: Exception | None = None, *, repeatable: bool = False) -> None:
        self.repeatable = repeatable
        self.error = error
        self.sent: list[Message] = []

    async def send(self, message: Message, conversation: Conversation) -> None:
        await asyncio.sleep(0)
        self.sent.append(message)
        if self.error is not None:
            raise self.error

    async def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def conversation(world: World) -> Conversation:
    conversation = conversations.open_conversation(world, "webchat", "visitor")
    asyncio.run(deliver(world, {"webchat": Recorder()}))
    return conversation


def shown(world: World, conversation: Conversation) -> list[str]:
    return [row.text for row in conversations.transcript(world, conversation.id, 1)]


async def test_rows_go_out_in_order_and_may_be_read_then(world: World, conversation: Conversation) -> None:
    sender = Recorder()
    for text in ("一", "二", "三"):
        put_in_outbox(world, conversation, text)
    assert shown(world, conversation) == []
    assert await deliver(world, {"webchat": sender}) == 3
    assert [row.text for row in sender.sent] == shown(world, conversation) == ["一", "二", "三"]


async def test_two_who_deliver_at_once_send_each_row_once(world: World, conversation: Conversation) -> None:
    sender = Recorder()
    for number in range(5):
        put_in_outbox(world, conversation, str(number))
    counts = await asyncio.gather(*(deliver(world, {"webchat": sender}) for _ in range(3)))
    assert sum(counts) == len(sender.sent) == 5
    assert [row.text for row in sender.sent] == [str(number) for number in range(5)]


async def test_a_bots_row_of_an_older_epoch_is_dropped(world: World, conversation: Conversation) -> None:
    sender = Recorder()
    put_in_outbox(world, conversation, "太晚了")
    with world.write() as work:
        work.conversations.change_mode(conversation.id, of=[Mode.BOT], to=Mode.HUMAN, by="a", waiting_since=None)
        work.commit()
    assert await deliver(world, {"webchat": sender}) == 0
    assert sender.sent == []
    assert await deliver(world, {"webchat": sender}) == 0


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (Refused("blocked"), (Delivery.FAILED, "blocked")),
        (Unclear("timeout"), (Delivery.UNKNOWN, "timeout")),
        (Held("48 hours are over"), (Delivery.HELD, "48 hours are over")),
        (KeyError("a mistake"), (Delivery.UNKNOWN, "KeyError('a mistake')")),
    ],
    ids=["refused", "unclear", "held", "broken"],
)
async def test_staff_can_read_what_became_of_a_message_and_why(
    world: World, conversation: Conversation, error: Exception, ended: tuple[Delivery, str]
) -> None:
    row = put_in_outbox(world, conversation, "在吗")
    await deliver(world, {"webchat": Recorder(error)})
    found = stored_message(world, row.id)
    assert (found.delivery, found.error) == ended


async def test_a_sender_that_breaks_on_one_message_sends_the_next(world: World, conversation: Conversation) -> None:
    sender = Recorder(KeyError("a mistake"))
    put_in_outbox(world, conversation, "一")
    put_in_outbox(world, conversation, "二")
    await deliver(world, {"webchat": sender})
    assert [row.text for row in sender.sent] == ["一", "二"]


@pytest.mark.parametrize("error", [Held("48 hours are over"), Unclear("timeout")], ids=["held", "unknown"])
async def test_what_waits_for_the_customer_goes_out_when_they_write_before_what_answers_them(
    world: World, conversation: Conversation, error: Exception
) -> None:
    put_in_outbox(world, conversation, "退款已到账")
    await deliver(world, {"webchat": Recorder(error)})
    sender = Recorder()
    assert await deliver(world, {"webchat": sender}) == 0
    conversations.receive(world, conversation.id, conversations.Said(text="到账了吗"))
    put_in_outbox(world, conversation, "到账了")
    assert await deliver(world, {"webchat": sender}) == 2
    assert [row.text for row in sender.sent] == ["退款已到账", "到账了"]


async def test_a_repeat_of_what_the_customer_wrote_sends_nothing_again(
    world: World, conversation: Conversation
) -> None:
    said = conversations.Said(text="在吗", client_id="c-1")
    conversations.receive(world, conversation.id, said)
    put_in_outbox(world, conversation, "在的")
    await deliver(world, {"webchat": Recorder(Unclear("timeout"))})
    conversations.receive(world, conversation.id, said)
    assert await deliver(world, {"webchat": Recorder()}) == 0


async def test_who_is_asked_to_wait_sends_it_afterwards_and_keeps_the_order(
    world: World, conversation: Conversation, clock: FakeClock
) -> None:
    busy, sender = Recorder(Busy(30)), Recorder()
    for text in ("一", "二"):
        put_in_outbox(world, conversation, text)
    assert await deliver(world, {"webchat": busy}) == 0
    assert [row.text for row in busy.sent] == ["一"]
    clock.advance(seconds=29)
    assert await deliver(world, {"webchat": sender}) == 0
    clock.advance(seconds=1)
    assert await deliver(world, {"webchat": sender}) == 2
    assert [row.text for row in sender.sent] == ["一", "二"]


async def test_one_channels_trouble_holds_up_no_other(world: World, conversation: Conversation) -> None:
    elsewhere = conversations.open_conversation(world, "telegram", "visitor")
    put_in_outbox(world, conversation, "在的")
    here, there = Recorder(), Recorder(Busy(60))
    assert await deliver(world, {"webchat": here, "telegram": there}, channel="webchat") == 1
    assert [row.text for row in here.sent] == ["在的"] and there.sent == []
    assert await deliver(world, {"webchat": here, "telegram": there}, elsewhere.id) == 0


@pytest.mark.parametrize("error", [Refused("blocked"), Unclear("timeout")], ids=["refused", "unclear"])
async def test_what_did_not_surely_arrive_is_not_shown_and_not_sent_again(
    world: World, conversation: Conversation, error: Exception
) -> None:
    sender = Recorder(error)
    put_in_outbox(world, conversation, "在吗")
    assert await deliver(world, {"webchat": sender}) == 0
    assert await deliver(world, {"webchat": sender}) == 0
    assert len(sender.sent) == 1
    assert shown(world, conversation) == []


async def test_a_channel_that_nobody_serves_here_keeps_its_rows(world: World, conversation: Conversation) -> None:
    put_in_outbox(world, conversation, "在吗")
    assert await deliver(world, {}) == 0
    assert await deliver(world, {"webchat": Recorder()}) == 1


async def test_young_rows_are_left_to_who_wrote_them(
    world: World, conversation: Conversation, clock: FakeClock
) -> None:
    put_in_outbox(world, conversation, "在吗")
    second = timedelta(seconds=1)
    assert await deliver(world, {"webchat": Recorder()}, older_than=second) == 0
    clock.advance(seconds=1)
    assert await deliver(world, {"webchat": Recorder()}, older_than=second) == 1


async def test_a_notice_is_worded_with_its_buttons_and_kept_so(world: World, conversation: Conversation) -> None:
    tell(world, conversation.id, Notice("queue_left"))
    await deliver(world, {"webchat": Recorder()})
    (row,) = conversations.transcript(world, conversation.id, 1)
    assert "没有在排队" in row.text
    (button,) = row.payload["buttons"]
    pressed = conversations.receive(world, conversation.id, conversations.Said(button=button["token"]))
    assert pressed.message.payload["pressed"] == "/request_human"


async def test_a_card_is_worded_for_the_page(world: World, conversation: Conversation) -> None:
    facts = {
        "kind": "order",
        "order_no": "A1001",
        "status": "signed",
        "items": [{"title": '手冲"咖啡杯" {{ 1 }} <b>', "quantity": 2, "fen": 12345}],
        "paid_fen": 12345,
    }
    put_in_outbox(world, conversation, "您的订单", card=facts)
    await deliver(world, {"webchat": Recorder()})
    (row,) = conversations.transcript(world, conversation.id, 1)
    assert row.payload["card"] == {
        "kind": "order",
        "order_no": "A1001",
        "status": "已签收",
        "items": [{"title": '手冲"咖啡杯" {{ 1 }} <b>', "quantity": 2, "amount": "¥123.45"}],
        "amount": "¥123.45",
    }


async def test_a_row_that_cannot_be_worded_holds_up_no_other(world: World, conversation: Conversation) -> None:
    tell(world, conversation.id, Notice("no such notice"))
    tell(world, conversation.id, Notice("queue_position"))
    put_in_outbox(world, conversation, "您的订单", card={"kind": "order"})
    put_in_outbox(world, conversation, "在的")
    assert await deliver(world, {"webchat": Recorder()}) == 1
    assert shown(world, conversation) == ["在的"]


async def test_a_customers_words_are_not_shown_before_what_was_said_earlier(
    world: World, conversation: Conversation
) -> None:
    put_in_outbox(world, conversation, "先说的")
    conversations.receive(world, conversation.id, conversations.Said(text="后说的"))
    assert shown(world, conversation) == []
    await deliver(world, {"webchat": Recorder()})
    assert shown(world, conversation) == ["先说的", "后说的"]


@pytest.mark.parametrize(("repeatable", "arrives"), [(True, True), (False, False)])
async def test_a_row_whose_sender_died_is_sent_again_only_where_that_does_no_harm(
    world: World, conversation: Conversation, clock: FakeClock, repeatable: bool, arrives: bool
) -> None:
    row = put_in_outbox(world, conversation, "在吗")
    with world.write() as work:
        assert work.messages.lease(row.id, clock.now(), clock.now() + LEASE)
        work.commit()
    senders = {"webchat": Recorder(repeatable=repeatable)}
    assert await take_back_lapsed(world, senders) == 0
    clock.advance(seconds=31)
    assert await take_back_lapsed(world, senders) == 1
    await deliver(world, senders)
    assert shown(world, conversation) == (["在吗"] if arrives else [])


def _tokens(world: World) -> int:
    with world.read() as work:
        connection = work.connection  # type: ignore[attr-defined]
        return int(connection.exec_driver_sql("SELECT count(*) FROM button").scalar())


@pytest.mark.parametrize("script", ["在吗", "請問在嗎"], ids=["simplified", "traditional"])
@pytest.mark.parametrize("error", [Busy(5), Held("blocked")], ids=["busy", "held"])
async def test_a_row_that_is_tried_again_and_again_leaves_no_buttons_behind(
    world: World, conversation: Conversation, clock: FakeClock, script: str, error: Exception
) -> None:
    conversations.receive(world, conversation.id, Said(text=script))
    tell(world, conversation.id, Notice("queue_left"))
    before = _tokens(world)
    for _ in range(4):
        await deliver(world, {"webchat": Recorder(error)})
        clock.advance(seconds=6)
        with world.write() as work:
            work.messages.release(conversation.id)
            work.commit()
    assert _tokens(world) == before
    sender = Recorder()
    assert await deliver(world, {"webchat": sender}) == 1
    assert _tokens(world) == before + len(sender.sent[0].payload["buttons"])


async def test_what_may_have_arrived_may_be_pressed(world: World, conversation: Conversation, clock: FakeClock) -> None:
    tell(world, conversation.id, Notice("queue_left"))
    sender = Recorder(Unclear("no answer"))
    await deliver(world, {"webchat": sender})
    token = sender.sent[0].payload["buttons"][0]["token"]
    with world.read() as work:
        assert work.buttons.redeem(conversation.id, token, clock.now()) is not None


async def test_a_conversation_that_is_erased_meanwhile_holds_up_no_other(
    world: World, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = conversations.open_conversation(world, "webchat", "somebody else")
    senders = {"webchat": ReadFromTranscript()}
    await deliver(world, senders)
    for each in (conversation, other):
        put_in_outbox(world, each, "退款已到账")
    found = delivery._waiting(world, None, None, timedelta(0))
    monkeypatch.setattr(delivery, "_waiting", lambda *_: found)
    _erase_who_talks_in(world, conversation)
    assert await deliver(world, senders) == 1
    assert shown(world, other) == ["退款已到账"]


def _erase_who_talks_in(world: World, conversation: Conversation) -> None:
    order = an_order("202611110001")
    with world.write() as work:
        work.orders.put(order)
        buyer = work.orders.customer_of(order.order_no)
        assert buyer is not None
        work.conversations.prove(conversation.id, buyer, "phone_tail", world.clock.now())
        work.commit()
    privacy.erase(world, order.buyer_phone, by=add_staff(world, "王经理", Role.MANAGER))


@pytest.mark.parametrize("sender", [Recorder(), ReadFromTranscript()], ids=["sent", "read from the transcript"])
async def test_a_row_that_cannot_be_put_into_their_script_holds_up_no_other(
    world: World, conversation: Conversation, sender: Recorder | ReadFromTranscript, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations.receive(world, conversation.id, conversations.Said(text="請問退款進度"))
    rows = [put_in_outbox(world, conversation, text) for text in ("一", "坏", "三")]
    monkeypatch.setattr(script, "in_traditional", _fails_on("坏", script.in_traditional))
    assert await deliver(world, {"webchat": sender}) == 2
    assert [stored_message(world, row.id).delivery for row in rows] == [Delivery.SENT, Delivery.FAILED, Delivery.SENT]


def _fails_on(words: str, convert: Callable[[str], str]) -> Callable[[str], str]:
    def converted(text: str) -> str:
        if text == words:
            raise ValueError(text)
        return convert(text)

    return converted


async def test_a_sender_sees_the_conversation_as_it_is_when_its_turn_comes(
    world: World, conversation: Conversation
) -> None:
    class Blocked(Recorder):
        async def send(self, message: Message, conversation: Conversation) -> None:
            seen.append(conversation.left_at is not None)
            with world.write() as work:
                work.conversations.leave(conversation.id, world.clock.now())
                work.commit()

    seen: list[bool] = []
    for text in ("一", "二"):
        put_in_outbox(world, conversation, text)
    await deliver(world, {"webchat": Blocked()})
    assert seen == [False, True]
