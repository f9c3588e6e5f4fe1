"""A link in what a customer sends makes nobody call anywhere: media come from the platform, by their number."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest
from telegram import Bot

from backend.domain.inbox import KeptUpdate, PlatformUpdate
from backend.ports import World
from backend.services.conversations import open_conversation
from bot.channels.messages import MessageRefused
from bot.channels.telegram.reader import TelegramReader
from bot.channels.telegram.updates import update_of as telegram_update
from bot.channels.wechat.gate import Gate
from bot.channels.wechat.reader import WeChatReader
from bot.channels.wechat.updates import update_of as wechat_update
from bot.channels.wecom.updates import update_of as wecom_update
from tests.channels.test_wechat_gate import XML, a_gate, signed
from tests.clock import FakeClock
from tests.telegram import says


class Media:
    """The platform's own store; keeps `bot.channels.wechat.reader.Fetching`."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def download(self, media_id: str) -> bytes:
        self.asked.append(media_id)
        return b"photo"


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """Somebody's own server, to which links lead."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        yield listening


def link_to(trap: socket.socket) -> str:
    return f"http://127.0.0.1:{trap.getsockname()[1]}/latest/meta-data"


def nobody_came(trap: socket.socket) -> bool:
    try:
        trap.accept()
    except TimeoutError:
        return True
    return False


async def read_by(reader: Any, world: World, update: PlatformUpdate) -> Any:
    talk = open_conversation(world, update.channel, update.channel_user_id)
    return await reader.read([KeptUpdate(1, update, world.clock.now(), 0)], talk.id)


def wechat_call(gate: Gate, clock: FakeClock, inside: str) -> PlatformUpdate:
    update = wechat_update(gate.open(signed(clock), XML.format(inside).encode()))
    assert update is not None
    return update


async def test_wechats_photo_is_fetched_by_its_number(world: World, clock: FakeClock, trap: socket.socket) -> None:
    media, link = Media(), link_to(trap)
    image = f"<MsgType>image</MsgType><PicUrl>{link}</PicUrl><MediaId>m-1</MediaId><MsgId>7</MsgId>"
    update = wechat_call(a_gate(clock, ""), clock, image)
    message = await read_by(WeChatReader(world, cast(Any, None), media), world, update)
    assert (media.asked, message.photos) == (["m-1"], (b"photo",))
    assert link not in str(update.body) and nobody_came(trap)


async def test_a_shared_link_is_told_to_be_of_no_use(world: World, clock: FakeClock, trap: socket.socket) -> None:
    shared = f"<MsgType>link</MsgType><Title>x</Title><Url>{link_to(trap)}</Url><MsgId>8</MsgId>"
    reader = WeChatReader(world, cast(Any, None), Media())
    company = {"origin": 3, "open_kfid": "kf", "external_userid": "u", "msgid": "1", "send_time": 1, "msgtype": "link"}
    of_company = wecom_update({**company, "link": {"url": link_to(trap)}})
    assert of_company is not None
    for update in (wechat_call(a_gate(clock, ""), clock, shared), of_company):
        with pytest.raises(MessageRefused):
            await read_by(reader, world, update)
        assert link_to(trap) not in str(update.body)
    assert nobody_came(trap)


async def test_a_link_in_words_stays_words(world: World, clock: FakeClock, trap: socket.socket) -> None:
    link = link_to(trap)
    text = f"<MsgType>text</MsgType><Content>{link}</Content><MsgId>9</MsgId>"
    from_wechat = wechat_call(a_gate(clock, ""), clock, text)
    from_telegram = telegram_update({"update_id": 1, **says(42, link)})
    assert from_telegram is not None
    readers = (WeChatReader(world, cast(Any, None), Media()), TelegramReader(world, Bot("1:" + "a" * 35)))
    for reader, update in zip(readers, (from_wechat, from_telegram), strict=True):
        message = await asyncio.wait_for(read_by(reader, world, update), 20)
        assert (message.text, message.photos) == (link, ())
    assert nobody_came(trap)
