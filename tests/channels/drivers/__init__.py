"""One driver a channel: plays the platform's side, so that the same tests of `test_channel_contract` run over all."""

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import create_engine, text

from backend.ports import World
from tests.channels.chat_server import ChatProcess


class Person(Protocol):
    """A customer on the platform; each is a new one."""

    def conversation(self, world: World) -> str:
        """The id of theirs."""

    def send(self, text: str) -> None:
        """Write something."""

    def send_repeated(self, text: str) -> None:
        """Write something that the platform brings several times, as if it had heard no answer."""

    def send_photos(self, *photos: bytes) -> None:
        """Choose photos and send them, together where the platform can."""

    def press(self, title: str) -> None:
        """Press the newest button of that title, or do what the platform has instead of it."""

    def send_in_wrong_order(self, first: str, second: str) -> None:
        """Write two lines, of which the second comes to us first."""

    def send_unread(self, photo: bytes) -> None:
        """Send a photo that takes so long to fetch that whoever takes it can be killed over it."""

    def read(self) -> list[str]:
        """What stands on their screen from us, oldest first."""


class Driver(Protocol):
    """The platform."""

    channel: str
    albums: bool
    """Whether photos sent together are one message."""
    held_after_days: bool
    """Whether the platform takes nothing for somebody who has not written for days."""

    def settings(self) -> Mapping[str, str]:
        """What switches the channel on; told once, before the chat server starts."""

    def chat_started(self, chat: ChatProcess) -> None:
        """The chat server that is to be called from now on."""

    def person(self) -> Person: ...

    def forge(self, text: str) -> tuple[str, int]:
        """Call as somebody who is not the platform; for whom, and the status that came of it."""

    def break_sending(self, person: Person) -> None:
        """Whatever is sent to them is lost, and nobody tells, until `heal`."""

    def ask_to_wait(self, person: Person) -> None:
        """The next thing sent to them is refused for some seconds."""

    def heal(self) -> None:
        """Nothing goes wrong any more."""

    def close(self) -> None:
        """End what the driver started."""


def change_database(chat: ChatProcess, statement: str, **values: str) -> None:
    """Have time pass for something in the server's database, which keeps its times there."""
    engine = create_engine(f"sqlite:///{chat.var / 'anxin.db'}", connect_args={"timeout": 30})
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()
