"""The trained model, loaded once for all conversations, over a real database of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from backend.bootstrap import Backend, open_backend, set_current
from backend.services.conversations import open_conversation
from backend.settings import read_settings
from bot.live import Live
from bot.router import Dialogue, Router
from tests.clock import FakeClock
from tests.conversations.customer import Customer


@pytest.fixture(scope="session")
def town_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def same_day(town_clock: FakeClock) -> Iterator[None]:
    """Time that passes in one test is no time in the next."""
    now = town_clock.now()
    yield
    town_clock.advance(seconds=(now - town_clock.now()).total_seconds())


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(migrated_file, folder / "anxin.db")
    return folder


@pytest.fixture(scope="session")
def tables(shop_folder: Path) -> Iterator[Engine]:
    """The shop's database, to look at rows that no service shows."""
    engine = create_engine(f"sqlite:///{shop_folder / 'anxin.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shop(shop_folder: Path, town_clock: FakeClock) -> Iterator[Backend]:
    backend = open_backend(read_settings({"ANXIN_VAR": str(shop_folder)}), clock=town_clock)
    set_current(backend)
    yield backend
    set_current(None)
    backend.close()


@pytest.fixture(scope="session")
def dialogue(shop: Backend) -> Dialogue:
    from bot.runtime import load_dialogue  # Rasa takes seconds to import: only for those who talk

    return load_dialogue(shop.world)


@pytest.fixture
def router(shop: Backend, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch) -> Router:
    """A router whose turns may take their time: a busy machine is no failure of the bot's."""
    from bot.delivery import ReadFromTranscript

    monkeypatch.setattr("bot.router.TURN_SECONDS", 120.0)

    async def nobody_listens(*_: object) -> None: ...

    live = Live(shop.world, nobody_listens)
    return Router(shop.world, dialogue, live, {"webchat": ReadFromTranscript()}, patience_seconds=3600)


@pytest.fixture
def customer(shop: Backend, router: Router, request: pytest.FixtureRequest) -> Customer:
    conversation = open_conversation(shop.world, "webchat", request.node.name)
    return Customer(shop.world, router, conversation.id)
