"""Telegram's updates as they are kept: whose they are, in which order they come, which belong together."""

import json
from collections.abc import Mapping
from typing import Any

from backend.domain.inbox import PlatformUpdate
from bot.channels.telegram.sender import CHANNEL

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""What we ask Telegram for."""


UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class NotAnUpdate(Exception):
    """Something that Telegram would not send."""


def update_of(body: Mapping[str, Any]) -> PlatformUpdate | None:
    """One that a private chat brought; `my_chat_member` is their shutting it, or opening it again.

    None for what asks for nothing. Raises NotAnUpdate.
    """
    try:
        chat = _chat(body)
        if chat is None or chat["type"] != "private":
            return None
        number, user_id = int(body["update_id"]), int(chat["id"])
        has_left(body)  # raises for what cannot be read
        return PlatformUpdate(
            channel=CHANNEL,
            channel_user_id=str(user_id),
            key=str(number),
            ranking=number,
            body=_storable(body),
            album=str(body.get("message", {}).get("media_group_id", "")),
        )
    except UNREADABLE as exc:
        raise NotAnUpdate(repr(exc)) from exc


def group_of(body: Mapping[str, Any]) -> int | None:
    """The group or channel that an update comes from while we are in it. Raises NotAnUpdate."""
    try:
        chat = _chat(body)
        if chat is None or chat["type"] == "private" or _thrown_out(body):
            return None
        return int(chat["id"])
    except UNREADABLE as exc:
        raise NotAnUpdate(repr(exc)) from exc


def pressed_token(body: Mapping[str, Any]) -> str | None:
    """The token of the button that was pressed."""
    pressed = body.get("callback_query")
    token = pressed.get("data") if isinstance(pressed, Mapping) else None
    return token if isinstance(token, str) else None


def _storable(body: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ValueError for numbers that JSON does not know: Python reads them all the same."""
    json.dumps(body, allow_nan=False)
    return dict(body)


def _chat(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = next((body[kind] for kind in KINDS if kind in body), None)
    if found is None:
        return None
    if "callback_query" in body:  # a message of long ago is left out
        return dict(found["message"]["chat"]) if "message" in found else {"type": "private", "id": found["from"]["id"]}
    return dict(found["chat"])


def has_left(body: Mapping[str, Any]) -> bool | None:
    """Whether the customer has shut their chat to us (True) or opened it again; None where it is about neither."""
    return _thrown_out(body) if "my_chat_member" in body else None


def _thrown_out(body: Mapping[str, Any]) -> bool:
    return body.get("my_chat_member", {}).get("new_chat_member", {}).get("status") in ("left", "kicked")
