"""Staff at their desks, and a conversation in the queue that they may take."""

import pytest

from backend.domain.case import Role
from backend.domain.work import Staff
from backend.ports import World
from tests.owning import at_work, in_queue


@pytest.fixture
def li(each_world: World) -> Staff:
    return at_work(each_world, "小李", Role.AGENT)


@pytest.fixture
def wang(each_world: World) -> Staff:
    return at_work(each_world, "小王", Role.AGENT)


@pytest.fixture
def boss(each_world: World) -> Staff:
    return at_work(each_world, "老陈", Role.SUPERVISOR)


@pytest.fixture
def talk(each_world: World) -> str:
    """A conversation in the queue."""
    return in_queue(each_world)
