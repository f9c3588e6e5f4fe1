"""A draft is filled, told, confirmed and filed: what ends up in the database, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest

from backend.domain.case import Case, CloseReason, State
from backend.domain.conversation import Author
from backend.domain.evidence import EvidenceKind
from backend.domain.filing import Answers, Question
from backend.domain.order import Order, OrderLine, OrderStatus
from backend.domain.request import Reason, Wish
from backend.domain.verdict import Outcome
from backend.errors import Conflict, DraftIncomplete, LookupsLocked, NotAllowed, OrderNotFound
from backend.ports import World
from backend.services import drafts, escalation, filing, identity, progress, timers
from backend.services.drafts import DraftView
from tests.builders import a_conversation, a_photo, an_order
from tests.clock import START, FakeClock
from tests.racing import race

CONVERSATION = "conv-1"
ORDER = "202611200001"
UNPACKED = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 1, 5000, 0, 5000)
TWO_CUPS = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 2, 5000, 0, 10000)
POT = OrderLine(2, "POT", "细口壶", "家居", 1, 20000, 0, 20000)


def a_shop(world: World, *lines: OrderLine, **changes: object) -> None:
    """One conversation, and one order of one cup unless other lines are given."""
    lines = lines or (UNPACKED,)
    paid = sum(line.paid_fen for line in lines)
    order = an_order(ORDER, lines=lines, paid_fen=paid, **changes)
    order = replace(order, payments=(replace(order.payments[0], paid_fen=paid),))
    with world.write() as work:
        work.conversations.open(a_conversation(CONVERSATION))
        work.conversations.open(a_conversation("conv-2"))
        work.orders.put(order)
        work.commit()


def put(world: World, *orders: Order) -> None:
    with world.write() as work:
        work.orders.put(*orders)
        work.commit()


def photograph(world: World, *ids: str, conversation_id: str = CONVERSATION, **changes: object) -> tuple[str, ...]:
    with world.write() as work:
        for number, evidence_id in enumerate(ids):
            piece = a_photo(evidence_id, conversation_id=conversation_id, kind=EvidenceKind.OTHER, **changes)
            work.evidence.add(
                replace(piece, created_at=world.clock.now(), sha256=f"{evidence_id}{number}".rjust(64, "0"))
            )
        work.commit()
    return ids


def fill(world: World, conversation_id: str = CONVERSATION, **said: object) -> DraftView:
    return drafts.fill_draft(world, conversation_id, Answers(**said))  # type: ignore[arg-type]


def filled(world: World, conversation_id: str = CONVERSATION, **said: object) -> DraftView:
    """A draft about the order with the buyer proven."""
    answers = {"wish": Wish.REFUND, "order_no": ORDER, "reason": Reason.MISSING, **said}
    fill(world, conversation_id, **answers)
    identity.prove(world, conversation_id, ORDER, "6688")
    return fill(world, conversation_id)


def confirmed(world: World, conversation_id: str = CONVERSATION) -> int:
    """A complete draft whose summary was told; the version that may be confirmed."""
    filled(world, conversation_id)
    fill(
        world, conversation_id, evidence=photograph(world, f"photo-{conversation_id}", conversation_id=conversation_id)
    )
    return filing.tell_draft(world, conversation_id).draft.version


def attempt(world: World, conversation_id: str, version: int) -> Case | Exception:
    try:
        return filing.submit_draft(world, conversation_id, version)
    except (Conflict, NotAllowed) as refused:
        return refused


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
    fill(each_world, "conv-2", evidence=photos, goods=("all",), all_pieces=True)
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
        (("那个壶有问题",), []),
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

    view = fill(world, all_pieces=True)

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


def test_a_photo_of_another_conversation_is_not_taken(world: World) -> None:
    a_shop(world)
    filled(world)

    view = fill(world, evidence=photograph(world, "theirs", conversation_id="conv-2"))

    assert view.evidence == ()


def test_a_refused_wish_names_alternatives_and_asks_for_another(world: World, clock: FakeClock) -> None:
    a_shop(world)
    clock.advance(days=12)

    view = filled(world, reason=Reason.NO_REASON)

    assert view.verdict is not None and view.verdict.outcome is Outcome.REFUSED
    assert view.question is Question.ALTERNATIVE
    assert {check.id for check in view.verdict.failed} == {"window"}


def test_filing_writes_number_verdict_pieces_log_and_notice_together(each_world: World) -> None:
    a_shop(each_world)
    version = confirmed(each_world)

    case = filing.submit_draft(each_world, CONVERSATION, version)

    with each_world.read() as work:
        stored = work.cases.by_number(case.case_no or "")
        events = work.cases.events(case.id)
        claimed = work.orders.claimed_pieces(ORDER)
        notice = work.messages.queued(CONVERSATION, 10)[-1]
    assert stored == case
    assert case.case_no == "RC20261122000001"
    assert case.state is State.SUBMITTED
    assert case.verdict is not None and case.rule_book_version == case.verdict.rule_book_version
    assert case.refundable_fen == 5000
    assert [(event.event, event.to_state) for event in events] == [
        ("start", State.DRAFT),
        ("submit", State.SUBMITTED),
    ]
    assert claimed == {1: 1}
    assert (notice.author, notice.template, notice.case_id) == (Author.SYSTEM, "case_submitted", case.id)


def test_the_review_is_due_at_the_end_of_the_next_working_day(world: World) -> None:
    a_shop(world)

    case = filing.submit_draft(world, CONVERSATION, confirmed(world))

    assert case.due_at is not None
    assert case.due_at.isoformat() == "2026-11-23T15:59:59.999999+00:00"  # Monday midnight in Shanghai


def test_an_old_summary_cannot_be_confirmed_after_a_change(each_world: World) -> None:
    a_shop(each_world)
    version = confirmed(each_world)
    fill(each_world, description="少了杯盖")

    with pytest.raises(Conflict) as old:
        filing.submit_draft(each_world, CONVERSATION, version)

    assert old.value.subject == "summary"
    assert drafts.view_draft(each_world, CONVERSATION) is not None


def test_a_summary_that_was_never_told_cannot_be_confirmed(world: World) -> None:
    a_shop(world)
    filled(world)
    view = fill(world, evidence=photograph(world, "photo"))

    with pytest.raises(Conflict):
        filing.submit_draft(world, CONVERSATION, view.draft.version)


def test_an_incomplete_draft_cannot_be_filed(world: World) -> None:
    a_shop(world)
    view = filled(world)

    with pytest.raises(DraftIncomplete) as incomplete:
        filing.submit_draft(world, CONVERSATION, view.draft.version)

    assert incomplete.value.missing == "photos"


def test_what_the_rules_refuse_cannot_be_filed(world: World, clock: FakeClock) -> None:
    a_shop(world)
    version = confirmed(world)
    clock.advance(hours=49)  # missing parts are to be told within 48 hours

    with pytest.raises(NotAllowed) as refused:
        filing.submit_draft(world, CONVERSATION, version)

    assert [check.id for check in refused.value.verdict.failed] == ["window"]


def test_of_two_conversations_that_file_the_same_piece_at_once_only_one_gets_it(each_world: World) -> None:
    a_shop(each_world)
    versions = {name: confirmed(each_world, name) for name in (CONVERSATION, "conv-2")}

    outcomes = race(2, lambda number: attempt(each_world, *list(versions.items())[number]))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Case", "Conflict"]
    with each_world.read() as work:
        assert len(work.cases.of_order(ORDER)) == 1


def test_confirming_twice_files_once(each_world: World) -> None:
    a_shop(each_world)
    version = confirmed(each_world)

    outcomes = race(4, lambda _: attempt(each_world, CONVERSATION, version))

    assert sum(isinstance(outcome, Case) for outcome in outcomes) == 1
    with each_world.read() as work:
        assert len(work.cases.of_conversation(CONVERSATION)) == 1


def test_goods_already_under_return_show_their_case_instead(world: World) -> None:
    a_shop(world)
    case = filing.submit_draft(world, CONVERSATION, confirmed(world))

    view = fill(world, wish=Wish.EXCHANGE, order_no=ORDER)

    assert view.open_case == case
    assert view.draft.order_no is None


def test_a_discarded_draft_is_closed_and_another_one_begins_empty(world: World) -> None:
    a_shop(world)
    first = filled(world).draft

    assert filing.discard_draft(world, CONVERSATION)

    with world.read() as work:
        closed = work.cases.get(first.id)
    assert closed is not None and closed.close_reason is CloseReason.CANCELLED
    assert fill(world).draft.id != first.id
    assert not filing.discard_draft(world, "conv-2")


def test_a_draft_left_alone_for_a_day_expires(world: World, clock: FakeClock) -> None:
    a_shop(world)
    filled(world)
    clock.advance(hours=23)
    timers.run_due(world)
    assert drafts.view_draft(world, CONVERSATION) is not None

    clock.advance(hours=2)
    timers.run_due(world)

    assert drafts.view_draft(world, CONVERSATION) is None


def test_another_order_forgets_the_goods_of_the_first(world: World) -> None:
    a_shop(world)
    filled(world)

    view = fill(world, order_no="999999999999")

    assert view.draft.lines == ()
    assert view.question is Question.PHONE_TAIL


@pytest.mark.parametrize(
    ("forget", "asked"),
    [(Question.REASON, Question.REASON), (Question.WISH, Question.WISH), (Question.ORDER_NO, Question.ORDER_NO)],
)
def test_a_forgotten_answer_is_asked_for_again(world: World, forget: Question, asked: Question) -> None:
    a_shop(world)
    filled(world)

    assert fill(world, forget=forget).question is asked


def test_an_order_that_has_not_left_needs_no_condition_and_comes_to_a_refund_only(world: World) -> None:
    a_shop(world, status=OrderStatus.PAID, shipped_at=None, signed_at=None)

    view = filled(world, reason=Reason.ORDERED_BY_MISTAKE)

    assert view.verdict is not None
    assert (view.verdict.remedy, view.verdict.refundable_fen) == ("REFUND_ONLY", 5000)
    assert view.question is Question.CONFIRMATION


def test_whoever_changed_their_mind_is_asked_whether_the_goods_are_as_new(world: World) -> None:
    a_shop(world)

    assert filled(world, reason=Reason.NO_REASON).question is Question.INTACT
    assert fill(world, intact=True).question is Question.CONFIRMATION


def test_times_of_a_draft_move_with_its_last_answer(world: World, clock: FakeClock) -> None:
    a_shop(world)
    filled(world)
    clock.advance(hours=5)

    view = fill(world, description="少了杯盖")

    assert view.draft.due_at == START.replace(day=23, hour=7)
