"""Who is let in by the Official Account, and how a call is answered: against wechatpy's own crypto and signatures."""

from typing import Any

import pytest
import xmltodict
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from backend.domain.wechat import AFTER_CLICK, AFTER_MESSAGE
from backend.settings import WeChatSettings
from bot.channels.wechat.gate import Gate, NotLetIn
from bot.channels.wechat.updates import grant_of, update_of
from bot.sandbox.wechat_phone import signature
from tests.channels.wechat_side import AES_KEY, APP_ID, SECRET, TOKEN
from tests.clock import FakeClock

XML = "<xml><ToUserName>gh_1</ToUserName><FromUserName>oUser</FromUserName><CreateTime>1795312800</CreateTime>{}</xml>"
TEXT = XML.format("<MsgType>text</MsgType><Content><![CDATA[我要退货 <b>&amp;]]></Content><MsgId>42</MsgId>")
CRYPTO = WeChatCrypto(TOKEN, AES_KEY, APP_ID)


def a_gate(clock: FakeClock, aes_key: str = AES_KEY) -> Gate:
    return Gate(WeChatSettings(APP_ID, SECRET, TOKEN, aes_key), clock)


def stamp(clock: FakeClock, **shift: float) -> str:
    return str(int(FakeClock(clock.now()).advance(**shift).timestamp()))


def signed(clock: FakeClock, **shift: float) -> dict[str, str]:
    """The query of a call in the clear."""
    at = stamp(clock, **shift)
    return {"timestamp": at, "nonce": "n1", "signature": signature(TOKEN, at, "n1")}


def sealed(clock: FakeClock, xml: str = TEXT, crypto: WeChatCrypto = CRYPTO) -> tuple[dict[str, str], bytes]:
    """Query and body of an encrypted call."""
    query = signed(clock)
    made = xmltodict.parse(crypto.encrypt_message(xml, "n1", query["timestamp"]))["xml"]
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt>{made['Encrypt']}</Encrypt></xml>"
    return {**query, "encrypt_type": "aes", "msg_signature": made["MsgSignature"]}, body.encode()


def test_what_wechat_encrypted_is_read(clock: FakeClock) -> None:
    message = a_gate(clock).open(*sealed(clock))
    assert (message.type, message.content, message.source) == ("text", "我要退货 <b>&amp;", "oUser")


def test_without_a_key_what_is_signed_is_read(clock: FakeClock) -> None:
    assert a_gate(clock, "").open(signed(clock), TEXT.encode()).content == "我要退货 <b>&amp;"


@pytest.mark.parametrize("aes_key", ["", AES_KEY], ids=["clear", "encrypted"])
def test_words_with_characters_that_no_xml_may_hold_are_not_lost(clock: FakeClock, aes_key: str) -> None:
    odd = TEXT.replace("我要退货", "\x01我\x0b要\uffff退\x1b货\ufffe")
    call = sealed(clock, odd) if aes_key else (signed(clock), odd.encode())
    assert a_gate(clock, aes_key).open(*call).content == "我要退货 <b>&amp;"


def test_where_a_key_was_agreed_nothing_comes_in_the_clear(clock: FakeClock) -> None:
    with pytest.raises(NotLetIn):
        a_gate(clock).open(signed(clock), TEXT.encode())


def test_of_the_mixed_form_only_what_is_encrypted_counts(clock: FakeClock) -> None:
    query, body = sealed(clock)
    mixed = body.replace(b"<Encrypt>", b"<Content>forged</Content><MsgType>text</MsgType><Encrypt>")
    assert a_gate(clock).open(query, mixed).content == "我要退货 <b>&amp;"


@pytest.mark.parametrize("spoilt", ["signature", "timestamp", "nonce"])
def test_a_forged_call_in_the_clear_is_not_let_in(clock: FakeClock, spoilt: str) -> None:
    query = {**signed(clock), spoilt: stamp(clock, seconds=1) if spoilt == "timestamp" else "forged"}
    with pytest.raises(NotLetIn):
        a_gate(clock, "").open(query, TEXT.encode())


@pytest.mark.parametrize("spoilt", ["msg_signature", "timestamp", "nonce"])
def test_a_forged_encrypted_call_is_not_let_in(clock: FakeClock, spoilt: str) -> None:
    query, body = sealed(clock)
    query[spoilt] = stamp(clock, seconds=1) if spoilt == "timestamp" else "forged"
    with pytest.raises(NotLetIn):
        a_gate(clock).open(query, body)


def test_what_was_meant_for_another_account_is_not_let_in(clock: FakeClock) -> None:
    with pytest.raises(NotLetIn):
        a_gate(clock).open(*sealed(clock, crypto=WeChatCrypto(TOKEN, AES_KEY, "wx0000000000000002")))


@pytest.mark.parametrize("shift", [{"minutes": -6}, {"minutes": 6}], ids=["old", "from the future"])
def test_a_replay_is_not_let_in(clock: FakeClock, shift: dict[str, float]) -> None:
    with pytest.raises(NotLetIn, match="old"):
        a_gate(clock, "").open(signed(clock, **shift), TEXT.encode())


@pytest.mark.parametrize("at", ["", "soon", "-5", "１７９５３１２８００", "9" * 400])
def test_a_time_that_is_none_is_not_let_in(clock: FakeClock, at: str) -> None:
    with pytest.raises(NotLetIn):
        a_gate(clock, "").check({"timestamp": at, "nonce": "n", "signature": "s"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml>",
        b"<xml/>",
        b"\xff\xfe",
        b"<xml><Encrypt>AAAA</Encrypt></xml>",
        b'<!DOCTYPE l [<!ENTITY a "x">]><xml><MsgType>&a;</MsgType></xml>',
        b"<xml><MsgType><a>1</a></MsgType></xml>",
    ],
)
@pytest.mark.parametrize("aes_key", ["", AES_KEY], ids=["clear", "encrypted"])
def test_what_is_no_message_is_not_let_in(clock: FakeClock, body: bytes, aes_key: str) -> None:
    with pytest.raises(NotLetIn):
        update_of(a_gate(clock, aes_key).open(signed(clock), body))


def test_a_signed_body_that_is_no_cipher_is_not_let_in(clock: FakeClock) -> None:
    query = signed(clock)
    query["msg_signature"] = signature(TOKEN, query["timestamp"], "n1", "AAAA")
    with pytest.raises(NotLetIn):
        a_gate(clock).open(query, b"<xml><Encrypt>AAAA</Encrypt></xml>")


def test_an_encrypted_answer_can_be_read_by_wechat_only(clock: FakeClock) -> None:
    gate = a_gate(clock)
    query, body = sealed(clock)
    answer = gate.answer(query, gate.open(query, body), "好的 ]]> <x>")
    read = xmltodict.parse(answer)["xml"]
    plain = CRYPTO.decrypt_message({"Encrypt": read["Encrypt"]}, read["MsgSignature"], read["TimeStamp"], read["Nonce"])
    reply = xmltodict.parse(plain)["xml"]
    assert "好的" not in answer
    assert (reply["ToUserName"], reply["FromUserName"], reply["Content"]) == ("oUser", "gh_1", "好的 ]] > <x>")


def read(fields: str) -> Any:
    return update_of(parse_message(XML.format(fields)))


def test_a_message_is_known_by_its_number() -> None:
    update = read("<MsgType>text</MsgType><Content>hi</Content><MsgId>42</MsgId>")
    assert (update.key, update.channel_user_id, update.body["text"]) == ("42", "oUser", "hi")
    assert grant_of(update) is AFTER_MESSAGE


def test_an_event_is_known_by_whose_it_is_and_when_it_was() -> None:
    update = read("<MsgType>event</MsgType><Event>CLICK</Event><EventKey>human</EventKey>")
    assert (update.key, update.body) == ("oUser:1795312800:click", {"kind": "click", "key": "human"})
    assert grant_of(update) is AFTER_CLICK


def test_a_scan_that_subscribes_brings_its_scene() -> None:
    update = read("<MsgType>event</MsgType><Event>subscribe</Event><EventKey>qrscene_order_1001</EventKey>")
    assert update.body == {"kind": "subscribe", "scene": "order_1001"}


def test_who_leaves_grants_nothing() -> None:
    assert grant_of(read("<MsgType>event</MsgType><Event>unsubscribe</Event>")) is None


@pytest.mark.parametrize("event", ["LOCATION", "VIEW", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "anything_new"])
def test_events_that_ask_for_nothing_are_passed_over(event: str) -> None:
    fields = f"<MsgType>event</MsgType><Event>{event}</Event><Latitude>1</Latitude><MsgID>7</MsgID>"
    assert read(fields) is None


@pytest.mark.parametrize(
    "fields",
    [
        "<MsgType>text</MsgType><Content>no number</Content>",
        "<MsgType>text</MsgType><Content>hi</Content><MsgId>many</MsgId>",
        "<MsgType>text</MsgType><Content>hi</Content><MsgId>1</MsgId><FromUserName>../x</FromUserName>",
    ],
)
def test_what_wechat_would_not_send_is_not_kept(fields: str) -> None:
    with pytest.raises(NotLetIn):
        read(fields)
