"""A buyer who was erased, as staff see what is left: pages that say so, and nothing of what was there."""

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.erasing import ERASED
from backend.domain.work import Staff
from backend.ports import World
from backend.services import privacy
from backend.services.conversations import Said, receive
from tests.desk.conftest import LogIn
from tests.working import CONVERSATION, NAMES, ORDER, case_in


@pytest.fixture
def case(world: World) -> Case:
    closed = case_in(world, State.CLOSED)
    receive(world, CONVERSATION, Said("我是王小明"))
    privacy.erase(world, "13800006688", by=Staff(NAMES[Role.MANAGER], Role.MANAGER))
    return closed


@pytest.mark.parametrize(
    "path", ["/talks/{talk}", "/talks/{talk}/bindings", "/cases/{case}", "/cases/{case}/bindings", "/orders?q={order}"]
)
def test_every_page_about_them_opens_and_shows_nothing_of_them(case: Case, log_in: LogIn, path: str) -> None:
    manager = log_in(Role.MANAGER)
    shown = manager.get(path.format(talk=CONVERSATION, case=case.case_no, order=ORDER), htmx="bindings" in path)
    assert shown.status_code == 200
    assert "王小明" not in shown.text and "13800006688" not in shown.text and "6688" not in shown.text


def test_the_talk_says_that_it_was_erased(case: Case, log_in: LogIn) -> None:
    assert ERASED in log_in(Role.AGENT).get(f"/talks/{CONVERSATION}").text
