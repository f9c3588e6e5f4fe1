"""A shop with an Official Account for tests: chat server and worker as processes, its database, WeChat's side."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from backend.bootstrap import open_backend
from backend.domain.conversation import Delivery, Message
from backend.ports import World
from backend.services.conversations import Notice, open_conversation, tell
from backend.settings import read_settings
from tests.channels.chat_server import ChatProcess, running_chat
from tests.channels.wechat_side import APP_ID, Phone, WeChatSide, running_side, running_worker, settings_for
from tests.ports import free_port
from tests.waiting import until


@dataclass
class Shop:
    """Its processes, its database from here, and WeChat's side."""

    chat: ChatProcess
    worker: Popen[bytes]
    world: World
    side: WeChatSide
    settings: dict[str, str]
    running: ExitStack

    def rows(self, phone: Phone, author: str = "") -> list[Message]:
        """Every line of a customer's conversation, or those of one author, whatever became of them."""
        conversation = open_conversation(self.world, "wechat", phone.openid)
        with self.world.read() as work:
            rows = [work.talk.message(number) for number, (owner, _) in work.messages.since(0).items()
                    if owner == conversation.id]  # fmt: skip
        return [row for row in rows if row is not None and author in ("", row.author.value)]

    def rows_of_all(self) -> dict[str, list[Message]]:
        """Every line of every customer in WeChat, by OpenID."""
        with self.world.read() as work:
            owners = work.messages.since(0)
            talks = {owner: work.conversations.get(owner) for owner, _ in set(owners.values())}
            rows = [work.talk.message(number) for number in owners]
        found: dict[str, list[Message]] = {}
        for row in rows:
            talk = talks[row.conversation_id] if row is not None else None
            if row is not None and talk is not None and talk.channel == "wechat":
                found.setdefault(talk.channel_user_id, []).append(row)
        return found

    def tell(self, phone: Phone, template: str, key: str) -> None:
        """Say something outside of any call: the worker sends it."""
        conversation = open_conversation(self.world, "wechat", phone.openid)
        tell(self.world, conversation.id, Notice(template, dedupe_key=f"{conversation.id}:{key}"))

    def outcome(self, phone: Phone, key: str) -> Delivery:
        """How the telling ended."""
        conversation = open_conversation(self.world, "wechat", phone.openid)

        def settled() -> Delivery | None:
            with self.world.read() as work:
                row = work.messages.by_dedupe_key(f"{conversation.id}:{key}")
            assert row is not None
            return None if row.delivery in (Delivery.QUEUED, Delivery.SENDING) else row.delivery

        return until(settled)

    def kill_worker(self) -> None:
        """No warning, no farewell."""
        self.worker.kill()
        self.worker.wait()

    def start_worker(self) -> None:
        self.worker = self.running.enter_context(running_worker(self.chat, **self.settings))

    def restart_chat(self) -> None:
        """Kill the chat server without a warning, and start it again."""
        self.chat.process.kill()
        self.chat.process.wait()
        self.chat = self.running.enter_context(running_chat(self.chat.var, **self.settings))
        self.side.calls(self.chat)

    def verify(self, verified: bool) -> None:
        """Give the account the right to write first, or take it away; we know nothing of it yet."""
        self.side.account(verified=verified)
        with self.world.write() as work:
            work.wechat_accounts.set_answers_only(APP_ID, self.world.clock.now())
            work.commit()


@contextmanager
def running_shop(var: Path, migrated_file: Path) -> Iterator[Shop]:
    """A shop over a fresh database in `var`, ready for customers."""
    port = free_port()
    shutil.copy(migrated_file, var / "anxin.db")
    settings = settings_for(port)
    with ExitStack() as running:
        side = running.enter_context(running_side(port))
        chat = running.enter_context(running_chat(var, **settings))
        worker = running.enter_context(running_worker(chat, **settings))
        backend = open_backend(read_settings({"ANXIN_VAR": str(var)}))
        running.callback(backend.close)
        side.calls(chat)
        yield Shop(chat, worker, backend.world, side, settings, running)
