"""What was read at WeCom as it is kept: only what customers sent, whose it is, and in which order it came."""

from collections.abc import Mapping
from typing import Any

from backend.domain.inbox import LONGEST_KEY, PlatformUpdate
from bot.channels.wecom.sender import CHANNEL
from bot.channels.wecom.users import User

FROM_CUSTOMER, FROM_WECOM = 3, 4
"""`origin`: what customers said, and events; 5 is what staff wrote in WeCom itself."""
ENTERS = "enter"
"""The kind of an update that somebody has come, and may be greeted by its code."""


def update_of(message: Mapping[str, Any]) -> PlatformUpdate | None:
    """A customer's message or coming; None for anything else, and for what WeCom would not give."""
    try:
        if message["origin"] == FROM_WECOM:
            return _entering(message)
        if message["origin"] != FROM_CUSTOMER:
            return None
        user = User(str(message["open_kfid"]), str(message["external_userid"]))
        key, at, body = str(message["msgid"]), int(message["send_time"]), _body(message)
        return PlatformUpdate(channel=CHANNEL, channel_user_id=str(user), key=key[:LONGEST_KEY], ranking=at, body=body)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _entering(message: Mapping[str, Any]) -> PlatformUpdate | None:
    """WeCom gives a code only where nothing was said for two days."""
    event = message["event"]
    if event["event_type"] != "enter_session" or not event.get("welcome_code"):
        return None
    user, at = User(str(event["open_kfid"]), str(event["external_userid"])), int(message["send_time"])
    body = {"kind": ENTERS, "code": str(event["welcome_code"])}
    return PlatformUpdate(CHANNEL, str(user), key=str(message["msgid"])[:LONGEST_KEY], ranking=at, body=body)


def _body(message: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(message["msgtype"])
    content = message.get(kind, {})
    match kind:
        case "text":
            return {"kind": "text", "text": str(content["content"]), "button": str(content.get("menu_id", ""))}
        case "image" | "video" | "file":
            return {"kind": "media", "media_id": str(content["media_id"])}
        case "voice":
            return {"kind": "voice", "text": ""}
    return {"kind": kind[:40]}
