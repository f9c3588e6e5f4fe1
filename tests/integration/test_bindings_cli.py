"""`bindings list | revoke` from the command line."""

import pytest

from backend.ports import World
from tests.commanding import Printed, Refused, Run, printed, refused, run, shop
from tests.working import CONVERSATION, ORDER, file_case

__all__ = ["printed", "refused", "run", "shop"]

PHONE = "13800006688"


@pytest.fixture(autouse=True)
def case_no(shop: World) -> str:
    """A case of the shop's one buyer, filed in their one conversation."""
    return file_case(shop, order=ORDER).case_no or ""


def test_a_binding_is_listed_by_telephone_and_by_conversation_and_revoked_once(run: Run, refused: Refused) -> None:
    (listed,) = run("bindings", "list", PHONE)
    assert run("bindings", "list", "--conversation", CONVERSATION) == [listed]
    assert (listed["channel"], listed["buyer_phone"], listed["revoked_at"]) == ("webchat", PHONE, None)
    assert run("bindings", "revoke", listed["id"], "--as", "小林") == {"id": listed["id"], "revoked": True}
    (after,) = run("bindings", "list", PHONE)
    assert after["revoked_at"] is not None
    assert "没有生效中的绑定" in refused("bindings", "revoke", listed["id"], "--as", "小林")


def test_people_read_no_telephone_number_in_full(printed: Printed) -> None:
    told = printed("bindings", "list", PHONE)
    assert "138****6688" in told and PHONE not in told and CONVERSATION in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list",), "二者选一"),
        (("list", PHONE, "--conversation", CONVERSATION), "二者选一"),
        (("list", "--conversation", "nobody"), "没有会话 nobody"),
        (("revoke", "x", "--as", "小林"), "没有生效中的绑定 x"),
        (("revoke", "x", "--as", "无名"), "没有员工 无名"),
        (("revoke", "x", "--as", "老吴"), "老吴 不能解除绑定"),
    ],
)
def test_bad_input_is_said_in_one_line(refused: Refused, arguments: tuple[str, ...], told: str) -> None:
    said = refused("bindings", *arguments)
    assert told in said and said.count("\n") == 1
