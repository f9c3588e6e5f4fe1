"""A customer's WeChat, for the stand-in: calls the account's address as WeChat does, and shows what is answered.

Signed, and encrypted by wechatpy's own crypto where a key was agreed. A call without an answer within five seconds is
cut and repeated, three times in all; then the phone shows that the service has trouble.
"""

import asyncio
import itertools
import os
import time
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.sandbox.wechat_account import CLICK_GRANT, MESSAGE_GRANT, Account, Follower, Refused, check_text

ANSWER_SECONDS = 5.0
TRIES = 3
TROUBLE = {"by": "wechat", "kind": "trouble"}
ACCOUNT_NAME = "gh_standin"
_CLICKS = ("subscribe", "CLICK", "SCAN")
_numbers = itertools.count(int(time.time() * 1_000_000))


@dataclass(frozen=True)
class Address:
    """Where the account listens, and what was agreed with it."""

    url: str
    token: str
    aes_key: str = ""


@dataclass(frozen=True)
class Answered:
    """What came of a message: the text that was answered, and how often WeChat had to ask."""

    text: str | None
    tries: int
    status: int


class Phones:
    """The customers of an account."""

    def __init__(self, account: Account, address: Address) -> None:
        self._account, self._address = account, address
        key = address.aes_key
        self._crypto = WeChatCrypto(address.token, key, account.app_id) if key else None
        self._http: aiohttp.ClientSession | None = None

    async def send(self, openid: str, fields: dict[str, Any], copies: int = 1) -> list[Answered]:
        """A message (`MsgType` and its fields) or an event, in so many copies at once."""
        follower = self._account.follower(openid)
        xml = self._xml(openid, fields)
        self._grant(follower, fields)
        answers = await asyncio.gather(*(self._deliver(openid, xml) for _ in range(copies)))
        text = next((answer.text for answer in answers if answer.text), None)
        if text is not None:
            follower.shown.append({"by": "answer", "kind": "text", "text": text})
        elif any(answer.status != 200 for answer in answers):
            follower.shown.append(dict(TROUBLE))
        return list(answers)

    def call(self, url: str) -> None:
        """The account has moved."""
        self._address = replace(self._address, url=url)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    def _grant(self, follower: Follower, fields: dict[str, Any]) -> None:
        event = fields.get("Event")
        if event == "unsubscribe":
            follower.follows = False
        elif event is None:
            follower.grant(*MESSAGE_GRANT)
        elif event in _CLICKS:
            follower.follows = True
            follower.grant(*CLICK_GRANT)

    def _xml(self, openid: str, fields: dict[str, Any]) -> str:
        number = {} if "Event" in fields else {"MsgId": next(_numbers)}
        whole = {
            "ToUserName": ACCOUNT_NAME,
            "FromUserName": openid,
            "CreateTime": int(time.time()),
            "MsgType": "event" if "Event" in fields else "text",
            **number,
            **fields,
        }
        return f"<xml>{''.join(f'<{name}>{escape(str(value))}</{name}>' for name, value in whole.items())}</xml>"

    async def _deliver(self, openid: str, xml: str) -> Answered:
        for attempt in range(1, TRIES + 1):
            try:
                status, body = await asyncio.wait_for(self._call(xml), ANSWER_SECONDS)
            except (asyncio.TimeoutError, aiohttp.ClientError):
                continue
            if status != 200:
                continue
            try:
                return Answered(self._text(openid, body), attempt, 200)
            except (Refused, ValueError, KeyError):
                return Answered(None, attempt, -1)
        return Answered(None, TRIES, 0)

    async def _call(self, xml: str) -> tuple[int, str]:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        query, body = self.sealed(xml)
        async with self._http.post(self._address.url, params=query, data=body) as response:
            return response.status, await response.text()

    def sealed(self, xml: str) -> tuple[dict[str, str], bytes]:
        """Query and body of a call."""
        stamp, nonce = str(int(time.time())), os.urandom(6).hex()
        query = {"timestamp": stamp, "nonce": nonce, "signature": signature(self._address.token, stamp, nonce)}
        if self._crypto is None:
            return query, xml.encode()
        sealed = xmltodict.parse(self._crypto.encrypt_message(xml, nonce, stamp))["xml"]
        query |= {"encrypt_type": "aes", "msg_signature": sealed["MsgSignature"]}
        envelope = f"<xml><ToUserName>{ACCOUNT_NAME}</ToUserName><Encrypt>{sealed['Encrypt']}</Encrypt></xml>"
        return query, envelope.encode()

    def _text(self, openid: str, body: str) -> str | None:
        """What was answered. Raises Refused, ValueError or KeyError for what WeChat does not take."""
        if body in ("", "success"):
            return None
        read = xmltodict.parse(body)["xml"]
        if self._crypto is not None:
            plain = self._crypto.decrypt_message(
                {"Encrypt": read["Encrypt"]}, read["MsgSignature"], read["TimeStamp"], read["Nonce"]
            )
            read = xmltodict.parse(plain)["xml"]
        if (read["ToUserName"], read["FromUserName"], read["MsgType"]) != (openid, ACCOUNT_NAME, "text"):
            raise ValueError(read)
        return check_text(read["Content"])


def signature(*parts: str) -> str:
    """As WeChat signs a call: the token, the time stamp, the nonce, and what is encrypted."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)
