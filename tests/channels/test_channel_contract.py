"""What every channel promises, over the real chat server and worker: see `drivers` for how each platform is played.

One system serves all channels, as it does for a shop; every test has a customer of its own. A further channel is one
driver more in `DRIVERS`.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backend.bootstrap import open_backend
from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery, Message, Mode
from backend.domain.ownership import Outcome
from backend.domain.work import Staff
from backend.ports import World
from backend.services import agent_talk, bindings, identity, ownership, presence, progress
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Notice, get_conversation, tell
from backend.services.staff import add_staff
from backend.settings import read_settings
from bot import wording
from tests.channels.chat_server import ChatProcess, running_chat
from tests.channels.drivers import Driver, Person, change_database
from tests.channels.drivers.telegram import TelegramDriver
from tests.channels.drivers.webchat import WebChatDriver
from tests.channels.drivers.wechat import WeChatDriver
from tests.channels.drivers.wecom import WeComDriver
from tests.channels.wechat_side import running_worker
from tests.photos import a_jpeg
from tests.waiting import until
from tests.working import ORDER, a_working_shop, file_case

DRIVERS: dict[str, Callable[[], Driver]] = {
    "webchat": WebChatDriver,
    "telegram": TelegramDriver,
    "wechat": WeChatDriver,
    "wecom": WeComDriver,
}
SECONDS = 60
"""For a busy machine; nothing waits for it to pass."""
OURS = (Author.BOT, Author.AGENT, Author.SYSTEM)
ON_ITS_WAY = (Delivery.QUEUED, Delivery.SENDING)
WAITS, LEFT = (wording.render(name, {}).text for name in ("queue_waits", "queue_left"))


@dataclass
class System:
    """The chat server, the worker, all platforms, and the same database from here."""

    chat: ChatProcess
    world: World
    drivers: dict[str, Driver]
    settings: dict[str, str]
    running: ExitStack
    staff: Staff = field(default_factory=lambda: Staff("小李", Role.AGENT))

    def restart(self) -> None:
        """Kill the chat server without a warning, and start it again; the times of leases are over."""
        self.chat.process.kill()
        self.chat.process.wait()
        self.chat = self.running.enter_context(running_chat(self.chat.var, **self.settings))
        for driver in self.drivers.values():
            driver.heal()
            driver.chat_started(self.chat)
        past = "2020-01-01 00:00:00.000000"
        change_database(self.chat, "UPDATE platform_update SET leased_until = :past WHERE done_at IS NULL", past=past)
        change_database(self.chat, "UPDATE message SET at = :past WHERE NOT answered", past=past)


@dataclass
class Talk:
    """A customer on a channel, and what our database has of them."""

    system: System
    driver: Driver
    person: Person

    @property
    def id(self) -> str:
        return self.person.conversation(self.system.world)

    def rows(self) -> list[Message]:
        """Every line, whatever became of it."""
        with self.system.world.read() as work:
            return work.talk.tail(self.id, 200)

    def heard(self) -> list[str]:
        """What we have of what they wrote."""
        return [row.text for row in self.rows() if row.author is Author.CUSTOMER]

    def ask(self, text: str) -> None:
        """Write something, and wait until all that comes of it has come to its end."""
        self.person.send(text)
        self.settle(lambda: text in self.heard())

    def settle(self, true: Callable[[], Any] = lambda: True) -> None:
        """Wait until it is true, everything is answered, and nothing is on its way."""
        until(lambda: true() and not self._unanswered() and not [r for r in self.rows() if r.delivery in ON_ITS_WAY])

    def tell(self, notice: str) -> None:
        """Have the worker say something."""
        tell(self.system.world, self.id, Notice(notice, dedupe_key=f"{self.id}:{notice}"))

    def delivery(self, notice: str) -> Delivery:
        return next(row.delivery for row in reversed(self.rows()) if row.template == notice)

    def mode(self) -> Mode:
        return get_conversation(self.system.world, self.id).mode

    def screen(self) -> str:
        return "\n".join(self.person.read())

    def is_all_shown_once(self) -> bool:
        """Whether every line that was sent stands on the screen, and just as often as it was sent."""
        sent = [row.text for row in self.rows() if row.author in OURS and row.delivery is Delivery.SENT and row.text]
        screen = self.screen()
        return all(screen.count(text) == count for text, count in Counter(sent).items() if not _within(text, sent))

    def _unanswered(self) -> bool:
        with self.system.world.read() as work:
            waiting = work.inbox.first(
                self.driver.channel, get_conversation(self.system.world, self.id).channel_user_id
            )
            return bool(waiting or work.messages.unanswered_of(self.id))


def _within(text: str, sent: list[str]) -> bool:
    """Whether a line is part of another one, so that it cannot be counted."""
    return any(text in other for other in sent if other != text)


@pytest.fixture(scope="module")
def system(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    var = tmp_path_factory.mktemp("channels")
    shutil.copy(migrated_file, var / "anxin.db")
    with ExitStack() as running:
        drivers = {name: open_driver() for name, open_driver in DRIVERS.items()}
        for driver in drivers.values():
            running.callback(driver.close)
        settings = {name: value for driver in drivers.values() for name, value in driver.settings().items()}
        chat = running.enter_context(running_chat(var, **settings))
        running.enter_context(running_worker(chat, **settings))
        for driver in drivers.values():
            driver.chat_started(chat)
        backend = open_backend(read_settings({"ANXIN_VAR": str(var)}))
        running.callback(backend.close)
        yield System(chat, backend.world, drivers, settings, running, add_staff(backend.world, "小李", Role.AGENT))


@pytest.fixture(params=list(DRIVERS))
def talk(system: System, request: pytest.FixtureRequest) -> Talk:
    """A new customer of the channel."""
    return new_talk(system, request.param)


def new_talk(system: System, channel: str) -> Talk:
    driver = system.drivers[channel]
    return Talk(system, driver, driver.person())


def test_text_is_answered_once(talk: Talk) -> None:
    talk.ask("查进度")
    assert talk.heard() == ["查进度"]
    assert [row for row in talk.rows() if row.author is Author.BOT and row.template is None]
    until(talk.is_all_shown_once)


def test_a_photo_is_kept_and_answered_once(talk: Talk) -> None:
    talk.ask("你好")
    before = len(talk.rows())
    talk.person.send_photos(a_jpeg(300, 200))
    talk.settle(lambda: photos(talk))
    assert [len(row.payload["evidence"]) for row in photos(talk)] == [1]
    assert [row for row in talk.rows()[before:] if row.author is Author.BOT]
    until(talk.is_all_shown_once)


def test_photos_sent_together_are_all_kept(talk: Talk) -> None:
    talk.ask("你好")
    talk.person.send_photos(*(a_jpeg(200 + 50 * number, 200, seed=number) for number in range(3)))
    talk.settle(lambda: sum(len(row.payload["evidence"]) for row in photos(talk)) == 3)
    assert len(photos(talk)) == (1 if talk.driver.albums else 3)
    until(talk.is_all_shown_once)


def photos(talk: Talk) -> list[Message]:
    """The customer's messages with photos."""
    return [row for row in talk.rows() if row.author is Author.CUSTOMER and row.payload.get("evidence")]


def test_a_button_does_what_it_says(talk: Talk) -> None:
    talk.ask("你好")
    talk.person.press("查进度")
    talk.settle(lambda: len(talk.heard()) == 2)
    with_button, by_words = talk.rows()[-1].text, new_talk(talk.system, talk.driver.channel)
    by_words.ask("查进度")
    assert with_button == by_words.rows()[-1].text
    until(talk.is_all_shown_once)


def test_a_call_that_the_platform_repeats_is_one_message(talk: Talk) -> None:
    talk.ask("你好")
    talk.person.send_repeated("查进度")
    talk.settle(lambda: len(talk.heard()) == 2)
    talk.ask("转人工")
    assert talk.heard() == ["你好", "查进度", "转人工"]
    until(talk.is_all_shown_once)


def test_a_forged_call_is_refused_and_nothing_of_it_is_kept(talk: Talk) -> None:
    name, status = talk.driver.forge("转人工")
    assert status in (401, 403)
    with talk.system.world.read() as work:
        kept = work.inbox.first(talk.driver.channel, name)
        known = [work.conversations.get(owner) for owner in {owner for owner, _ in work.messages.since(0).values()}]
    assert kept == [] and name not in {each.channel_user_id for each in known if each is not None}


def test_lines_that_come_in_the_wrong_order_are_both_answered_once(talk: Talk) -> None:
    talk.ask("你好")
    talk.person.send_in_wrong_order("我要退货", "查进度")
    talk.settle(lambda: len(talk.heard()) == 3)
    assert sorted(talk.heard()[1:]) == sorted(["我要退货", "查进度"])
    until(talk.is_all_shown_once)


def test_what_was_lost_on_the_way_comes_with_the_customers_next_message(talk: Talk) -> None:
    talk.ask("你好")
    talk.driver.break_sending(talk.person)
    talk.tell("queue_waits")
    talk.settle()
    assert talk.delivery("queue_waits") in (Delivery.UNKNOWN, Delivery.SENT)
    talk.driver.heal()
    talk.ask("查进度")
    assert talk.delivery("queue_waits") is Delivery.SENT
    until(talk.is_all_shown_once)


def test_a_platform_that_asks_to_wait_gets_everything_once_and_in_order(talk: Talk) -> None:
    talk.ask("你好")
    talk.driver.ask_to_wait(talk.person)
    talk.tell("queue_waits")
    talk.tell("queue_left")
    talk.settle()
    until(talk.is_all_shown_once)
    assert talk.screen().index(WAITS) < talk.screen().index(LEFT)


def test_a_notice_reaches_who_has_not_written_for_days_or_waits_until_they_do(talk: Talk) -> None:
    talk.ask("你好")
    let_days_pass(talk)
    talk.tell("queue_waits")
    talk.settle()
    assert talk.delivery("queue_waits") is (Delivery.HELD if talk.driver.held_after_days else Delivery.SENT)
    talk.ask("查进度")
    assert talk.delivery("queue_waits") is Delivery.SENT
    until(talk.is_all_shown_once)


def let_days_pass(talk: Talk) -> None:
    """The customer wrote long ago, as our database and WeChat's window have it."""
    past, name = "2020-01-01 00:00:00.000000", get_conversation(talk.system.world, talk.id).channel_user_id
    for statement, whose in (
        ("UPDATE conversation SET last_customer_at = :past WHERE id = :whose", talk.id),
        ("UPDATE wechat_follower SET message_window_until = :past WHERE openid = :whose", name),
        ("UPDATE wechat_follower SET click_window_until = :past WHERE openid = :whose", name),
    ):
        change_database(talk.system.chat, statement, past=past, whose=whose)


def test_an_agent_takes_over_and_gives_back(talk: Talk) -> None:
    world, li = talk.system.world, talk.system.staff
    talk.ask("转人工")
    talk.settle(lambda: talk.mode() in (Mode.QUEUED, Mode.TICKET))
    presence.hear(world, li)
    ownership.claim(world, talk.id, li)
    agent_talk.reply(world, talk.id, li, AgentReply("您好，我来为您处理"))
    until(lambda: "您好，我来为您处理" in talk.screen())
    talk.ask("麻烦您了")
    assert talk.rows()[-1].text == "麻烦您了", "nobody but the agent answers"
    ownership.give_back(world, talk.id, li, Outcome.SOLVED)
    talk.settle(lambda: talk.mode() is Mode.BOT)
    talk.ask("查进度")
    assert talk.rows()[-1].author is Author.BOT
    until(talk.is_all_shown_once)


def test_what_a_killed_chat_server_had_in_hand_is_answered_once_by_the_next(system: System) -> None:
    talks = [new_talk(system, channel) for channel in DRIVERS]
    for talk in talks:
        talk.ask("你好")
    for talk in talks:
        talk.person.send_unread(a_jpeg(320, 240))
    system.restart()
    for talk in talks:
        talk.settle(lambda talk=talk: photos(talk))  # type: ignore[misc]
        assert len(photos(talk)) == 1 and talk.rows()[-1].author is Author.BOT
        until(talk.is_all_shown_once)


def test_a_person_on_all_channels_sees_the_same_case_and_is_told_where_they_wrote_last(system: System) -> None:
    talks = [new_talk(system, channel) for channel in DRIVERS]
    for talk in talks:
        talk.ask("你好")
    a_working_shop(system.world, conversation="of-the-shop")
    for talk in talks:
        talk.ask(ORDER)
        talk.ask("6688")
    case = file_case(system.world, conversation=talks[0].id)
    for talk in talks:
        assert [each.case for each in progress.theirs(system.world, talk.id)] == [case]
        talk.ask(case.case_no or "")
        until(lambda talk=talk: case.case_no in talk.screen())  # type: ignore[misc]
    newest = talks[-1]
    assert progress.of_case(system.world, newest.id, case.case_no or "").told_in == newest.id
    (binding,) = bindings.bindings_of_conversation(system.world, newest.id)
    bindings.revoke(system.world, binding.id, by=system.staff)
    assert progress.theirs(system.world, newest.id) == ()
    identity.prove(system.world, newest.id, ORDER, "6688")
    assert [each.case for each in progress.theirs(system.world, newest.id)] == [case]
