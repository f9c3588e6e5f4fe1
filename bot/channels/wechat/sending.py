"""Delivery to WeChat: into the answer of a call that waits, else as messages of our own as far as WeChat grants them.

Outside of what it grants a notice may go by a template of the account; all else waits until the customer writes. What
was sent and not answered may have arrived, so nothing is sent twice by itself. Knows nothing of Rasa.
"""

import asyncio
import logging
import time

from backend.domain.conversation import Conversation, Message
from backend.domain.wechat import AFTER_MESSAGE, AnswerPart
from backend.errors import EvidenceNotFound
from backend.ports import World
from backend.services import wechat
from backend.services.evidence import read_evidence
from backend.settings import WeChatSettings
from bot.channels.wechat import words
from bot.channels.wechat.api import ApiRefused, NeverSent, NoAnswer, WeChatApi
from bot.channels.wechat.bubbles import Bubble, bubbles_of
from bot.channels.wechat.notice_templates import NoticeTemplates
from bot.channels.wechat.outcomes import meaning_of
from bot.choosing import takes_place
from bot.delivery import Busy, Held, Refused, Unclear

AWAY_SECONDS = 5.0
ANSWER_SECONDS = 1.5
"""How long an answer that was hurried may take to be on its way."""
HEAD_START = 0.3
"""Seconds between an answer and what follows it: they take different ways."""
LOOK_SECONDS = 0.05
ROW_SECONDS = 20.0
"""After so long no further call is begun for a row: its lease must not end before it."""

Picture = tuple[bytes, str]
log = logging.getLogger(__name__)


class WeChatSender:
    """Keeps `bot.delivery.Sender`."""

    repeatable = False

    def __init__(self, world: World, settings: WeChatSettings, api: WeChatApi) -> None:
        self._world, self.settings, self.api = world, settings, api
        self._templates = NoticeTemplates(settings.templates)

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Send it. Raises Refused, Unclear, Held or Busy."""
        openid = conversation.channel_user_id
        part = await asyncio.to_thread(self._part_of, message)
        pictured = "image" in message.payload
        only_answers = await asyncio.to_thread(self.answers_only)
        if only_answers and pictured:
            part, pictured = words.without_picture(part), False
        if not pictured and await asyncio.to_thread(self._put_into_answer, openid, part, alone=only_answers):
            return
        if only_answers:
            raise Held("the account may only answer")
        if not await asyncio.to_thread(wechat.follows, self._world, openid):
            raise Held("the customer has unsubscribed")
        await self._let_answer_go_first(openid)
        await self._write(openid, message, part)

    async def close(self) -> None:
        """Let go of connections."""
        await self.api.close()

    def answers_only(self) -> bool:
        """Whether the account may only answer: as the operator or WeChat itself says. Blocks."""
        return self.settings.passive_only or wechat.answers_only(self._world, self.settings.app_id)

    def _part_of(self, message: Message) -> AnswerPart:
        now = self._world.clock.now()
        with self._world.read() as work:
            tokens = [button["token"] for button in message.payload.get("buttons") or ()]
            found = [work.buttons.redeem(message.conversation_id, token, now) for token in tokens]
        return words.part_of(message, numbered=all(each is not None and takes_place(each[1]) for each in found))

    def _put_into_answer(self, openid: str, part: AnswerPart, *, alone: bool) -> bool:
        """`alone`: a part goes in by itself even if it is too long; what is left of it comes with the next answer."""
        return wechat.add_part(
            self._world, openid, part, lambda parts: words.fits(parts) or (alone and len(parts) == 1)
        )

    async def _let_answer_go_first(self, openid: str) -> None:
        hurried = await asyncio.to_thread(wechat.hurry, self._world, openid)
        if hurried is None:
            return
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            call = await asyncio.to_thread(wechat.get_call, self._world, hurried.key)
            if call.reply or not call.parts:
                break
            await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(HEAD_START)

    async def _write(self, openid: str, message: Message, part: AnswerPart) -> None:
        picture = await self._picture(message)
        bubbles = bubbles_of(part, message.payload.get("buttons") or (), picture)
        if not 0 < len(bubbles) <= AFTER_MESSAGE.messages:
            raise Refused(f"it would take {len(bubbles)} messages")
        left = await asyncio.to_thread(wechat.spend, self._world, openid, len(bubbles))
        if left is None:
            await self._send_template(openid, message)
            return
        if left == 0:
            bubbles = [*bubbles[:-1], bubbles[-1].with_last_words()]
        await self._send_all(openid, bubbles)

    async def _send_all(self, openid: str, bubbles: list[Bubble]) -> None:
        until = time.monotonic() + ROW_SECONDS
        for number, bubble in enumerate(bubbles):
            try:
                if time.monotonic() > until:
                    raise Busy(AWAY_SECONDS)
                await self._call(openid, bubble)
            except (Busy, Held, Refused) as exc:
                if not number:
                    raise
                raise Unclear(f"only {number} of {len(bubbles)} parts have arrived: {exc}") from exc

    async def _send_template(self, openid: str, message: Message) -> None:
        template = self._templates.filled(message)
        if template is None:
            raise Held("WeChat takes no more before the customer writes")
        await self._call(openid, template)

    async def _call(self, openid: str, bubble: Bubble) -> None:
        try:
            await bubble.send(self.api, openid)
        except NeverSent as exc:
            log.warning("WeChat cannot be reached: %s", exc)
            raise Busy(AWAY_SECONDS) from exc
        except NoAnswer as exc:
            raise Unclear(str(exc)) from exc
        except ApiRefused as exc:
            raise await asyncio.to_thread(self._remember, openid, exc) from exc

    def _remember(self, openid: str, refused: ApiRefused) -> Exception:
        meaning = meaning_of(refused.code, str(refused))
        if meaning.no_more:
            wechat.exhaust(self._world, openid)
        if meaning.unsubscribed:
            wechat.follow(self._world, openid, follows=False)
        if meaning.answers_only:
            wechat.set_answers_only(self._world, self.settings.app_id)
        return meaning.outcome

    async def _picture(self, message: Message) -> Picture | None:
        image = message.payload.get("image")
        if image is None:
            return None
        try:
            return await asyncio.to_thread(read_evidence, self._world, image, conversation_id=message.conversation_id)
        except EvidenceNotFound as exc:
            raise Refused(f"its picture is not there: {image}") from exc
