"""Guards that other tests pass by: what each of them asks for before a case moves, and that nothing moved."""

from typing import Any

import pytest

from backend.domain.case import Role, State
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event as E
from backend.domain.request import Reason, Remedy, Wish
from backend.errors import GuardRefused
from backend.ports import World
from backend.services import drafts
from tests.integration.test_what_others_get_wrong import CUPS, a_shop, filed
from tests.working import a_working_shop, case_in, do, file_case, ruled_for, stored

R, S = Role, State
PHOTO: dict[str, Any] = {"photos": ("shelf",)}
QUOTE = {"reason": "人为进水"}

GUARDS: list[tuple[str, State, E, Role, dict[str, Any]]] = [
    ("items_missing", S.SUBMITTED, E.ASK_INFO, R.AGENT, {"items": (" ",)}),
    ("offer_missing", S.SUBMITTED, E.PROPOSE, R.AGENT, {"reason": "少退一点"}),
    ("consent_missing", S.PROPOSED, E.APPROVE, R.AGENT, {"consent": "  "}),
    ("supervisor_missing", S.RECEIVED, E.REFUSE_RECEIPT, R.WAREHOUSE, {"reason": "不是本店商品", **PHOTO}),
    ("supervisor_missing", S.RECEIVED, E.REFUSE_RECEIPT, R.WAREHOUSE, {"reason": "x", "staff": "小林", **PHOTO}),
    ("photo_missing", S.RECEIVED, E.REFUSE_RECEIPT, R.SUPERVISOR, {"reason": "不是本店商品"}),
    ("grade_unknown", S.RECEIVED, E.INSPECT_PASS, R.WAREHOUSE, {"grades": {1: "Z"}}),
    ("reason_unknown", S.RECEIVED, E.INSPECT_PASS, R.WAREHOUSE, {"grades": {1: "A"}, "reason_confirmed": "bad"}),
    ("freight_untold", S.INSPECTION_ISSUE, E.CHOOSE_SEND_BACK, R.CUSTOMER, {}),
    ("goods_not_here", S.PROPOSED, E.CHOOSE_SEND_BACK, R.CUSTOMER, {"confirmed": True}),
    ("no_award", S.INSPECTION_ISSUE, E.EXECUTE_RULING, R.SUPERVISOR, {"amount_fen": 1}),
    ("item_unchecked", S.REPLACEMENT_PENDING, E.SHIP, R.WAREHOUSE, {"waybill": "YT1357924680123"}),
    ("waybill_missing", S.REPLACEMENT_PENDING, E.SHIP, R.WAREHOUSE, {"confirmed": True}),
    ("quote_missing", S.REPAIRING, E.UNREPAIRABLE, R.REPAIR, QUOTE),
    ("offer_unfit", S.REPAIRING, E.UNREPAIRABLE, R.REPAIR, {**QUOTE, "remedy": Remedy.EXCHANGE, "amount_fen": 1}),
    ("staff_missing", S.SUBMITTED, E.ASSIGN, R.SUPERVISOR, {"staff": "没有这个人"}),
    ("priority_outside", S.SUBMITTED, E.PRIORITY, R.SUPERVISOR, {"priority": 10}),
    ("nothing_sent_back", S.SUBMITTED, E.NOTE, R.AGENT, {"waybill": "YT1357924680123", "reason": "x"}),
    ("waybill_missing", S.SENDING_BACK, E.DELIVERED, R.CARRIER, {}),
]


@pytest.mark.parametrize(
    ("code", "state", "event", "role", "given"), GUARDS, ids=[f"{row[0]}-{row[1].value}" for row in GUARDS]
)
def test_a_guard_names_what_is_missing_and_nothing_moves(
    world: World, code: str, state: State, event: E, role: Role, given: dict[str, Any]
) -> None:
    case = case_in(world, state)
    target = S.REFUND_PENDING if event is E.EXECUTE_RULING else None
    with pytest.raises(GuardRefused) as refused:
        do(world, case, event, role, target, **given)
    assert (refused.value.code, stored(world, case)) == (code, case)


def test_a_late_yes_to_the_old_offer_does_not_undercut_a_ruling(world: World) -> None:
    case = case_in(world, S.INSPECTION_ISSUE)
    ruled_for(world, case, S.REFUND_PENDING, 9500)
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.ACCEPT_PARTIAL, R.CUSTOMER, consent="同意")
    assert refused.value.code == "ruling_waits"
    with pytest.raises(GuardRefused) as otherwise:
        do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, S.REFUND_PENDING, amount_fen=9000)
    assert otherwise.value.code == "award_differs"


def test_goods_worth_much_are_photographed_even_when_they_pass(world: World) -> None:
    a_working_shop(world, price_fen=50000)
    case = file_case(world)
    do(world, case, E.APPROVE, R.AGENT)
    do(world, case, E.RECEIVE, R.WAREHOUSE, counted={1: 2})
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"})
    assert refused.value.code == "photo_for_amount"
    assert do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"}, **PHOTO).state is S.REFUND_PENDING


def test_where_an_agent_sets_the_amount_there_is_none_without_one(world: World) -> None:
    a_shop(world, CUPS)
    case = filed(world, quantity=3, wish=Wish.PRICE_DIFFERENCE, reason=Reason.OTHER, description="买贵了")
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.APPROVE, R.AGENT)
    assert refused.value.code == "amount_missing"


def test_a_case_is_not_edited_while_another_draft_is_filled(world: World) -> None:
    a_shop(world, CUPS)
    case = filed(world, quantity=1)
    drafts.fill_draft(world, case.conversation_id, Answers(wish=Wish.RETURN))
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.EDIT, R.CUSTOMER)
    assert refused.value.code == "other_draft"
