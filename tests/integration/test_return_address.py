"""Where goods are sent back to: to where the shop is now."""

import json

from backend.domain.case import Actor, Role, State
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.services.documents import Document, document_facts
from tests.rule_changing import ADDRESS, put_in_force
from tests.working import CONVERSATION, case_in, do


def test_a_case_filed_before_the_shop_moved_is_told_the_new_address(world: World) -> None:
    case = case_in(world, State.SUBMITTED)
    put_in_force(world, **ADDRESS)
    do(world, case, Event.APPROVE, Role.AGENT)
    with world.read() as work:
        queued = work.messages.queued(CONVERSATION, 100)
    (params,) = [each.payload["params"] for each in queued if each.template == "approved_return"]
    assert params["address"] == json.loads(ADDRESS["return.address.address"])
    assert params["receiver"] == json.loads(ADDRESS["return.address.receiver"])
    slip = document_facts(world, case.case_no or "", Document.RETURN_SLIP, viewer=Actor(Role.AGENT, "小林"))
    assert (slip["address"], slip["receiver"]) == (params["address"], params["receiver"])
