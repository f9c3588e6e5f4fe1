"""An Official Account as WeChat keeps it, for the stand-in: followers, tokens, media, and what WeChat refuses.

The numbers and rules are those of WeChat's own pages; an error is answered as `errcode` and `errmsg`, never guessed.
"""

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

LONGEST_TEXT = 2048
MESSAGE_GRANT = (5, 48 * 3600.0)
CLICK_GRANT = (3, 60.0)
TOKEN_SECONDS = 7200
_WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40029: "invalid code",
    40037: "invalid template_id",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40023: "invalid sub button size",
    40125: "invalid appsecret",
    41002: "appid missing",
    42001: "access_token expired",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47001: "data format error",
    47003: "argument invalid! data field missing or too long",
    48001: "api unauthorized",
}


class Refused(Exception):
    """An error of WeChat's."""

    def __init__(self, code: int) -> None:
        super().__init__(_WORDS[code])
        self.code = code

    def body(self) -> dict[str, Any]:
        return {"errcode": self.code, "errmsg": f"{self} rid: stand-in"}


@dataclass
class Follower:
    """A customer: what their phone shows, and how much more it may be sent."""

    openid: str
    follows: bool = True
    shown: list[dict[str, Any]] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    grants: list[list[float]] = field(default_factory=list)

    def grant(self, messages: int, seconds: float) -> None:
        """The customer did something that lets the account write."""
        self.grants = [each for each in self.grants if each[2] != messages]
        self.grants.append([messages, time.monotonic() + seconds, messages])

    def spend(self) -> None:
        """One message. Raises Refused: 45015 when the time is over, 45047 when there were too many."""
        now = time.monotonic()
        open_grants = [each for each in self.grants if each[1] > now]
        if not open_grants or not self.follows:
            raise Refused(45015)
        left = [each for each in open_grants if each[0] > 0]
        if not left:
            raise Refused(45047)
        min(left, key=lambda each: each[1])[0] -= 1


class Account:
    """One account. `verified`: it may write first. `templates`: the fields that each of its forms has."""

    def __init__(self, app_id: str, secret: str, *, verified: bool = True) -> None:
        self.app_id, self.secret, self.verified = app_id, secret, verified
        self.templates: dict[str, list[str]] = {}
        self.followers: dict[str, Follower] = {}
        self.media: dict[str, tuple[str, bytes]] = {}
        self.menu: dict[str, Any] = {}
        self.tokens = 0
        self._token, self._token_until = "", 0.0

    def follower(self, openid: str) -> Follower:
        """A customer, who follows from the first time on that they are named."""
        return self.followers.setdefault(openid, Follower(openid))

    def stable_token(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The same token again, until it is over or a new one is forced."""
        if asked.get("grant_type") != "client_credential" or asked.get("appid") != self.app_id:
            raise Refused(41002)
        if asked.get("secret") != self.secret:
            raise Refused(40125)
        if asked.get("force_refresh") or self._token_until <= time.monotonic():
            self._token, self._token_until = secrets.token_urlsafe(40), time.monotonic() + TOKEN_SECONDS
            self.tokens += 1
        return {"access_token": self._token, "expires_in": int(self._token_until - time.monotonic())}

    def create_menu(self, menu: dict[str, Any]) -> None:
        """Raises Refused for one that WeChat would not take."""
        buttons = menu.get("button")
        if not self.verified:
            raise Refused(48001)
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise Refused(40016)
        for button in buttons:
            below = button.get("sub_button") or []
            if len(below) > 5:
                raise Refused(40023)
            for each in below or [button]:
                if each.get("type") not in ("click", "view"):
                    raise Refused(40017)
            if any(len(str(each.get("name", "")).encode()) not in range(1, 61) for each in [button, *below]):
                raise Refused(40018)
        self.menu = menu

    def expire_token(self) -> None:
        """The token is over before its time, as it is when the secret is changed."""
        self._token_until = 0.0

    def check_token(self, token: str) -> None:
        if not token or token != self._token:
            raise Refused(40001)
        if self._token_until <= time.monotonic():
            raise Refused(42001)

    def keep_media(self, kind: str, data: bytes) -> str:
        """A photo or film, by its new name."""
        if kind not in ("image", "video", "voice", "thumb") or not data:
            raise Refused(40004)
        media_id = secrets.token_urlsafe(32)
        self.media[media_id] = (kind, data)
        return media_id

    def send_custom(self, sent: dict[str, Any]) -> None:
        """A customer-service message."""
        if not self.verified:
            raise Refused(48001)
        follower, kind = self._receiver(sent), sent.get("msgtype")
        shown = _checked(kind, sent, self.media)
        follower.spend()
        follower.shown.append({"by": "message", "kind": kind, **shown})

    def send_template(self, sent: dict[str, Any], *, subscription: bool) -> None:
        """A template message, or a notice that the customer agreed to get."""
        follower = self._receiver(sent)
        fields = self.templates.get(sent.get("template_id", ""))
        if fields is None:
            raise Refused(40037)
        if not follower.follows:
            raise Refused(43004)
        if subscription and sent["template_id"] not in follower.agreed:
            raise Refused(43101)
        given = sent.get("data")
        if not isinstance(given, dict) or sorted(given) != sorted(fields) or not all(map(_fits, given.items())):
            raise Refused(47003)
        values = {name: value["value"] for name, value in given.items()}
        follower.shown.append({"by": "template", "kind": sent["template_id"], "fields": values})

    def _receiver(self, sent: dict[str, Any]) -> Follower:
        follower = self.followers.get(str(sent.get("touser", "")))
        if follower is None:
            raise Refused(40003)
        return follower


def read_json(body: bytes) -> dict[str, Any]:
    """What was posted. Raises Refused."""
    try:
        read = json.loads(body.decode("utf-8"))
    except ValueError as exc:
        raise Refused(47001) from exc
    if not isinstance(read, dict):
        raise Refused(47001)
    return read


def check_text(text: Any) -> str:
    """A text that WeChat takes. Raises Refused."""
    if not isinstance(text, str) or not text.strip():
        raise Refused(44004)
    if len(text.encode()) > LONGEST_TEXT:
        raise Refused(45002)
    return text


def _checked(kind: Any, sent: dict[str, Any], media: dict[str, tuple[str, bytes]]) -> dict[str, Any]:
    content = sent.get(str(kind))
    if not isinstance(content, dict):
        raise Refused(40008)
    match kind:
        case "text":
            return {"text": check_text(content.get("content"))}
        case "msgmenu":
            return _menu(content)
        case "image" | "video":
            if media.get(content.get("media_id", ""), ("",))[0] != kind:
                raise Refused(40007)
            return {"media_id": content["media_id"]}
    raise Refused(40008)


def _menu(content: dict[str, Any]) -> dict[str, Any]:
    items = content.get("list")
    if not isinstance(items, list) or not items:
        raise Refused(47001)
    whole = [content.get("head_content", ""), *(item.get("content") for item in items), content.get("tail_content", "")]
    check_text("\n".join(whole))
    return {"text": whole[0], "buttons": {item["content"]: str(item["id"]) for item in items}, "below": whole[-1]}


def _fits(given: tuple[str, Any]) -> bool:
    name, value = given
    text = value.get("value") if isinstance(value, dict) else None
    longest = {"thing": 20, "phrase": 5, "character_string": 32}.get(re.sub(r"\d+$", "", name), 200)
    return isinstance(text, str) and 0 < len(text) <= longest
