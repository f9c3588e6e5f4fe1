"""Customers of WeCom's customer service talk with the real chat server and worker; WeCom's side is a stand-in."""

import itertools
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto

from backend.bootstrap import open_backend
from backend.domain.conversation import Delivery
from backend.ports import World
from backend.services import wecom
from backend.services.conversations import Notice, open_conversation, tell
from backend.settings import read_settings
from bot.channels.wechat import words
from bot.sandbox.wecom_api import OPEN_KFID
from bot.wording import error_message
from tests.channels.chat_server import ChatProcess, running_chat
from tests.channels.wechat_side import running_worker
from tests.channels.wecom_side import AES_KEY, CORP_ID, TOKEN, running_side, settings_for
from tests.photos import a_jpeg
from tests.ports import free_port
from tests.waiting import until

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Desk:
    """WeCom's side, our side, and our database."""

    url: str
    chat: ChatProcess
    world: World

    def post(self, path: str, body: Any) -> Any:
        answer = httpx.post(f"{self.url}{path}", json=body, trust_env=False, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def photo(self, data: bytes) -> str:
        answer = httpx.post(f"{self.url}/sandbox/media", content=data, trust_env=False, timeout=60)
        return str(answer.json()["media_id"])


@dataclass(frozen=True)
class Customer:
    desk: Desk
    name: str

    def send(self, *texts: str, call: bool = True, **message: Any) -> int:
        """Say these one after the other, or one message of another kind; the status that our side answers."""
        said = [{"msgtype": "text", "text": {"content": text}} for text in texts] or [message]
        body = {"messages": said, "call": call}
        return int(self.desk.post(f"/sandbox/customers/{self.name}/messages", body)["status"])

    def shown(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = httpx.get(
            f"{self.desk.url}/sandbox/customers/{self.name}", trust_env=False
        ).json()["shown"]
        return rows

    def shown_with(self, words: str) -> list[dict[str, Any]]:
        """What the phone shows as soon as these words are among it."""
        found: list[dict[str, Any]] = until(
            lambda: any(words in row.get("text", "") for row in self.shown()) and self.shown()
        )
        return found

    def conversation_id(self) -> str:
        return open_conversation(self.desk.world, "wecom", f"{OPEN_KFID}:{self.name}").id

    def said(self) -> list[str]:
        """What we have of the customer."""
        with self.desk.world.read() as work:
            rows = work.messages.after(self.conversation_id(), 0, 200)
        return [row.text for row in rows if row.author.value == "customer"]


@pytest.fixture(scope="module")
def desk(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    var, port = tmp_path_factory.mktemp("wecom"), free_port()
    shutil.copy(migrated_file, var / "anxin.db")
    settings = settings_for(port)
    with running_side(port) as url, running_chat(var, **settings) as chat, running_worker(chat, **settings):
        backend = open_backend(read_settings({"ANXIN_VAR": str(var)}))
        running = Desk(url, chat, backend.world)
        running.post("/sandbox/account", {"address": f"{chat.url}/webhooks/wecom/events"})
        yield running
        backend.close()


@pytest.fixture
def customer(desk: Desk) -> Customer:
    return Customer(desk, f"wmCustomer{next(_numbers):04}")


def sealed(plain: str) -> tuple[dict[str, str], str]:
    at = str(int(time.time()))
    made = xmltodict.parse(WeChatCrypto(TOKEN, AES_KEY, CORP_ID).encrypt_message(plain, "n", at))["xml"]
    return {"timestamp": at, "nonce": "n", "msg_signature": made["MsgSignature"]}, made["Encrypt"]


def test_wecom_finds_us_by_what_it_encrypted(desk: Desk) -> None:
    url = f"{desk.chat.url}/webhooks/wecom/events"
    query, echo = sealed("1616140317555161061")
    assert httpx.get(url, params={**query, "echostr": echo}, trust_env=False, timeout=60).text == "1616140317555161061"
    forged = httpx.get(url, params={**query, "echostr": echo, "msg_signature": "0" * 40}, trust_env=False, timeout=60)
    assert (forged.status_code, forged.text) == (403, "")


def test_a_forged_call_is_not_let_in(desk: Desk) -> None:
    url = f"{desk.chat.url}/webhooks/wecom/events"
    query, body = sealed("<xml><Event>kf_msg_or_event</Event><OpenKfId>wkForged</OpenKfId><Token>t</Token></xml>")
    forged = {**query, "nonce": "another"}
    content = f"<xml><Encrypt>{body}</Encrypt></xml>"
    assert httpx.post(url, params=forged, content=content, trust_env=False, timeout=60).status_code == 403
    assert "wkForged" not in wecom.known_accounts(desk.world)


def test_a_message_is_read_and_answered(customer: Customer) -> None:
    assert customer.send("你好") == 200
    assert customer.shown_with("安心售后") and customer.said() == ["你好"]


def test_many_messages_are_read_page_by_page_in_order_and_once(desk: Desk, customer: Customer) -> None:
    desk.post("/sandbox/account", {"page": 2, "quiet_pages": 1})
    texts = ["你好", "查进度", "202611110001", "6688", "谢谢"]
    customer.send(*texts, call=False)
    for _ in range(3):  # WeCom calls more often than there is something
        customer.send("再见")
    until(lambda: len(customer.said()) == len(texts) + 3)
    assert customer.said() == [*texts, "再见", "再见", "再见"]


def test_no_more_than_five_messages_go_out_before_the_customer_writes_again(desk: Desk, customer: Customer) -> None:
    customer.send("你好")
    customer.shown_with("安心售后")
    keys = [f"{customer.conversation_id()}:{number}" for number in range(6)]
    for key in keys:
        tell(desk.world, customer.conversation_id(), Notice("queue_waits", dedupe_key=key))

    def outcomes() -> list[Delivery]:
        with desk.world.read() as work:
            rows = [work.messages.by_dedupe_key(key) for key in keys]
        found = [row.delivery for row in rows if row is not None]
        return [] if {Delivery.QUEUED, Delivery.SENDING} & set(found) else found

    assert Delivery.HELD in until(outcomes)
    assert len(customer.shown()) == 5
    customer.send("在吗")
    until(lambda: set(outcomes()) == {Delivery.SENT})


def test_a_button_is_pressed_by_its_token(customer: Customer) -> None:
    customer.send("你好")
    rows = customer.shown_with("安心售后")
    token = next(row["buttons"]["查进度"] for row in rows if "buttons" in row)
    customer.send(msgtype="text", text={"content": "查进度", "menu_id": token})
    customer.shown_with("订单")
    assert customer.said() == ["你好", "查进度"]


def test_a_photo_is_fetched_and_kept(desk: Desk, customer: Customer) -> None:
    customer.send(msgtype="image", image={"media_id": desk.photo(a_jpeg(120, 120))})
    customer.shown_with("照片")

    def kept() -> list[int]:
        with desk.world.read() as work:
            rows = work.messages.after(customer.conversation_id(), 0, 50)
        return [len(row.payload["evidence"]) for row in rows if row.payload.get("evidence")]

    assert until(kept) == [1], "as soon as what the phone shows counts as sent"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"msgtype": "voice", "voice": {"media_id": "x"}}, "voice_not_taken"),
        ({"msgtype": "location", "location": {"latitude": 1, "longitude": 2, "name": "here"}}, "location_not_taken"),
        ({"msgtype": "miniprogram", "miniprogram": {"title": "t"}}, "kind_not_taken"),
    ],
    ids=["voice", "location", "miniprogram"],
)
def test_what_cannot_be_taken_is_said_so(customer: Customer, message: dict[str, Any], code: str) -> None:
    customer.send(**message)
    assert customer.shown_with(error_message(code))


def test_events_and_what_staff_wrote_in_wecom_are_passed_over(customer: Customer) -> None:
    customer.send(msgtype="event", origin=4, event={"event_type": "enter_session"})
    customer.send(msgtype="text", origin=5, text={"content": "from somebody in WeCom"})
    customer.send("你好")
    customer.shown_with("安心售后")
    assert customer.said() == ["你好"]


def comes(customer: Customer, code: str, at: int = 0) -> None:
    """Enter the session; by the clock of a test that a slow machine must not fail, in some minutes."""
    event = {"event_type": "enter_session", "scene": "qr", "welcome_code": code}
    customer.send(msgtype="event", origin=4, event=event, send_time=at or int(time.time()) + 600)


def test_who_comes_is_greeted_before_they_say_anything(customer: Customer) -> None:
    comes(customer, f"code1-{customer.name}")
    [greeted] = customer.shown_with("您好")
    assert "申请退款" in greeted["buttons"] and customer.said() == []
    customer.send(msgtype="text", text={"content": "查进度", "menu_id": greeted["buttons"]["查进度"]})
    customer.shown_with("订单")
    assert sum("您好，这里是" in row.get("text", "") for row in customer.shown()) == 1


def test_what_waited_goes_to_who_comes_again_first(desk: Desk, customer: Customer) -> None:
    comes(customer, f"code1-{customer.name}")
    customer.shown_with("您好")
    key = f"{customer.name}:waits"
    tell(desk.world, customer.conversation_id(), Notice("queue_waits", dedupe_key=key))

    def outcome() -> Delivery | None:
        with desk.world.read() as work:
            row = work.messages.by_dedupe_key(key)
        return row.delivery if row is not None and row.delivery in (Delivery.HELD, Delivery.SENT) else None

    assert until(outcome) is Delivery.HELD
    comes(customer, f"code2-{customer.name}")
    until(lambda: outcome() is Delivery.SENT)
    assert len(customer.shown()) == 2


def test_a_code_whose_time_is_over_is_not_used(desk: Desk, customer: Customer) -> None:
    comes(customer, f"code1-{customer.name}", at=int(time.time()) - 60)

    def held() -> list[str | None]:
        with desk.world.read() as work:
            rows = work.talk.tail(customer.conversation_id(), 5)
        return [row.template for row in rows if row.delivery is Delivery.HELD]

    assert set(until(held)) == {"welcome"} and customer.shown() == []


def test_the_last_of_the_five_says_so(customer: Customer, desk: Desk) -> None:
    customer.send("你好")
    customer.shown_with("安心售后")
    for number in range(4):
        tell(desk.world, customer.conversation_id(), Notice("queue_waits", dedupe_key=f"{customer.name}:{number}"))
    assert words.said("last") in customer.shown_with(words.said("last"))[-1]["text"]
