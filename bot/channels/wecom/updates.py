"""What was read at WeCom as it is kept: only what customers sent, whose it is, and in which order it came."""

from collections.abc import Mapping
from typing import Any

from backend.domain.inbox import LONGEST_KEY, PlatformUpdate
from bot.channels.wecom.sender import CHANNEL
from bot.channels.wecom.users import User

FROM_CUSTOMER = 3
"""`origin`; 4 are events, 5 what staff wrote in WeCom itself."""


def update_of(message: Mapping[str, Any]) -> PlatformUpdate | None:
    """A customer's message; None for anything else, and for what WeCom would not give."""
    try:
        if message["origin"] != FROM_CUSTOMER:
            return None
        user = User(str(message["open_kfid"]), str(message["external_userid"]))
        key, at, body = str(message["msgid"]), int(message["send_time"]), _body(message)
        return PlatformUpdate(channel=CHANNEL, channel_user_id=str(user), key=key[:LONGEST_KEY], ranking=at, body=body)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


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
