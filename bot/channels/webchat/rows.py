"""One row of the transcript as the page reads it."""

from typing import Any

from backend.domain.conversation import Message

MEDIA = "/webhooks/webchat/media"


def row_of(message: Message) -> dict[str, Any]:
    """`seq, from, text, buttons, image_url, card, at, name, client_id` (architecture page, "Web chat")."""
    payload = message.payload
    image = payload.get("image")
    return {
        "seq": message.seq,
        "from": message.author.value,
        "text": message.text,
        "buttons": payload.get("buttons", []),
        "image_url": f"{MEDIA}/{image}" if image else None,
        "card": payload.get("card"),
        "at": message.at.isoformat(),
        "name": message.name or None,
        "client_id": payload.get("client_id"),
    }
