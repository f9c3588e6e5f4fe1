"""WeChat in bad times: processes are killed, calls are repeated and forged, many customers write at once."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from backend.domain.conversation import Author, Delivery, Message
from tests.channels.wechat_shop import Shop, running_shop
from tests.photos import a_jpeg
from tests.waiting import until

CUSTOMERS = int(os.environ.get("ANXIN_WECHAT_CUSTOMERS", "50"))
AT_ONCE = 12
SAID = ("你好", "查进度")


@pytest.fixture(scope="module")
def shop(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("wechat"), migrated_file) as running:
        yield running


def lapse(shop: Shop, table: str) -> None:
    """Let the leases of dead processes be over, as they are after a while."""
    engine = create_engine(f"sqlite:///{shop.chat.var / 'anxin.db'}")
    with engine.begin() as connection:
        past = "2020-01-01 00:00:00.000000"
        connection.execute(text(f"UPDATE {table} SET leased_until = '{past}' WHERE leased_until IS NOT NULL"))
    engine.dispose()


async def crowd(shop: Shop) -> tuple[dict[str, list[str]], int]:
    """Everybody says one or two things, some calls twice, some are forged; what each said, how many were forged."""
    chance, turns = random.Random(7), asyncio.Semaphore(AT_ONCE)
    said = {shop.side.customer().openid: list(SAID[: 1 + number % 2]) for number in range(CUSTOMERS)}
    forged = 0
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:

        async def write(openid: str) -> None:
            nonlocal forged
            for words in said[openid]:
                async with turns:
                    if chance.random() < 0.02:
                        forged += 1
                        assert (await forge(http, shop, openid)).status_code == 403
                    order = {"fields": {"Content": words}, "copies": 2 if chance.random() < 0.05 else 1}
                    sent = await http.post(f"{shop.side.url}/sandbox/customers/{openid}/messages", json=order)
                    assert sent.status_code == 200

        await asyncio.gather(*(write(openid) for openid in said))
    return said, forged


async def forge(http: httpx.AsyncClient, shop: Shop, openid: str) -> httpx.Response:
    at = str(int(time.time()))
    fields = f"<FromUserName>{openid}</FromUserName><CreateTime>{at}</CreateTime><MsgType>text</MsgType>"
    body = f"<xml><ToUserName>g</ToUserName>{fields}<Content>forged</Content><MsgId>{os.urandom(4).hex()}</MsgId></xml>"
    query = {"timestamp": at, "nonce": "n", "signature": os.urandom(20).hex(), "msg_signature": os.urandom(20).hex()}
    return await http.post(f"{shop.chat.url}/webhooks/wechat/messages", params=query, content=body.encode())


def test_of_many_at_once_every_message_is_answered_once(shop: Shop) -> None:
    said, forged = asyncio.run(crowd(shop))
    everything = until(lambda: finished(shop))
    for openid, rows in everything.items():
        assert [row.text for row in rows if row.author is Author.CUSTOMER] == said[openid]
        told = Counter(row.text for row in rows if row.author is not Author.CUSTOMER)
        shown = "\n".join(row.get("text", "") for row in shop.side.phone(openid).shown())
        assert {words: shown.count(words) for words in told} == dict(told)
    assert everything.keys() == said.keys()
    print(f"{len(said)} customers, {sum(map(len, said.values()))} messages, {forged} forged calls")


def finished(shop: Shop) -> dict[str, list[Message]]:
    """Every line, as soon as nothing is on its way any more, nor waits for WeChat to repeat a call."""
    everything = shop.rows_of_all()
    on_their_way = {Delivery.QUEUED, Delivery.SENDING}
    if any(row.delivery in on_their_way for rows in everything.values() for row in rows):
        return {}
    with shop.world.read() as work:
        unheard = work.wechat_calls.unheard(shop.world.clock.now(), 10_000)
    return {} if any(call.parts for call in unheard) else everything


def test_a_notice_that_a_killed_worker_was_sending_is_unknown_and_the_others_go_out_once(shop: Shop) -> None:
    hanging, waiting = shop.side.customer(), shop.side.customer()
    for each in (hanging, waiting):
        each.send("你好")
    shop.side.fault("message/custom/send", "hang")
    shop.tell(hanging, "queue_waits", "notice")
    until(lambda: not shop.side.faults())
    assert shop.rows(hanging)[-1].delivery is Delivery.SENDING
    shop.kill_worker()
    shop.tell(waiting, "queue_waits", "notice")
    lapse(shop, "message")
    shop.start_worker()
    assert shop.outcome(hanging, "notice") is Delivery.UNKNOWN
    assert shop.outcome(waiting, "notice") is Delivery.SENT
    assert "排队" in hanging.send("在吗")
    assert ["排队" in row["text"] for row in waiting.shown()] == [False, True]


def test_a_message_that_a_killed_chat_server_had_in_hand_is_answered_once_by_the_next(shop: Shop) -> None:
    phone = shop.side.customer()
    phone.send("你好")
    photo = shop.side.photo(a_jpeg(120, 120))
    shop.side.fault("media/get", "hang")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{shop.side.url}/sandbox/customers/{phone.openid}/messages",
            json={"fields": {"MsgType": "image", "PicUrl": "x", "MediaId": photo}},
            trust_env=False,
            timeout=1,
        )
    shop.restart_chat()
    lapse(shop, "platform_update")
    received = until(lambda: [row for row in shop.rows(phone, "customer") if row.payload.get("evidence")])
    assert len(received) == 1
    told = until(lambda: [row.text for row in shop.rows(phone, "bot") if row.seq > received[0].seq])
    assert len(told) == len(set(told))
    shown = until(lambda: [row["text"] for row in phone.shown() if told[-1] in row.get("text", "")])
    assert len(shown) == 1
