"""A draft is filled by what is said: what it takes, what it asks for, and whom it shows an order."""

from dataclasses import replace

import pytest

from backend.domain.case import Role, State
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Question
from backend.domain.order import OrderLine
from backend.domain.request import Reason, Wish
from backend.errors import LookupsLocked, OrderNotFound
from backend.ports import World
from backend.services import escalation, filing, identity, progress
from tests.builders import a_conversation, an_order
from tests.clock import FakeClock
from tests.drafting import (
    CONVERSATION,
    ORDER,
    POT,
    TWO_CUPS,
    a_shop,
    confirmed,
    fill,
    filled,
    photograph,
    put,
)


def test_the_first_message_begins_a_draft_without_a_number_and_asks_what_it_lacks(each_world: World) -> None:
    a_shop(each_world)

    view = fill(each_world, reason=Reason.DAMAGED)

    assert view.draft.case_no is None
    assert view.draft.state is State.DRAFT
    assert view.question is Question.WISH


def test_everything_a_message_says_is_taken_from_it(each_world: World) -> None:
    a_shop(each_world)

    view = filled(each_world, reason=Reason.DAMAGED)

    assert [(line.line_no, line.quantity) for line in view.draft.lines] == [(1, 1)]
    assert view.question is Question.PHOTOS
    assert view.missing == (EvidenceKind.GOODS, EvidenceKind.OUTER_BOX, EvidenceKind.WAYBILL)


def test_an_order_shows_nothing_before_it_is_proven(each_world: World) -> None:
    a_shop(each_world)

    view = fill(each_world, wish=Wish.REFUND, order_no=ORDER)

    assert view.question is Question.PHONE_TAIL
    assert view.order is None
    assert view.verdict is None


@pytest.mark.parametrize("order_no", [ORDER, "999999999999"], ids=["somebody else's", "unknown"])
def test_not_yours_and_not_found_get_the_same_answer(each_world: World, order_no: str) -> None:
    a_shop(each_world)

    with pytest.raises(OrderNotFound) as refused:
        identity.prove(each_world, CONVERSATION, order_no, "0000")

    assert str(refused.value) == order_no


def test_five_wrong_answers_lock_the_conversation_for_an_hour(world: World, clock: FakeClock) -> None:
    a_shop(world)
    for number in range(5):
        with pytest.raises(OrderNotFound):
            identity.prove(world, CONVERSATION, f"99999999999{number}", "0000")

    with pytest.raises(LookupsLocked):
        identity.prove(world, CONVERSATION, ORDER, "6688")

    clock.advance(minutes=61)
    identity.prove(world, CONVERSATION, ORDER, "6688")


def test_five_wrong_answers_lock_an_order_for_a_day_against_every_conversation(world: World, clock: FakeClock) -> None:
    a_shop(world)
    for _ in range(5):
        with pytest.raises(OrderNotFound):
            identity.prove(world, CONVERSATION, ORDER, "0000")
    clock.advance(hours=2)

    with pytest.raises(LookupsLocked) as locked:
        identity.prove(world, "conv-2", ORDER, "6688")

    assert (locked.value.until - clock.now()).total_seconds() == 22 * 3600


@pytest.mark.parametrize("typed", ["a-1001", "A1001", "a1001", "A_10-01"])
def test_an_order_is_meant_however_its_number_is_typed(each_world: World, typed: str) -> None:
    a_shop(each_world)
    put(each_world, an_order("a-1001"))

    view = fill(each_world, wish=Wish.REFUND, order_no=typed)

    assert view.draft.order_no == "a-1001"


def test_of_numbers_spelled_alike_the_proof_tells_which(each_world: World) -> None:
    a_shop(each_world)
    put(each_world, an_order("a-1001", buyer_phone="13900007777"), an_order("A10-01"))

    assert fill(each_world, wish=Wish.REFUND, order_no="a1001").draft.order_no == "a1001"
    identity.prove(each_world, CONVERSATION, "a1001", "7777")

    assert fill(each_world).draft.order_no == "a-1001"


def test_of_numbers_spelled_alike_of_one_buyer_it_is_asked_which(each_world: World) -> None:
    a_shop(each_world)
    put(each_world, an_order("a-1001"), an_order("A10-01"))

    fill(each_world, wish=Wish.REFUND, order_no="a1001")
    identity.prove(each_world, CONVERSATION, "a1001", "6688")

    assert fill(each_world).question is Question.ORDER_NO
    assert progress.look_up(each_world, CONVERSATION, "a1001").proven
    assert fill(each_world, order_no="A10-01").draft.order_no == "A10-01"


def test_a_number_typed_in_five_ways_is_locked_as_one(world: World) -> None:
    a_shop(world)
    put(world, an_order("a-1001"))
    for number, typed in enumerate(("a-1001", "A1001", "a1001", "A_1001", "a-10-01")):
        with world.write() as work:
            work.conversations.open(a_conversation(f"thief-{number}"))
            work.commit()
        with pytest.raises(OrderNotFound):
            identity.prove(world, f"thief-{number}", typed, "0000")
    with pytest.raises(LookupsLocked):
        identity.prove(world, CONVERSATION, "a-1001", "6688")


def test_a_case_is_filed_with_the_urgency_that_the_rules_give_it(each_world: World) -> None:
    a_shop(each_world, buyer_tier="vip")
    assert filing.submit_draft(each_world, CONVERSATION, confirmed(each_world)).priority == 1

    put(each_world, an_order("A1001", buyer_phone="13900001111"))
    fill(
        each_world, "conv-2", wish=Wish.REFUND, order_no="A1001", reason=Reason.MISSING, story="碎片飞出来，孩子受伤了"
    )
    identity.prove(each_world, "conv-2", "A1001", "1111")
    photos = photograph(each_world, "cut", conversation_id="conv-2")
    fill(each_world, "conv-2", evidence=photos, goods=("all",))
    version = filing.tell_draft(each_world, "conv-2").draft.version
    assert filing.submit_draft(each_world, "conv-2", version).priority == 3


def test_a_case_over_the_limit_goes_to_people_and_a_small_one_does_not(each_world: World) -> None:
    costly = OrderLine(1, "PHONE", "手机", "数码", 1, 300000, 0, 300000)
    a_shop(each_world, costly)
    version = confirmed(each_world)
    assert [each.reason for each in escalation.standing(each_world, CONVERSATION)] == ["amount"]

    case = filing.submit_draft(each_world, CONVERSATION, version)

    due = escalation.due_at_filing(each_world, case)
    assert due is not None and due.reason == "amount"
    assert escalation.due_at_filing(each_world, replace(case, refundable_fen=200000)) is None
    held = escalation.due_at_filing(each_world, replace(case, refundable_fen=100, risk_hold=True))
    assert held is not None and held.reason == "risk_hold"


def test_several_goods_are_asked_for_and_then_how_many(each_world: World) -> None:
    a_shop(each_world, TWO_CUPS, POT)
    assert filled(each_world).question is Question.GOODS

    picked = fill(each_world, goods=("1",))
    assert picked.question is Question.QUANTITY

    counted = fill(each_world, quantity=2)
    assert [(line.line_no, line.quantity) for line in counted.draft.lines] == [(1, 2)]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (("all",), [(1, 2), (2, 1)]),
        (("2",), [(2, 1)]),
        (("last",), [(2, 1)]),
        (("那个壶有问题",), [(2, 1)]),
        (("有一个有问题",), []),
        (("细口壶",), [(2, 1)]),
        (("第七个",), []),
    ],
)
def test_goods_are_chosen_by_all_ordinal_or_words_of_the_title(
    world: World, said: tuple[str, ...], lines: list[tuple[int, int]]
) -> None:
    a_shop(world, TWO_CUPS, POT)
    filled(world)

    view = fill(world, goods=said)

    assert [(line.line_no, line.quantity) for line in view.draft.lines] == lines


def test_of_several_goods_the_number_goes_to_the_one_that_lacks_it(world: World) -> None:
    a_shop(world, TWO_CUPS, POT)
    filled(world)
    assert fill(world, goods=("1", "2")).question is Question.QUANTITY

    view = fill(world, quantity=1)

    assert [(line.line_no, line.quantity) for line in view.draft.lines] == [(1, 1), (2, 1)]


def test_all_pieces_of_the_line_that_lacks_a_number_can_be_meant(world: World) -> None:
    a_shop(world, TWO_CUPS, POT)
    filled(world)
    fill(world, goods=("1",))

    view = fill(world, goods=("all",))

    assert [(line.line_no, line.quantity) for line in view.draft.lines] == [(1, 2)]


def test_more_pieces_than_bought_are_not_taken(world: World) -> None:
    a_shop(world, TWO_CUPS)
    view = filled(world)
    assert view.question is Question.QUANTITY

    assert fill(world, quantity=3).question is Question.QUANTITY


def test_photos_sent_before_the_reason_answer_what_the_reason_asks_for(each_world: World) -> None:
    a_shop(each_world)
    fill(each_world, evidence=photograph(each_world, "early"))

    view = filled(each_world, reason=Reason.DAMAGED)

    assert [piece.kind for piece in view.evidence] == [EvidenceKind.GOODS]
    assert view.missing == (EvidenceKind.OUTER_BOX, EvidenceKind.WAYBILL)


def test_a_video_stands_for_all_photos_where_the_reason_allows_it(world: World) -> None:
    a_shop(world)
    filled(world, reason=Reason.QUALITY, description="按了没反应")

    view = fill(world, evidence=photograph(world, "clip", media_type="video/mp4"))

    assert view.missing == ()
    assert view.question is Question.CONFIRMATION


def test_a_photo_that_staff_sent_in_the_conversation_proves_nothing_for_the_customer(each_world: World) -> None:
    a_shop(each_world)
    filled(each_world, reason=Reason.DAMAGED)
    photograph(each_world, "ours", brought_by=Role.AGENT)

    view = fill(each_world, description="一打开就是碎的")

    assert view.evidence == ()
    assert view.missing == (EvidenceKind.GOODS, EvidenceKind.OUTER_BOX, EvidenceKind.WAYBILL)


def test_a_photo_of_another_conversation_is_not_taken(world: World) -> None:
    a_shop(world)
    filled(world)

    view = fill(world, evidence=photograph(world, "theirs", conversation_id="conv-2"))

    assert view.evidence == ()
