"""Conversations with an agent in them: the bot keeps silent, and goes on where it was when it is given back."""

import json
from contextlib import suppress

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from backend.adapters.tables import dialogue_event
from backend.bootstrap import Backend
from backend.domain.case import Role
from backend.domain.conversation import Mode
from backend.domain.ownership import Outcome
from backend.domain.work import Staff
from backend.errors import Conflict
from backend.services import agent_talk, ownership, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import get_conversation
from backend.services.handoff_card import build_card
from backend.services.staff import add_staff
from tests.conversations.customer import Customer, bought


@pytest.fixture
def agent(shop: Backend) -> Staff:
    member = Staff("客服小苏", Role.AGENT)
    with suppress(Conflict):  # the shop is one for all tests
        add_staff(shop.world, member.name, member.role)
    presence.hear(shop.world, member)
    return member


def _long_ago(tables: Engine, customer: Customer) -> None:
    """Everything Rasa remembers of the conversation was two hours earlier: its visit is over."""
    key = dialogue_event.c
    with tables.begin() as connection:
        for row in connection.execute(select(dialogue_event).where(key.conversation_id == customer.conversation_id)):
            event = json.loads(row.data)
            moved = json.dumps({**event, "timestamp": event["timestamp"] - 7200})
            connection.execute(update(dialogue_event).where(key.id == row.id).values(data=moved))


async def _write(customer: Customer, agent: Staff, text: str) -> str:
    agent_talk.reply(customer.world, customer.conversation_id, agent, AgentReply(text))
    return await customer.reads()


async def _gone_back(customer: Customer) -> str:
    """What the customer hears once the chat process has taken the hand-back."""
    seen = customer.seq
    await customer.router.take_handbacks()
    await customer.router.drain()
    return customer._hear(seen)


def _mode(customer: Customer) -> Mode:
    return get_conversation(customer.world, customer.conversation_id).mode


async def test_an_agent_helps_in_the_middle_of_a_form_and_the_bot_goes_on_with_what_they_found_out(
    customer: Customer, agent: Staff
) -> None:
    order = bought(customer.world)
    await customer.says("我要退货")
    await customer.says(f"订单号 {order.order_no}")
    await customer.says("6688")
    assert "您现在排在第" in await customer.says("帮我转人工，谢谢！")
    assert "queue" in str([row.template for row in customer.heard])

    ownership.claim(customer.world, customer.conversation_id, agent)
    card = build_card(customer.world, customer.conversation_id)
    assert card is not None and card.verified
    assert card.trigger == "帮我转人工，谢谢！"
    assert card.draft is not None and card.draft.filled["order_no"] == order.order_no
    assert "客服小苏" in await customer.reads()
    assert await _write(customer, agent, "您好，杯子是怎么了？") == "您好，杯子是怎么了？"
    assert await customer.says("收到就是碎的") == ""
    assert await customer.says("我要退款！！快点！！") == ""
    assert _mode(customer) is Mode.HUMAN

    slots = {"reason": "damaged"}
    ownership.give_back(customer.world, customer.conversation_id, agent, Outcome.CASE_FOLLOWS, slots=slots)
    heard = await _gone_back(customer)
    assert "由智能助手继续为您服务" in heard
    assert "照片" in customer.heard[-1].text
    draft = customer.draft()
    assert draft is not None and draft.reason_claimed == "damaged"

    for _ in range(3):
        await customer.sends_photo()
    await customer.says("确认提交")
    (case,) = customer.cases()
    assert (case.order_no, case.reason_claimed) == (order.order_no, "damaged")


async def test_given_back_without_an_open_application_the_bot_waits_until_it_is_asked(
    customer: Customer, agent: Staff
) -> None:
    await customer.says("转人工")
    ownership.claim(customer.world, customer.conversation_id, agent)
    await _write(customer, agent, "您好")
    ownership.give_back(customer.world, customer.conversation_id, agent, Outcome.SOLVED)
    assert (await _gone_back(customer)).endswith("（1 到 5 分）？")
    assert "人工" not in await customer.says("退款多久到账")
    assert _mode(customer) is Mode.BOT


async def test_after_the_end_it_is_rated_and_whoever_comes_back_finds_the_same_agent(
    customer: Customer, agent: Staff
) -> None:
    await customer.says("转人工")
    ownership.claim(customer.world, customer.conversation_id, agent)
    await _write(customer, agent, "已经帮您处理好了")
    ownership.resolve(customer.world, customer.conversation_id, agent, Outcome.SOLVED)
    assert "打几分" in await customer.reads()
    assert "谢谢您的评价" in await customer.says("5分")
    assert _mode(customer) is Mode.CLOSED

    heard = await customer.says("退款多久到账")
    assert "工作日" in heard and "找刚才的客服" in [each["title"] for each in customer.buttons()]
    assert _mode(customer) is Mode.BOT
    assert "客服小苏 为您服务" in await customer.presses("找刚才的客服")
    assert await customer.says("还是那个问题") == ""
    assert _mode(customer) is Mode.HUMAN


@pytest.mark.parametrize("expired", [False, True], ids=["soon", "days later"])
async def test_an_unfinished_application_is_offered_once_in_the_visit_after_people(
    customer: Customer, agent: Staff, tables: Engine, expired: bool
) -> None:
    order = bought(customer.world)
    await customer.says(f"我要退货，订单号 {order.order_no}")
    await customer.says("转人工")
    ownership.claim(customer.world, customer.conversation_id, agent)
    await _write(customer, agent, "先这样，您再看看")
    ownership.resolve(customer.world, customer.conversation_id, agent, Outcome.NO_ANSWER)
    await customer.reads()
    if expired:
        _long_ago(tables, customer)
    await customer.says("你好")
    offers = [row for row in customer.heard if "上次的申请" in row.text]
    assert len(offers) == 1, [row.text for row in customer.heard]
    draft = customer.draft()
    assert draft is not None and draft.order_no == order.order_no
