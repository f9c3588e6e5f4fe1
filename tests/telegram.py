"""Telegram as tests play it: what customers do, as the updates that the platform makes of it."""

import itertools
from typing import Any

TOKEN = "100200300:test-test-test-test-test-test-test"
SECRET = "only-telegram-knows-this"

_numbers = itertools.count(1)


def message(user: int, text: str = "", **content: Any) -> dict[str, Any]:
    """A message of a private chat."""
    said = {"text": text} if text else {}
    if text.startswith("/"):
        command = text.split(" ", maxsplit=1)[0]
        said["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]  # type: ignore[assignment]
    return {"message_id": next(_numbers), "date": 1763776800, **_both(user), **said, **content}


def says(user: int, text: str = "", **content: Any) -> dict[str, Any]:
    return {"message": message(user, text, **content)}


def edits(earlier: dict[str, Any], **content: Any) -> dict[str, Any]:
    """The earlier message with other content."""
    return {"edited_message": {**earlier["message"], "edit_date": 1763776900, **content}}


def presses(user: int, token: str, message_id: int, title: str = "…") -> dict[str, Any]:
    keyboard = {"inline_keyboard": [[{"text": title, "callback_data": token}]]}
    below = {"message_id": message_id, "date": 1763776800, "text": "…", **_both(user), "reply_markup": keyboard}
    sender = below["from"]
    return {
        "callback_query": {
            "id": str(next(_numbers)),
            "chat_instance": "1",
            "from": sender,
            "data": token,
            "message": below,
        }
    }


def a_photo(file_id: str, size: int = 1000) -> list[dict[str, Any]]:
    """A photo as Telegram offers it: a small and the large one."""
    small = {"file_id": f"{file_id}-small", "file_unique_id": f"{file_id}s", "width": 90, "height": 60}
    return [small, {"file_id": file_id, "file_unique_id": file_id, "width": 1280, "height": 960, "file_size": size}]


def a_document(file_id: str, mime_type: str, size: int = 1000) -> dict[str, Any]:
    return {"file_id": file_id, "file_unique_id": file_id, "mime_type": mime_type, "file_size": size}


def added_to_group(group: int) -> dict[str, Any]:
    by = {"id": 7, "is_bot": False, "first_name": "李"}
    bot = {"id": 1, "is_bot": True, "first_name": "bot"}
    return {
        "my_chat_member": {
            "chat": {"id": group, "type": "group", "title": "一家人"},
            "from": by,
            "date": 1763776800,
            "old_chat_member": {"status": "left", "user": bot},
            "new_chat_member": {"status": "member", "user": bot},
        }
    }


def shuts(user: int, shut: bool = True) -> dict[str, Any]:
    """A customer blocks the bot, or takes that back."""
    bot, status = {"id": 1, "is_bot": True, "first_name": "bot"}, ("member", "kicked")
    changed = {
        "date": 1763776800,
        "old_chat_member": {"status": status[not shut], "user": bot, "until_date": 0},
        "new_chat_member": {"status": status[shut], "user": bot, "until_date": 0},
    }
    return {"my_chat_member": {**_both(user), **changed}}


def _both(user: int) -> dict[str, Any]:
    return {
        "chat": {"id": user, "type": "private", "first_name": "李"},
        "from": {"id": user, "is_bot": False, "first_name": "李"},
    }
