"""The accounts of a buyer at the desk: seen beside the talk and the case, unbound by whoever talks with customers."""

import pytest

from backend.domain.case import Case, Role, State
from backend.ports import World
from backend.services import identity
from backend.services.conversations import open_conversation
from tests.auditing import audit_trail
from tests.desk.conftest import LogIn
from tests.working import CONVERSATION, ORDER, case_in


@pytest.fixture
def case(world: World) -> Case:
    return case_in(world, State.SUBMITTED)


@pytest.fixture
def telegram(world: World, case: Case) -> str:
    """The buyer's account on Telegram."""
    account = open_conversation(world, "telegram", "chat-1").id
    identity.prove(world, account, ORDER, "6688")
    return account


def test_a_talk_and_a_case_show_all_accounts_of_the_buyer(case: Case, telegram: str, log_in: LogIn) -> None:
    agent = log_in(Role.AGENT)
    for page in (f"/talks/{telegram}", f"/talks/{CONVERSATION}", f"/cases/{case.case_no}"):
        assert f'hx-get="{page}/bindings"' in agent.get(page).text
        shown = agent.get(f"{page}/bindings", htmx=True).text
        assert "Telegram" in shown and "网页聊天" in shown and shown.count("解绑</button>") == 2
        assert "138****6688" in shown and "13800006688" not in shown and "王小明" not in shown


@pytest.mark.parametrize("where", ["talk", "case"])
def test_an_account_is_unbound_once_and_by_name(
    world: World, case: Case, telegram: str, log_in: LogIn, where: str
) -> None:
    agent = log_in(Role.AGENT)
    page = f"/talks/{telegram}/bindings" if where == "talk" else f"/cases/{case.case_no}/bindings"
    with world.read() as work:
        (binding,) = work.bindings.of_conversation(telegram)
    answer = agent.post(page, htmx=True, data={"binding": binding.id})
    assert answer.status_code == 200
    assert "已解绑" in answer.text and answer.text.count("解绑</button>") == 1
    (line,) = audit_trail(world, subject=telegram)
    assert (line.actor, line.action) == (agent.name, "account:binding:revoked")
    again = agent.post(page, htmx=True, data={"binding": binding.id})
    assert again.status_code == 404 and "已经解除" in again.text


def test_nobody_unbinds_who_does_not_talk_with_customers(case: Case, telegram: str, log_in: LogIn) -> None:
    keeper = log_in(Role.WAREHOUSE)
    page = f"/cases/{case.case_no}"
    assert "/bindings" not in keeper.get(page).text
    assert keeper.get(f"{page}/bindings").status_code == 403
    assert keeper.post(f"{page}/bindings", data={"binding": f"{telegram}.1"}).status_code == 403
