"""What platforms send becomes what the router takes: kept first, then read and handed on, in order and once.

A platform's call is answered as soon as the update is kept. Reading it may take long (photos are downloaded); what a
process dies over is taken up again by the next, and one user's trouble holds up nobody else.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, Protocol

from backend.calling import call_service
from backend.domain.inbox import KeptUpdate, PlatformUpdate
from backend.ports import World
from backend.services import inbox
from backend.services.conversations import Notice, open_conversation, tell
from bot.channels.messages import IncomingMessage, refusal_of
from bot.locks import KeyedLocks
from bot.router import Router

SWEEP_SECONDS = 2.0
AT_ONCE = 4
"""So many updates are written about at a time: in a rush, answering the first must not wait for reading the last."""
TRIES = 5
FIRST_DELAY = timedelta(seconds=2)
"""Before the second try; every further one waits three times as long."""

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Understands one platform's updates."""

    async def read(self, updates: Sequence[KeptUpdate], conversation_id: str) -> IncomingMessage | None:
        """One message out of an update or a whole album; None when there is nothing to answer.

        Raises MessageRefused or EvidenceRefused for what will never be taken, anything else to be tried again.
        """


class Intake:
    """One channel's way in."""

    def __init__(self, world: World, router: Router, channel: str, reader: Reader) -> None:
        self._world, self._router, self._channel, self._reader = world, router, channel, reader
        self._locks = KeyedLocks()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._about_to_look: set[str] = set()

    async def keep(self, update: PlatformUpdate) -> bool:
        """Keep an update and have it taken in the background; False for one that was kept before."""
        kept = await call_service(inbox.keep, self._world, update)
        if kept:
            if update.album:
                self._run(self._start_later(update.channel_user_id, inbox.ALBUM_ENDS.total_seconds()))
            else:
                self._start(update.channel_user_id)
        return kept

    async def sweep(self) -> None:
        """Take up what was left, again and again, until cancelled."""
        while True:
            try:
                for user_id in await call_service(inbox.waiting, self._world, self._channel):
                    self._start(user_id)
            except Exception:  # the database may be away for a while
                log.exception("cannot look for updates of %s", self._channel)
            await asyncio.sleep(SWEEP_SECONDS)

    async def drain(self) -> None:
        """Let what is in hand come to its end."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _start(self, user_id: str) -> None:
        """Take what there is of a user, unless a task is about to look anyway: in a rush it may wait for its place."""
        if user_id not in self._about_to_look:
            self._about_to_look.add(user_id)
            self._run(self._take_all(user_id))

    async def _start_later(self, user_id: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._start(user_id)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take_all(self, user_id: str) -> None:
        try:
            async with self._locks.hold(user_id):
                while updates := await self._take(user_id):
                    await self._settle(updates)
        except Exception:  # what is kept stays kept: the sweep finds it
            log.exception("cannot take what %s sent", self._channel)

    async def _take(self, user_id: str) -> list[KeptUpdate]:
        async with self._places:
            self._about_to_look.discard(user_id)
            return await call_service(inbox.take, self._world, self._channel, user_id)

    async def _settle(self, updates: Sequence[KeptUpdate]) -> None:
        error = ""
        try:
            await self._hand_on(updates)
        except Exception as exc:
            error = str(exc) or type(exc).__name__
            refused = refusal_of(exc)
            if refused is None and updates[0].attempts < TRIES - 1:
                log.warning("update %s of %s is tried again: %r", updates[0].update.key, self._channel, exc)
                delay = FIRST_DELAY * 3 ** updates[0].attempts
                await call_service(inbox.put_off, self._world, updates, delay)
                return
            await self._tell(updates[0].update, *(refused or ("not_taken", {})))
        async with self._places:
            await call_service(inbox.finish, self._world, updates, error)

    async def _hand_on(self, updates: Sequence[KeptUpdate]) -> None:
        conversation_id = await self._conversation_of(updates[0].update)
        incoming = await self._reader.read(updates, conversation_id)
        if incoming is not None:
            async with self._places:
                await self._router.receive(incoming)
        else:  # somebody new has been welcomed
            await self._router.send(conversation_id)

    async def _tell(self, update: PlatformUpdate, code: str, params: dict[str, object]) -> None:
        """Why their message was not taken, as the next thing that the customer reads."""
        log.warning("update %s of %s was not taken: %s", update.key, self._channel, code)
        conversation_id = await self._conversation_of(update)
        key = f"{conversation_id}:refused:{update.key}"
        notice = Notice("message_refused", {"code": code, **params}, dedupe_key=key)
        await call_service(tell, self._world, conversation_id, notice)
        await self._router.send(conversation_id)

    async def _conversation_of(self, update: PlatformUpdate) -> str:
        async with self._places:
            opened = await call_service(open_conversation, self._world, self._channel, update.channel_user_id)
        return opened.id
