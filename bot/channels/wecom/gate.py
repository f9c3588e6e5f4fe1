"""Lets in WeCom's calls: signed, fresh, encrypted, and for our company."""

from collections.abc import Mapping
from dataclasses import dataclass

import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto

from backend.ports import Clock
from backend.settings import WeComSettings
from bot.channels.wechat.gate import UNREADABLE, NotLetIn, SignedCalls

EVENT = "kf_msg_or_event"


@dataclass(frozen=True)
class News:
    """An account has something to be read; the token allows to read it, for ten minutes."""

    open_kfid: str
    token: str


class WeComGate(SignedCalls):
    """One company's way in."""

    def __init__(self, settings: WeComSettings, clock: Clock) -> None:
        super().__init__(settings.token, clock)
        self._crypto = WeChatCrypto(settings.token, settings.aes_key, settings.corp_id)

    def echo(self, query: Mapping[str, str]) -> str:
        """What WeCom wants to hear when the operator enters our address. Raises NotLetIn."""
        return self._opened(query, query.get("echostr", ""))

    def open(self, query: Mapping[str, str], body: bytes) -> News | None:
        """What a call tells; None for what is not about customer service. Raises NotLetIn."""
        try:
            sealed = str(xmltodict.parse(body)["xml"]["Encrypt"])
            told = xmltodict.parse(self._opened(query, sealed))["xml"]
            if told.get("Event") != EVENT:
                return None
            return News(str(told["OpenKfId"])[:64], str(told["Token"]))
        except UNREADABLE as exc:
            raise NotLetIn(f"no call of WeCom's: {type(exc).__name__}") from exc

    def _opened(self, query: Mapping[str, str], sealed: str) -> str:
        signature, stamp, nonce = (query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
        self.check_time(stamp)
        self.check_signature(signature, query, sealed)
        try:
            return str(self._crypto.decrypt_message({"Encrypt": sealed}, signature, stamp, nonce))
        except UNREADABLE as exc:
            raise NotLetIn(f"not encrypted as agreed: {type(exc).__name__}") from exc
