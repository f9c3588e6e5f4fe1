"""Answers the press of a button at once: the waiting sign ends, the choice stays to be seen, and a second press of the
same button is told politely that it has been used.
"""

import logging
from collections.abc import Mapping
from enum import Enum
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import TelegramError

from backend.ports import World
from backend.services.conversations import open_conversation, received_before
from bot import wording
from bot.channels.telegram.reader import press_id
from bot.channels.telegram.sender import CHANNEL

CHOSEN = "✓"

log = logging.getLogger(__name__)


class Press(Enum):
    """What a button is good for when it is pressed."""

    FRESH = "fresh"
    USED = "used"
    EXPIRED = "expired"


def state_of(world: World, user_id: str, token: str) -> Press:
    """Whether a token was pressed before, or is foreign or too old."""
    conversation = open_conversation(world, CHANNEL, user_id)
    if received_before(world, conversation.id, press_id(token)) is not None:
        return Press.USED
    with world.read() as work:
        found = work.buttons.redeem(conversation.id, token, world.clock.now())
    return Press.EXPIRED if found is None else Press.FRESH


async def answer(bot: Bot, body: Mapping[str, Any], state: Press) -> None:
    """Tell Telegram, which shows it to the customer; whatever goes wrong with that changes nothing else."""
    query = Update.de_json(dict(body), bot).callback_query
    assert query is not None
    try:
        await query.answer(wording.error_message("button_used") if state is Press.USED else None)
        if state is Press.FRESH and query.message is not None:
            chosen = chosen_alone(getattr(query.message, "reply_markup", None), query.data)
            await query.edit_message_reply_markup(chosen)
    except TelegramError as error:
        log.info("a press could not be answered: %s", error)


def chosen_alone(shown: InlineKeyboardMarkup | None, token: str | None) -> InlineKeyboardMarkup | None:
    """The keyboard with nothing but the chosen button, marked; none when it is not known."""
    buttons = [button for row in (shown.inline_keyboard if shown else ()) for button in row]
    titles = [button.text for button in buttons if button.callback_data == token]
    if not titles:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(f"{CHOSEN} {titles[0]}", callback_data=token)]])
