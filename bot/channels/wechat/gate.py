"""Lets in what WeChat itself has sent: signed, fresh, encrypted where that was agreed; and seals our answers."""

import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.messages import BaseMessage

from backend.ports import Clock
from backend.settings import WeChatSettings

FRESH = timedelta(minutes=5)
"""An older call is a replay, or comes from a clock that is not right."""

_NO_XML = re.compile(b"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
"""What customers paste and WeChat passes on, and no XML may hold: a message is not lost over it."""

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, struct.error, ExpatError, WeChatException)


class NotLetIn(Exception):
    """A call that is not WeChat's, or not for us; the message says why, and holds nothing of what was sent."""


class SignedCalls:
    """Calls that are signed with a token, and fresh."""

    def __init__(self, token: str, clock: Clock) -> None:
        self._token, self._clock = token, clock

    def check_time(self, stamp: str) -> None:
        now: datetime = self._clock.now()
        read = int(stamp) if re.fullmatch("[0-9]{1,12}", stamp) else 0
        if abs(read - now.timestamp()) > FRESH.total_seconds():
            raise NotLetIn("too old, or from the future")

    def check_signature(self, given: str, query: Mapping[str, str], *more: str) -> None:
        signed = sorted([self._token, query.get("timestamp", ""), query.get("nonce", ""), *more])
        expected = hashlib.sha1("".join(signed).encode("utf-8", "replace")).hexdigest()
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise NotLetIn("the signature is wrong")


class Gate(SignedCalls):
    """One account's way in."""

    def __init__(self, settings: WeChatSettings, clock: Clock) -> None:
        super().__init__(settings.token, clock)
        key = settings.aes_key
        self._crypto = WeChatCrypto(settings.token, key, settings.app_id) if key else None

    def check(self, query: Mapping[str, str]) -> None:
        """A call without a body, as WeChat makes it to see whether we are there. Raises NotLetIn."""
        self.check_time(query.get("timestamp", ""))
        self.check_signature(query.get("signature", ""), query)

    def open(self, query: Mapping[str, str], body: bytes) -> BaseMessage:
        """What a call brings. Raises NotLetIn; where a key was agreed, for what comes in the clear too."""
        self.check_time(query.get("timestamp", ""))
        if self._crypto is None:
            self.check_signature(query.get("signature", ""), query)
            return _read(body)
        return _read(self._opened(self._crypto, query, body))

    def answer(self, query: Mapping[str, str], message: BaseMessage, text: str) -> str:
        """An answer to a message, as the body of the response."""
        reply: str = create_reply(text.replace("]]>", "]] >"), message).render()  # it is put into CDATA as it is
        if self._crypto is None:
            return reply
        stamp = str(int(self._clock.now().timestamp()))
        return str(self._crypto.encrypt_message(reply, query.get("nonce", ""), stamp))

    def _opened(self, crypto: WeChatCrypto, query: Mapping[str, str], body: bytes) -> bytes:
        signature, stamp, nonce = (query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
        try:
            sealed = xmltodict.parse(body)["xml"]["Encrypt"]
            self.check_signature(signature, query, sealed)
            return str(crypto.decrypt_message({"Encrypt": sealed}, signature, stamp, nonce)).encode()
        except UNREADABLE as exc:
            raise NotLetIn(f"not encrypted as agreed: {type(exc).__name__}") from exc


def _read(body: bytes) -> BaseMessage:
    try:
        message = parse_message(_NO_XML.sub(b"", body))
        if message is None:
            raise ValueError("empty")
        return message
    except UNREADABLE as exc:
        raise NotLetIn(f"no message: {type(exc).__name__}") from exc
