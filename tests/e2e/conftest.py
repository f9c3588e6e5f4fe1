"""The system under the browser tests, started once for all of them, and the people who use it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import expect

from tests.e2e.people import PATIENCE_MS, People, people_of
from tests.e2e.system import System, running_system

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running_system(tmp_path_factory.mktemp("system"), past=6) as running:
        yield running


@pytest.fixture
async def people(system: System) -> AsyncIterator[People]:
    async with people_of(system) as everybody:
        yield everybody
