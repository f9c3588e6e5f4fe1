"""What platforms send is an update that every table takes, or is refused in one way, whatever it holds."""

import json
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.inbox import LONGEST_KEY, LONGEST_USER, PlatformUpdate
from backend.settings import WeChatSettings, WeComSettings
from bot.channels.telegram import updates as telegram
from bot.channels.telegram.updates import KINDS, NotAnUpdate
from bot.channels.wechat import updates as wechat
from bot.channels.wechat.gate import Gate, NotLetIn
from bot.channels.wecom import updates as wecom
from bot.channels.wecom.gate import WeComGate
from bot.sandbox.wechat_phone import signature
from tests.channels.wechat_side import AES_KEY, APP_ID, SECRET, TOKEN
from tests.clock import FakeClock

CLOCK = FakeClock()
NUMBERS = st.integers() | st.sampled_from([0, -1, 2**63, 10**400]) | st.floats()
PLAIN = st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.text("0123456789", min_size=1, max_size=30)


def whatever(*names: str) -> st.SearchStrategy[Any]:
    """Anything that JSON holds, with these names now and then."""
    known = st.sampled_from(names) | st.text(max_size=4)
    return st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(known, inner, max_size=5))


def objects(values: st.SearchStrategy[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of which each field is mostly what it should be, is something else, or is not there."""
    return st.fixed_dictionaries({}, optional={name: st.one_of(right, right, values) for name, right in fields.items()})


ANYTHING = whatever("chat", "from", "id", "type", "data", "message", "new_chat_member", "status")
CHAT = objects(ANYTHING, id=NUMBERS, type=st.sampled_from(["private", "group"]))
MESSAGE = objects(ANYTHING, chat=CHAT, media_group_id=st.text(max_size=200), text=st.text(max_size=5))
PRESS = {"from": objects(ANYTHING, id=NUMBERS), "message": MESSAGE, "data": st.text(max_size=9)}
BODIES = objects(
    ANYTHING,
    update_id=NUMBERS,
    callback_query=objects(ANYTHING, **PRESS),
    **{kind: MESSAGE for kind in KINDS if kind != "callback_query"},
)


def is_storable(update: PlatformUpdate) -> bool:
    texts = (update.channel_user_id, update.key, update.album)
    short = len(update.channel_user_id) <= LONGEST_USER and max(len(update.key), len(update.album)) <= LONGEST_KEY
    return short and -(2**63) <= update.ranking < 2**63 and not any("\0" in each for each in texts)


@given(BODIES)
def test_telegrams_update_is_storable_or_none(body: dict[str, Any]) -> None:
    try:
        telegram.group_of(body)
        update = telegram.update_of(body)
        telegram.pressed_token(body)
    except NotAnUpdate:
        return
    assert update is None or is_storable(update)


FIELDS = ("MsgType", "MsgId", "FromUserName", "CreateTime", "Content", "Event", "EventKey", "MediaId", "PicUrl")
PRINTABLE = st.characters(min_codepoint=32, exclude_categories=["Cs"])
USUAL = ("text", "event", "image", "subscribe", "CLICK", "SCAN", "1795312800", "", "9" * 40)
VALUES = st.sampled_from(USUAL) | st.text(PRINTABLE, max_size=120)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES), st.sampled_from(["", "<", "<xml/>", "<!DOCTYPE x>"]))
def test_wechats_call_is_storable_or_not_let_in(fields: dict[str, str], before: str) -> None:
    gate = Gate(WeChatSettings(APP_ID, SECRET, TOKEN), CLOCK)
    at = str(int(CLOCK.now().timestamp()))
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    query = {"timestamp": at, "nonce": "n", "signature": signature(TOKEN, at, "n")}
    try:
        update = wechat.update_of(gate.open(query, f"{before}<xml>{inside}</xml>".encode()))
    except NotLetIn:
        return
    assert update is None or is_storable(update)


@given(st.dictionaries(st.sampled_from(["timestamp", "nonce", "msg_signature", "echostr"]), st.text()), st.binary())
def test_what_is_not_signed_is_not_let_in(query: dict[str, str], body: bytes) -> None:
    clear, sealed = (Gate(WeChatSettings(APP_ID, SECRET, TOKEN, key), CLOCK) for key in ("", AES_KEY))
    company = WeComGate(WeComSettings("ww00000001", SECRET, TOKEN, AES_KEY), CLOCK)
    stamped = {**query, "timestamp": str(int(CLOCK.now().timestamp()))}
    for gate in (clear, sealed, company):
        for given_query in (query, stamped):
            try:
                gate.open(given_query, body)
            except NotLetIn:
                continue
            raise AssertionError("it was let in")


@given(
    objects(
        whatever("content", "menu_id", "media_id"),
        origin=st.just(3),
        open_kfid=st.text(max_size=70),
        external_userid=st.text(max_size=70),
        msgid=st.text(max_size=120),
        send_time=NUMBERS,
        msgtype=st.sampled_from(["text", "image", "voice", "link"]),
        text=objects(whatever("content"), content=st.text(max_size=9), menu_id=st.text(max_size=9)),
        image=objects(whatever("media_id"), media_id=st.text(max_size=9)),
    )
)
def test_wecoms_message_is_storable_or_none(message: dict[str, Any]) -> None:
    update = wecom.update_of(message)
    assert update is None or is_storable(update)
    assert update is None or json.dumps(update.body)
