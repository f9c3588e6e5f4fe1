"""Channel accounts bound to buyers: what they show, where their buyer is told, and how they are unbound."""

import pytest

from backend.domain.care import Deed
from backend.domain.case import Actor, Case, Role, State
from backend.domain.conversation import Author, Conversation, Delivery, Ended, NewMessage
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.request import Reason, Wish
from backend.domain.wechat import REPEATED_FOR, AnswerPart
from backend.domain.work import Staff
from backend.errors import BindingNotFound, CaseNotFound, ConversationNotFound, EvidenceNotFound, RoleRefused
from backend.ports import World
from backend.services import bindings, care, complaints, drafts, handoff, identity, progress, wechat
from backend.services.acts import Given
from backend.services.conversations import Said, open_conversation, receive
from backend.services.evidence import keep_evidence, read_evidence
from backend.services.filing_on_behalf import Application, file_for_customer
from backend.services.replies import Reply, Turn
from tests.auditing import audit_trail
from tests.builders import an_order
from tests.clock import FakeClock
from tests.outbox import delivery_of, put_in_outbox
from tests.photos import a_jpeg
from tests.racing import race
from tests.working import ASK, CONVERSATION, NAMES, ORDER, a_working_shop, case_in, do, file_case, stored

TAIL = "6688"
LIN = Staff(NAMES[Role.AGENT], Role.AGENT)


@pytest.fixture
def telegram(world: World, case: Case, clock: FakeClock) -> Conversation:
    """The buyer's account on Telegram, bound; they wrote there last."""
    clock.advance(minutes=1)
    return a_bound_account(world, "telegram", "chat-1")


@pytest.fixture
def case(world: World) -> Case:
    """The buyer's case, filed in the web chat."""
    return case_in(world, State.SUBMITTED)


def a_bound_account(world: World, channel: str, user_id: str) -> Conversation:
    account = open_conversation(world, channel, user_id)
    write(world, account.id)
    identity.prove(world, account.id, ORDER, TAIL)
    return account


def write(world: World, conversation_id: str) -> None:
    """The customer writes there."""
    receive(world, conversation_id, Said(text="在吗"))


def of(world: World, conversation_id: str = CONVERSATION) -> list[str]:
    """Ids of the bindings of a conversation that are in force."""
    found = bindings.bindings_of_conversation(world, conversation_id)
    return [each.id for each in found if each.revoked_at is None]


def only(world: World, conversation_id: str = CONVERSATION) -> str:
    (found,) = of(world, conversation_id)
    return found


def templates(world: World, conversation_id: str) -> list[str]:
    """Notices that wait to be sent to a conversation."""
    with world.read() as work:
        return [row.template for row in work.messages.queued(conversation_id, 100) if row.template]


def shown(world: World, conversation_id: str) -> tuple[list[str], list[str]]:
    """Cases and orders that a conversation shows."""
    cases = [each.case.case_no or "" for each in progress.theirs(world, conversation_id)]
    return cases, [order.order_no for order in identity.proven_orders(world, conversation_id)]


def test_a_binding_is_found_by_its_account_and_by_the_buyers_telephone(world: World, telegram: Conversation) -> None:
    found = bindings.bindings_of_phone(world, "138 0000-6688")
    assert {(each.channel, each.channel_user_id, each.buyer_name) for each in found} == {
        ("webchat", f"user-of-{CONVERSATION}", "王小明"),
        ("telegram", "chat-1", "王小明"),
    }
    (binding,) = bindings.bindings_of_conversation(world, telegram.id)
    assert binding in found
    assert (binding.how, binding.at, binding.revoked_at) == ("phone_tail", world.clock.now(), None)
    assert bindings.bindings_of_phone(world, "13900000000") == []


def test_the_bindings_of_an_account_that_does_not_exist_are_no_empty_list(world: World) -> None:
    with pytest.raises(ConversationNotFound):
        bindings.bindings_of_conversation(world, "nobody")


def test_a_person_on_two_channels_sees_the_same_cases(world: World, case: Case, telegram: Conversation) -> None:
    assert shown(world, telegram.id) == shown(world, CONVERSATION) == ([case.case_no], [ORDER])
    number = case.case_no or ""
    assert progress.of_case(world, telegram.id, number) == progress.of_case(world, CONVERSATION, number)


def test_notices_go_to_the_account_that_the_customer_wrote_from_last(
    world: World, case: Case, telegram: Conversation, clock: FakeClock
) -> None:
    do(world, case, *ASK[:2], **ASK[2])
    assert "info_asked" in templates(world, telegram.id) and "info_asked" not in templates(world, CONVERSATION)
    clock.advance(minutes=1)
    write(world, CONVERSATION)
    do(world, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    assert "withdrawn" in templates(world, CONVERSATION) and "withdrawn" not in templates(world, telegram.id)


def test_an_account_that_was_written_from_goes_before_one_that_was_only_opened(world: World, case: Case) -> None:
    account = a_bound_account(world, "telegram", "chat-1")  # in the same moment as all the rest
    do(world, case, *ASK[:2], **ASK[2])
    assert "info_asked" in templates(world, account.id)


def test_the_chat_knows_where_a_case_is_told_of(
    world: World, case: Case, telegram: Conversation, clock: FakeClock
) -> None:
    clock.advance(minutes=1)
    write(world, CONVERSATION)
    matter = care.matter_of(world, telegram.id, case.case_no or "")
    assert care.is_elsewhere(matter, telegram.id) and not care.is_elsewhere(matter, CONVERSATION)


def test_photos_of_a_case_are_shown_on_either_channel_and_to_nobody_else(
    world: World, case: Case, telegram: Conversation
) -> None:
    stranger = open_conversation(world, "telegram", "chat-2")
    kept = keep_evidence(world, CONVERSATION, a_jpeg()).evidence
    with pytest.raises(EvidenceNotFound):
        read_evidence(world, kept.id, conversation_id=telegram.id)
    with world.write() as work:
        work.evidence.assign(kept.id, case.id, kept.kind)
        work.commit()
    assert read_evidence(world, kept.id, conversation_id=telegram.id)[1] == "image/jpeg"
    with pytest.raises(EvidenceNotFound):
        read_evidence(world, kept.id, conversation_id=stranger.id)


def test_what_is_revoked_shows_nothing_more_and_the_other_account_stays_bound(
    world: World, case: Case, telegram: Conversation
) -> None:
    complaints.file_complaint(world, CONVERSATION, "太慢了", case.case_no)
    bindings.revoke(world, only(world), by=LIN)
    number = case.case_no or ""
    assert shown(world, CONVERSATION) == ([], [])
    assert progress.of_conversation(world, CONVERSATION) == ()
    assert not progress.look_up(world, CONVERSATION, number).cases
    assert not progress.look_up(world, CONVERSATION, ORDER).proven
    assert complaints.complaints_of(world, CONVERSATION) == []
    with pytest.raises(CaseNotFound):
        care.do(world, CONVERSATION, number, Deed.WITHDRAW, Given(confirmed=True))
    with pytest.raises(CaseNotFound):
        complaints.file_complaint(world, CONVERSATION, "还是太慢", number)
    assert shown(world, telegram.id) == ([number], [ORDER])


def a_row(world: World, author: Author, delivery: Delivery) -> int:
    """Something that shows a case, said in the conversation; its id."""
    card = {"kind": "case", "case_no": "RC1"}
    return put_in_outbox(world, CONVERSATION, "您的售后单", author=author, delivery=delivery, card=card).id


def test_no_notice_goes_to_an_account_that_was_unbound(world: World, case: Case, telegram: Conversation) -> None:
    bindings.revoke(world, only(world, telegram.id), by=LIN)
    do(world, case, *ASK[:2], **ASK[2])
    assert templates(world, telegram.id)[-1] == "binding_revoked"
    assert "info_asked" in templates(world, CONVERSATION)
    bindings.revoke(world, only(world), by=LIN)
    do(world, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    assert "withdrawn" not in templates(world, telegram.id) + templates(world, CONVERSATION)


@pytest.mark.parametrize("ended", [Delivery.QUEUED, Delivery.HELD, Delivery.UNKNOWN, Delivery.FAILED], ids=str)
def test_what_was_still_to_be_told_is_given_up(world: World, case: Case, ended: Delivery) -> None:
    with world.write() as work:
        (filed,) = [row for row in work.messages.queued(CONVERSATION, 100) if row.case_id == case.id]
        if ended is not Delivery.QUEUED:
            work.messages.settle(filed.id, Ended(ended, world.clock.now(), error="48 hours are over"))
        work.commit()
    bindings.revoke(world, only(world), by=LIN)
    write(world, CONVERSATION)
    assert templates(world, CONVERSATION) == ["binding_revoked"]
    with world.read() as work:
        dropped = work.talk.message(filed.id)
    assert dropped is not None and (dropped.delivery, dropped.error) == (Delivery.SUPERSEDED, "unbound")


@pytest.mark.parametrize("author", [Author.BOT, Author.AGENT], ids=str)
@pytest.mark.parametrize("ended", [Delivery.HELD, Delivery.UNKNOWN], ids=str)
def test_what_the_bot_or_an_agent_had_said_is_given_up_with_it(
    world: World, case: Case, author: Author, ended: Delivery
) -> None:
    card = a_row(world, author, ended)
    bindings.revoke(world, only(world), by=LIN)
    write(world, CONVERSATION)
    assert delivery_of(world, card) is Delivery.SUPERSEDED


@pytest.mark.parametrize("ended", [Delivery.QUEUED, Delivery.HELD, Delivery.UNKNOWN, Delivery.SENT], ids=str)
def test_a_line_that_was_being_sent_is_not_sent_again_and_counts_as_sent_only_if_it_arrived(
    world: World, case: Case, ended: Delivery
) -> None:
    card = a_row(world, Author.BOT, Delivery.SENDING)
    bindings.revoke(world, only(world), by=LIN)
    with world.write() as work:
        if ended is Delivery.QUEUED:
            work.messages.put_back(card, world.clock.now(), "asked to wait")
        else:
            work.messages.settle(card, Ended(ended, world.clock.now()))
        work.commit()
    write(world, CONVERSATION)
    assert delivery_of(world, card) is (Delivery.SENT if ended is Delivery.SENT else Delivery.SUPERSEDED)


def test_what_the_bot_was_thinking_of_is_not_said_any_more(world: World, case: Case) -> None:
    asked = receive(world, CONVERSATION, Said(text="我的售后单"))
    bindings.revoke(world, only(world), by=LIN)
    turn = Turn((Reply("您的售后单", card={"kind": "case", "case_no": case.case_no}),))
    handoff.write_turn(world, asked.message, turn, epoch=asked.conversation.epoch, run=0, last=True)
    with world.write() as work:
        row = work.messages.by_dedupe_key(f"reply:{asked.message.id}:0:0")
        assert row is not None and not work.messages.lease(row.id, world.clock.now(), world.clock.now())
        work.commit()
    assert delivery_of(world, row.id) is Delivery.SUPERSEDED


def test_what_lies_in_an_answer_that_wechat_did_not_hear_is_not_said_later(each_world: World, clock: FakeClock) -> None:
    a_working_shop(each_world, conversation=CONVERSATION)
    account = a_bound_account(each_world, "wechat", "oBuyer")
    case = file_case(each_world, conversation=account.id)
    with each_world.write() as work:
        rows = {row.template: row.id for row in work.messages.queued(account.id, 100) if row.template != "welcome"}
        other = work.messages.add(account, NewMessage(Author.SYSTEM, "稍等"), clock.now(), delivery=Delivery.QUEUED)
        work.commit()
    assert rows and other is not None
    wechat.open_call(each_world, "m1", "oBuyer")
    for row in (*rows.values(), other.id):
        wechat.add_part(each_world, "oBuyer", AnswerPart(f"第 {row} 行", row=row), lambda _: True)
        with each_world.write() as work:
            work.messages.settle(row, Ended(Delivery.SENT, clock.now()))
            work.commit()
    wechat.end_call(each_world, wechat.get_call(each_world, "m1"), "all of it")
    bindings.revoke(each_world, only(each_world, account.id), by=LIN)
    clock.advance(seconds=REPEATED_FOR.total_seconds() + 1)
    assert wechat.take_back_unheard(each_world) == 1
    assert {delivery_of(each_world, row) for row in rows.values()} == {Delivery.SUPERSEDED}
    assert delivery_of(each_world, other.id) is Delivery.QUEUED, "it tells nothing of the buyer"
    assert case.case_no


def test_an_application_under_way_is_closed_with_it_and_one_about_another_buyer_is_not(world: World) -> None:
    a_working_shop(world)
    drafts.fill_draft(world, CONVERSATION, Answers(order_no=ORDER, wish=Wish.REFUND))
    identity.prove(world, CONVERSATION, ORDER, TAIL)
    bindings.revoke(world, only(world), by=LIN)
    assert drafts.view_draft(world, CONVERSATION) is None
    with world.write() as work:
        work.orders.put(an_order("B2002", buyer_phone="13911112222"))
        work.commit()
    identity.prove(world, CONVERSATION, ORDER, TAIL)
    identity.prove(world, CONVERSATION, "B2002", "2222")
    drafts.fill_draft(world, CONVERSATION, Answers(order_no="B2002", wish=Wish.REFUND))
    bindings.revoke(world, next(each for each in of(world) if each.endswith(f".{customer_of(world, ORDER)}")), by=LIN)
    view = drafts.view_draft(world, CONVERSATION)
    assert view is not None and view.draft.order_no == "B2002" and view.order is not None


def test_proven_again_it_shows_all_again(world: World, case: Case, clock: FakeClock) -> None:
    binding = only(world)
    bindings.revoke(world, binding, by=LIN)
    assert of(world) == []
    clock.advance(days=1)
    identity.prove(world, CONVERSATION, ORDER, TAIL)
    assert shown(world, CONVERSATION) == ([case.case_no], [ORDER])
    (again,) = bindings.bindings_of_conversation(world, CONVERSATION)
    assert (again.id, again.at, again.revoked_at) == (binding, clock.now(), None)
    identity.prove(world, CONVERSATION, ORDER, TAIL)
    assert only(world) == binding


def test_who_revoked_what_is_written_down_and_the_customer_is_told(world: World, case: Case) -> None:
    binding = only(world)
    bindings.revoke(world, binding, by=LIN, address="10.0.0.8")
    (line,) = audit_trail(world, subject=CONVERSATION)
    assert (line.actor, line.action, line.detail) == (LIN.name, "account:binding:revoked", {"id": binding})
    assert line.address == "10.0.0.8"
    assert templates(world, CONVERSATION)[-1] == "binding_revoked"


@pytest.mark.parametrize("unknown", ["nobody.1", "conv-1.99", "conv-1", "", "conv-1.x"])
def test_a_binding_that_there_is_not_cannot_be_revoked(world: World, case: Case, unknown: str) -> None:
    with pytest.raises(BindingNotFound):
        bindings.revoke(world, unknown, by=LIN)


def test_a_warehouse_revokes_nothing(world: World, case: Case) -> None:
    with pytest.raises(RoleRefused):
        bindings.revoke(world, only(world), by=Staff(NAMES[Role.WAREHOUSE], Role.WAREHOUSE))
    assert of(world) != []


def test_of_two_who_revoke_at_once_one_does(each_world: World) -> None:
    case_in(each_world, State.SUBMITTED)
    binding = only(each_world)

    def revoked(_number: int) -> bool:
        try:
            bindings.revoke(each_world, binding, by=LIN)
        except BindingNotFound:
            return False
        return True

    assert sorted(race(4, revoked)) == [False, False, False, True]
    assert len(audit_trail(each_world, subject=CONVERSATION)) == 1
    assert templates(each_world, CONVERSATION).count("binding_revoked") == 1


def test_a_notice_that_races_with_the_end_of_a_binding_is_not_sent_afterwards(each_world: World) -> None:
    case = case_in(each_world, State.SUBMITTED)
    account = a_bound_account(each_world, "telegram", "chat-1")
    binding = only(each_world, account.id)

    def run(number: int) -> None:
        if number:
            bindings.revoke(each_world, binding, by=LIN)
        else:
            do(each_world, case, *ASK[:2], **ASK[2])

    race(2, run)
    assert "info_asked" not in templates(each_world, account.id)


def test_turns_on_two_channels_about_each_others_cases_do_not_block_each_other(
    each_world: World, clock: FakeClock
) -> None:
    here = case_in(each_world, State.SUBMITTED)
    account = a_bound_account(each_world, "telegram", "chat-1")
    with each_world.write() as work:
        work.orders.put(an_order("A2002"))
        work.commit()
    there = file_case(each_world, conversation=account.id, order="A2002")

    def run(number: int) -> None:
        conversation_id, case = ((account.id, here), (CONVERSATION, there))[number]
        write(each_world, conversation_id)
        care.do(each_world, conversation_id, case.case_no or "", Deed.WITHDRAW, Given(confirmed=True))

    race(2, run)
    assert {stored(each_world, case).state for case in (here, there)} == {State.CLOSED}


def test_the_customer_unbinds_their_own_account(world: World, case: Case) -> None:
    bindings.ask_to_unbind(world, CONVERSATION)
    assert shown(world, CONVERSATION)[0] == [case.case_no]
    assert bindings.unbind_own(world, CONVERSATION) == 1
    assert shown(world, CONVERSATION) == ([], [])
    assert templates(world, CONVERSATION)[-2:] == ["unbind_asked", "unbound"]
    (line,) = audit_trail(world, subject=CONVERSATION)
    assert (line.actor, line.action) == ("customer", "account:binding:revoked")
    assert bindings.unbind_own(world, CONVERSATION) == 0


def test_who_is_bound_to_nobody_is_told_so(world: World) -> None:
    a_working_shop(world)
    bindings.ask_to_unbind(world, CONVERSATION)
    assert templates(world, CONVERSATION) == ["not_bound"]


def test_a_case_that_staff_filed_is_told_where_its_buyer_is_bound_as_soon_as_they_are(world: World) -> None:
    a_working_shop(world)
    filed = file_for_customer(
        world, Actor(Role.AGENT, LIN.name), Application(ORDER, Wish.RETURN, Reason.NO_REASON, intact=True)
    )
    assert not filed.told
    account = a_bound_account(world, "telegram", "chat-1")
    do(world, filed.case, *ASK[:2], **ASK[2])
    assert "info_asked" in templates(world, account.id)


def customer_of(world: World, order_no: str) -> int | None:
    with world.read() as work:
        return work.orders.customer_of(order_no)
