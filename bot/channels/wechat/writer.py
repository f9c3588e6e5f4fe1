"""Writes to customers of its own accord, within what WeChat grants, and tells honestly what came of it.

What was sent and not answered may have arrived, so nothing is sent twice by itself. Knows nothing of Rasa.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable

from backend.calling import call_service
from backend.domain.conversation import Message
from backend.domain.wechat import AFTER_MESSAGE, AnswerPart, Spent
from backend.errors import EvidenceNotFound
from backend.ports import World
from backend.services import wechat
from backend.services.evidence import read_evidence
from bot.channels.wechat import words
from bot.channels.wechat.bubbles import Api, Bubble, bubbles_of
from bot.channels.wechat.calling import ApiRefused, NeverSent, NoAnswer, NoToken
from bot.channels.wechat.outcomes import Meaning, meaning_of, seconds_without_token
from bot.choosing import takes_place
from bot.delivery import Busy, Held, Refused, Unclear

AWAY_SECONDS = 5.0
ROW_SECONDS = 20.0
"""After so long no further call is begun for a row: its lease must not end before it."""

log = logging.getLogger(__name__)


class Writer:
    """One account's own messages."""

    repeatable = False

    def __init__(self, world: World, api: Api) -> None:
        self._world, self._api = world, api

    async def close(self) -> None:
        """Let go of connections."""
        await self._api.close()

    async def write(self, user: str, message: Message, part: AnswerPart) -> bool:
        """Send a row; False when WeChat grants no more. Raises Refused, Unclear, Held or Busy."""
        picture = await self._picture(message)
        bubbles = bubbles_of(part, message.payload.get("buttons") or (), picture)
        if not 0 < len(bubbles) <= AFTER_MESSAGE.messages:
            raise Refused(f"it would take {len(bubbles)} messages")
        spent = await call_service(wechat.spend, self._world, user, len(bubbles))
        if spent is None:
            return False
        if spent.left == 0:
            bubbles = [*bubbles[:-1], bubbles[-1].with_last_words()]
        await self._send_all(user, bubbles, spent)
        return True

    def part_of(self, message: Message) -> AnswerPart:
        """A row in words. Blocks."""
        now = self._world.clock.now()
        with self._world.read() as work:
            tokens = [button["token"] for button in message.payload.get("buttons") or ()]
            found = work.buttons.redeem_all(message.conversation_id, tokens, now)
        numbered = all(token in found and takes_place(found[token][1]) for token in tokens)
        return words.part_of(message, numbered=numbered)

    async def guard(self, user: str, sending: Awaitable[None]) -> None:
        """Wait for a call. Raises Refused, Unclear, Held or Busy."""
        try:
            await sending
        except NoToken as exc:
            log.warning("WeChat gives no access token: %s", exc)
            raise Busy(seconds_without_token(exc.code)) from exc
        except NeverSent as exc:
            log.warning("WeChat cannot be reached: %s", exc)
            raise Busy(AWAY_SECONDS) from exc
        except NoAnswer as exc:
            raise Unclear(str(exc)) from exc
        except ApiRefused as exc:
            meaning = meaning_of(exc.code, str(exc))
            await asyncio.to_thread(self.remember, user, meaning)
            raise meaning.outcome from exc

    def remember(self, user: str, meaning: Meaning) -> None:
        """What WeChat's refusal tells of the customer. Blocks."""
        if meaning.no_more:
            wechat.exhaust(self._world, user)
        if meaning.unsubscribed:
            wechat.follow(self._world, user, follows=False)

    async def _send_all(self, user: str, bubbles: list[Bubble], spent: Spent) -> None:
        """What certainly has not been sent does not count."""
        until = time.monotonic() + ROW_SECONDS
        for number, bubble in enumerate(bubbles):
            unsent = len(bubbles) - number
            try:
                if time.monotonic() > until:
                    raise Busy(AWAY_SECONDS)
                await self.guard(user, bubble.send(self._api, user))
            except Unclear:
                await self._give_back(user, spent, unsent - 1)
                raise
            except (Busy, Held, Refused) as exc:
                await self._give_back(user, spent, unsent)
                if not number:
                    raise
                raise Unclear(f"only {number} of {len(bubbles)} parts have arrived: {exc}") from exc

    async def _give_back(self, user: str, spent: Spent, messages: int) -> None:
        if messages:
            await call_service(wechat.give_back, self._world, user, spent, messages)

    async def _picture(self, message: Message) -> tuple[bytes, str] | None:
        image = message.payload.get("image")
        if image is None:
            return None
        try:
            return await asyncio.to_thread(read_evidence, self._world, image, conversation_id=message.conversation_id)
        except EvidenceNotFound as exc:
            raise Refused(f"its picture is not there: {image}") from exc
