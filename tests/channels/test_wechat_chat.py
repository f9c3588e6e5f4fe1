"""Customers in WeChat talk with the real chat server and worker; WeChat's side is a stand-in with wechatpy's crypto."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.domain.conversation import Delivery
from bot.channels.wechat import words
from bot.sandbox.wechat_phone import signature
from bot.wording import error_message
from tests.channels.chat_server import Customer
from tests.channels.wechat_shop import Shop, running_shop
from tests.channels.wechat_side import TOKEN, Phone
from tests.photos import a_jpeg
from tests.waiting import until


@pytest.fixture(scope="module")
def shop(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("wechat"), migrated_file) as running:
        yield running


@pytest.fixture
def phone(shop: Shop) -> Phone:
    return shop.side.customer()


def call(shop: Shop, body: bytes = b"", **query: str) -> httpx.Response:
    url = f"{shop.chat.url}/webhooks/wechat/messages"
    return httpx.post(url, params=query, content=body, trust_env=False, timeout=20)


def came_by_itself(phone: Phone) -> bool:
    return any(row["by"] == "message" for row in phone.shown())


def test_wechat_finds_us_by_the_signature(shop: Shop) -> None:
    at = str(int(time.time()))
    url = f"{shop.chat.url}/webhooks/wechat/messages"
    right = {"timestamp": at, "nonce": "n", "signature": signature(TOKEN, at, "n"), "echostr": "5577006791947779410"}
    assert httpx.get(url, params=right, trust_env=False, timeout=60).text == "5577006791947779410"
    forged = httpx.get(url, params={**right, "signature": "0" * 40}, trust_env=False, timeout=60)
    assert (forged.status_code, forged.text) == (403, "")


def test_a_message_is_answered_within_its_call(phone: Phone) -> None:
    answer = phone.send("你好")
    assert "安心售后" in answer and phone.shown() == [{"by": "answer", "kind": "text", "text": answer}]


def test_a_message_that_wechat_repeats_is_answered_once_and_the_same(shop: Shop, phone: Phone) -> None:
    phone.send("你好")
    answers = phone.bring(Content="查进度", copies=3)
    assert len({each["text"] for each in answers}) == 1 and answers[0]["text"]
    again = phone.bring(Content="转人工", MsgId="77", copies=1)
    assert phone.bring(Content="转人工", MsgId="77")[0]["text"] == again[0]["text"]
    assert [row.text for row in shop.rows(phone, "customer")] == ["你好", "查进度", "转人工"]


def test_what_is_forged_is_neither_answered_nor_kept(shop: Shop, phone: Phone) -> None:
    at = str(int(time.time()))
    xml = f"<xml><ToUserName>g</ToUserName><FromUserName>{phone.openid}</FromUserName><CreateTime>{at}</CreateTime>"
    body = f"{xml}<MsgType>text</MsgType><Content>转人工</Content><MsgId>1</MsgId></xml>".encode()
    signed = {"timestamp": at, "nonce": "n", "signature": signature(TOKEN, at, "n")}
    answers = [
        call(shop, body, **{**signed, "signature": "0" * 40}),
        call(shop, body, **signed),  # in the clear, although a key was agreed
        call(shop, body),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert shop.rows(phone, "customer") == []


def test_a_number_chooses_among_the_buttons_of_the_answer(phone: Phone) -> None:
    answer = phone.send("你好")
    number = next(line[0] for line in answer.splitlines() if line.endswith(". 查进度"))
    assert "订单" in phone.send(number)


def test_a_menu_click_does_what_its_button_does_and_a_strange_one_nothing(shop: Shop, phone: Phone) -> None:
    assert not phone.bring(Event="VIEW", EventKey="https://example.com")[0]["text"]
    answer = phone.bring(Event="CLICK", EventKey="query_case_status", CreateTime=str(int(time.time()) - 60))[0]["text"]
    assert "订单" in answer
    assert [row.text for row in shop.rows(phone, "customer")] == ["查进度"]
    phone.bring(Event="CLICK", EventKey="something_else")
    assert len(shop.rows(phone, "customer")) == 1


def test_an_event_that_wechat_repeats_counts_once(shop: Shop, phone: Phone) -> None:
    at = str(int(time.time()))
    answers = [phone.bring(Event="CLICK", EventKey="request_human", CreateTime=at)[0]["text"] for _ in range(2)]
    assert answers[0] == answers[1] and len(shop.rows(phone, "customer")) == 1


def test_who_subscribes_is_welcomed_and_who_leaves_is_left_alone(shop: Shop, phone: Phone) -> None:
    assert "安心售后" in phone.bring(Event="subscribe", EventKey="")[0]["text"]
    phone.send("你好")
    assert phone.bring(Event="unsubscribe")[0]["text"] is None
    shop.tell(phone, "queue_waits", "left")
    assert shop.outcome(phone, "left") is Delivery.HELD
    back = phone.bring(Event="subscribe", EventKey="", CreateTime=str(int(time.time()) + 5))[0]["text"]
    assert "安心售后" in back and "排队" in back


def test_the_scan_of_an_orders_code_opens_that_order(shop: Shop, phone: Phone) -> None:
    phone.bring(Event="SCAN", EventKey="order_202611110001")
    assert "202611110001" in shop.rows(phone, "customer")[0].text


def test_a_photo_is_fetched_at_once_and_kept(shop: Shop, phone: Phone) -> None:
    photo = shop.side.photo(a_jpeg(200, 200))
    assert phone.bring(MsgType="image", PicUrl="http://127.0.0.1:9/x.jpg", MediaId=photo)[0]["text"]
    assert len(shop.rows(phone, "customer")[0].payload["evidence"]) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"MsgType": "image", "PicUrl": "x", "MediaId": "gone"}, "not_taken"),
        ({"MsgType": "voice", "MediaId": "v", "Format": "amr"}, "voice_not_taken"),
        ({"MsgType": "location", "Location_X": "1", "Location_Y": "2", "Label": "here"}, "location_not_taken"),
        ({"MsgType": "link", "Title": "t", "Description": "d", "Url": "https://example.com"}, "kind_not_taken"),
    ],
    ids=["photo gone", "voice", "location", "link"],
)
def test_what_cannot_be_taken_is_said_so_in_the_answer(phone: Phone, fields: dict[str, Any], code: str) -> None:
    assert error_message(code) in phone.bring(**fields)[0]["text"]


def test_a_voice_that_wechat_put_into_words_is_a_text(shop: Shop, phone: Phone) -> None:
    assert phone.bring(MsgType="voice", MediaId="v", Format="amr", Recognition="我要转人工。")[0]["text"]
    assert [row.text for row in shop.rows(phone, "customer")] == ["我要转人工。"]


def test_a_command_that_somebody_typed_is_only_words(phone: Phone) -> None:
    assert "Traceback" not in phone.send("/restart")


def test_a_notice_comes_as_a_message_whose_buttons_can_be_pressed(shop: Shop, phone: Phone) -> None:
    phone.send("你好")
    shop.tell(phone, "queue_left", "notice")
    assert shop.outcome(phone, "notice") is Delivery.SENT
    token = phone.shown()[-1]["buttons"]["转人工"]
    assert phone.send("转人工", bizmsgmenuid=token)
    assert shop.rows(phone, "customer")[-1].payload["pressed"] == "/request_human"


def test_a_notice_whose_answer_was_lost_is_unknown_until_the_customer_writes(shop: Shop, phone: Phone) -> None:
    phone.send("你好")
    shop.side.fault("message/custom/send", "lost")
    shop.tell(phone, "queue_waits", "notice")
    assert shop.outcome(phone, "notice") is Delivery.UNKNOWN
    assert "排队" in phone.send("在吗")


def test_an_account_without_the_right_answers_what_waits_with_the_next_answer(shop: Shop, phone: Phone) -> None:
    phone.send("你好")
    shop.verify(False)
    try:
        shop.tell(phone, "queue_waits", "first")
        shop.tell(phone, "queue_left", "second")
        assert {shop.outcome(phone, key) for key in ("first", "second")} == {Delivery.HELD}
        answer = phone.send("好的")
        assert "排队" in answer and words.said("more") not in answer
        assert {shop.outcome(phone, key) for key in ("first", "second")} == {Delivery.SENT}
    finally:
        shop.verify(True)


def test_web_customers_are_answered_while_wechat_hangs(shop: Shop) -> None:
    photo = shop.side.photo(a_jpeg(100, 100))
    phones = [shop.side.customer() for _ in range(6)]
    shop.side.fault("media/get", "hang", len(phones))
    for each in phones:  # nobody waits for what comes of it
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{shop.side.url}/sandbox/customers/{each.openid}/messages",
                json={"fields": {"MsgType": "image", "PicUrl": "x", "MediaId": photo}},
                trust_env=False,
                timeout=0.5,
            )
    visitor = Customer(shop.chat.url)
    assert visitor.ask(text="你好")[-1]["from"] == "bot"
    for each in phones:  # fetched again a little later, too late for the answer
        until(partial(came_by_itself, each))
        assert len(shop.rows(each, "customer")) == 1


def test_who_can_only_be_answered_is_asked_for_patience_when_it_takes_long(shop: Shop, phone: Phone) -> None:
    phone.send("你好")
    shop.verify(False)
    try:
        shop.tell(phone, "queue_waits", "what teaches us that we may only answer")
        assert shop.outcome(phone, "what teaches us that we may only answer") is Delivery.HELD
        shop.side.fault("media/get", "hang")
        photo = shop.side.photo(a_jpeg(90, 90))
        answer = phone.bring(MsgType="image", PicUrl="x", MediaId=photo)[0]["text"]
        assert answer == words.said("working")
        until(lambda: [row for row in shop.rows(phone, "bot") if "照片" in row.text])
        assert "照片" in phone.send("在吗")
    finally:
        shop.verify(True)
