"""WeChat's messages and events as they are kept: whose they are, what they are called, what they let us send."""

import re
from typing import Any

from wechatpy.messages import BaseMessage

from backend.domain.inbox import LONGEST_KEY, PlatformUpdate
from backend.domain.wechat import AFTER_CLICK, AFTER_MESSAGE, Grant
from bot.channels.wechat.gate import NotLetIn
from bot.channels.wechat.sender import CHANNEL

_OPENID = re.compile(r"[\w-]{1,100}", re.ASCII)
_EVENTS = frozenset({"subscribe", "unsubscribe", "click", "scan"})
_CLICKS = frozenset({"subscribe", "click", "scan"})


def update_of(message: BaseMessage) -> PlatformUpdate | None:
    """One to be read; None for an event that asks for nothing. Raises NotLetIn for what WeChat would not send."""
    try:
        happened = _is_event(message)
        body = _event(message) if happened else _message(message)
        if body is None:
            return None
        user, at = str(message.source), int(message.time)
        key = f"{user}:{at}:{body['kind']}" if happened else str(int(message.id))
        if not _OPENID.fullmatch(user) or key == "0":
            raise ValueError("without a sender or a number")
        return PlatformUpdate(channel=CHANNEL, channel_user_id=user, key=key[:LONGEST_KEY], ranking=at, body=body)
    except (TypeError, ValueError) as exc:
        raise NotLetIn(f"no message: {exc}") from exc


def grant_of(update: PlatformUpdate) -> Grant | None:
    """What we may send after it."""
    kind = update.body["kind"]
    if kind == "unsubscribe":
        return None
    return AFTER_CLICK if kind in _CLICKS else AFTER_MESSAGE


def _is_event(message: BaseMessage) -> bool:
    """One that wechatpy does not know is an event too."""
    return str(message._data["MsgType"]).lower() == "event"


def _event(event: BaseMessage) -> dict[str, Any] | None:
    kind = str(getattr(event, "event", ""))
    if kind == "subscribe_scan":
        return {"kind": "subscribe", "scene": str(event.scene_id or "")}
    if kind not in _EVENTS:
        return None
    return {"kind": kind, "key": str(event.key or "")} if kind == "click" else _scanned(event, kind)


def _scanned(event: BaseMessage, kind: str) -> dict[str, Any]:
    return {"kind": kind, "scene": str(event.scene_id or "") if kind == "scan" else ""}


def _message(message: BaseMessage) -> dict[str, Any]:
    raw = message._data  # wechatpy has no field for the buttons of its own menus
    match message.type:
        case "text":
            return {"kind": "text", "text": str(message.content or ""), "button": str(raw.get("bizmsgmenuid") or "")}
        case "voice":
            return {"kind": "voice", "text": str(message.recognition or "")}
        case "image" | "video" | "shortvideo":
            return {"kind": "media", "media_id": str(message.media_id)}
    return {"kind": str(raw.get("MsgType", ""))[:40]}
