"""What is handed out and erased at a buyer's wish, what stays, and what happens to words that come meanwhile."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.domain.case import Role, State
from backend.domain.conversation import Delivery, Ended, Message, Mode
from backend.domain.erasing import ERASED, is_erased
from backend.domain.evidence import Evidence
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.order import FeedOrder
from backend.domain.work import Staff
from backend.errors import (
    BuyerNotFound,
    ConversationNotFound,
    ErasureRefused,
    EvidenceNotFound,
    OrderNotFound,
    RoleRefused,
)
from backend.ports import World
from backend.services import agent_talk, drafts, handoff, identity, notices, orders, privacy
from backend.services.conversations import Said, open_conversation, receive
from backend.services.evidence import keep_evidence
from backend.services.replies import Reply, Turn
from tests.auditing import audit_trail
from tests.builders import a_conversation, an_order
from tests.photos import a_jpeg
from tests.racing import race
from tests.working import CONVERSATION, NAMES, ORDER, case_in, do, file_case, stored

PHONE = "13800006688"
OTHER_ORDER, OTHER_PHONE = "202611209999", "13900006688"
WORDS = "我是王小明，住文三路478号"
MANAGER = Staff(NAMES[Role.MANAGER], Role.MANAGER)


def a_closed_talk(world: World) -> Message:
    """A buyer whose case is closed, and who has written once more."""
    case_in(world, State.CLOSED)
    return receive(world, CONVERSATION, Said(WORDS)).message


def lines(world: World, conversation: str = CONVERSATION) -> list[str]:
    with world.read() as work:
        return [row.text for row in work.messages.after(conversation, 0, 100)]


def buyer_of(world: World) -> int:
    """The id of the buyer of the shop's order."""
    with world.read() as work:
        found = work.orders.customer_of(ORDER)
    assert found is not None
    return found


def another_buyer(world: World) -> None:
    """An order of somebody else, who may write from the same account."""
    with world.write() as work:
        work.orders.put(an_order(OTHER_ORDER, buyer_phone=OTHER_PHONE))
        work.commit()


def a_photo(world: World) -> Evidence:
    return keep_evidence(world, CONVERSATION, a_jpeg(seed=7)).evidence


def row_of(world: World, piece: Evidence) -> Evidence:
    with world.read() as work:
        found = work.evidence.get(piece.id)
    assert found is not None
    return found


def test_an_export_has_everything_of_the_buyer_and_is_written_down(each_world: World) -> None:
    a_closed_talk(each_world)
    photo = a_photo(each_world)
    made = privacy.export(each_world, PHONE, by="郑总")
    told = json.dumps(made.rows, ensure_ascii=False)
    assert WORDS in told and PHONE in told and ORDER in told
    assert photo.id in [each.id for each in made.files]
    newest = audit_trail(each_world)[0]
    assert (newest.actor, newest.action, newest.subject) == (
        "郑总",
        "personal:buyer:exported",
        f"customer:{buyer_of(each_world)}",
    )


def test_an_export_has_no_words_cases_or_orders_of_another_buyer(each_world: World) -> None:
    world = each_world
    mine = case_in(world, State.CLOSED)
    another_buyer(world)
    theirs = file_case(world, order=OTHER_ORDER)
    receive(world, CONVERSATION, Said(WORDS))
    with world.write() as work:
        notices.alert(work, mine, "risk", Role.SUPERVISOR, world.clock.now(), about="photo", case_no=theirs.case_no)
        work.commit()

    made = privacy.export(world, PHONE, by="郑总")
    told = json.dumps(made.rows, ensure_ascii=False)
    assert made.shared == (CONVERSATION,)
    assert str(mine.case_no) in told and ORDER in told and "withdrawn" in told
    assert [row["case_id"] for row in made.rows["message"]] == [mine.id] * len(made.rows["message"]) != []
    for foreign in (str(theirs.case_no), OTHER_ORDER, OTHER_PHONE, WORDS):
        assert foreign not in told
    assert privacy.export(world, OTHER_PHONE, by="郑总").shared == (CONVERSATION,)
    assert privacy.what_erasing_takes(world, PHONE).shared == (CONVERSATION,)


def test_who_only_types_a_buyers_order_number_stays_out_of_their_data(each_world: World) -> None:
    world = each_world
    a_closed_talk(world)
    stranger = open_conversation(world, "webchat", "stranger").id
    drafts.fill_draft(world, stranger, Answers(order_no=ORDER, description="我是陌生人"))
    assert "我是陌生人" not in json.dumps(privacy.export(world, PHONE, by="郑总").rows, ensure_ascii=False)
    assert privacy.erase(world, PHONE, by=MANAGER).conversations == 1
    assert receive(world, stranger, Said("还在吗")).message.text == "还在吗"


def test_an_export_holds_none_of_our_secrets(each_world: World) -> None:
    a_closed_talk(each_world)
    with each_world.write() as work:
        work.buttons.mint(CONVERSATION, [("secret-token", "好", "/yes")], each_world.clock.now() + timedelta(days=1))
        work.commit()
    assert "secret-token" not in json.dumps(privacy.export(each_world, str(buyer_of(each_world)), by="郑总").rows)


def test_words_name_and_photos_go_and_the_books_stay(each_world: World) -> None:
    world = each_world
    case = case_in(world, State.CLOSED)
    receive(world, CONVERSATION, Said(WORDS))
    photo = a_photo(world)
    before = stored(world, case)

    taken = privacy.erase(world, "138 0000 6688", by=MANAGER)

    assert (taken.customer_id, taken.conversations, taken.cases) == (buyer_of(world), 1, 1)
    assert set(lines(world)) == {ERASED}
    after = stored(world, case)
    assert replace(after, description=None) == replace(before, description=None)
    with world.read() as work:
        order = work.orders.get(ORDER)
        assert order is not None and order.buyer_name == ERASED and is_erased(order.buyer_phone)
        assert order.paid_fen == 10000 and order.payments
        assert [each.event for each in work.cases.events(case.id)][-1] == "withdraw"
    row = row_of(world, photo)
    assert (row.sha256, row.removed_at) == (photo.sha256, world.clock.now())
    with pytest.raises(EvidenceNotFound):
        world.evidence.get(photo.object_key)


def test_the_trail_says_who_erased_and_repeats_nothing(each_world: World) -> None:
    a_closed_talk(each_world)
    privacy.erase(each_world, PHONE, by=MANAGER)
    (told,) = [each for each in audit_trail(each_world) if each.action == "personal:buyer:erased"]
    assert (told.actor, told.subject) == (MANAGER.name, f"customer:{buyer_of(each_world)}")
    assert told.detail == {"conversations": 1, "cases": 1, "photos": 3}


def test_nobody_is_erased_twice_or_found_again(each_world: World) -> None:
    a_closed_talk(each_world)
    privacy.erase(each_world, PHONE, by=MANAGER)
    for name in (PHONE, str(buyer_of(each_world)), "99999999999999999999", "erased:1:"):
        with pytest.raises(BuyerNotFound):
            privacy.erase(each_world, name, by=MANAGER)


@pytest.mark.parametrize("tail", ["6688", "d:1:", "####"])
def test_an_erased_buyers_order_can_be_proven_by_nobody(each_world: World, tail: str) -> None:
    a_closed_talk(each_world)
    privacy.erase(each_world, PHONE, by=MANAGER)
    other = open_conversation(each_world, "webchat", "somebody")
    with pytest.raises(OrderNotFound):
        identity.prove(each_world, other.id, ORDER, tail)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.AWAITING_RETURN, State.REFUND_PENDING])
def test_a_case_that_is_open_stands_against_it(each_world: World, state: State) -> None:
    case = case_in(each_world, state)
    with pytest.raises(ErasureRefused) as refused:
        privacy.erase(each_world, PHONE, by=MANAGER)
    assert ("case", case.case_no) in [(each.kind, each.number) for each in refused.value.matters]
    with each_world.read() as work:
        assert work.personal_data.buyer(PHONE) is not None
    assert each_world.evidence.keys("erasures/") == []


def test_another_buyers_open_case_in_the_same_conversation_stands_against_it(each_world: World) -> None:
    a_closed_talk(each_world)
    another_buyer(each_world)
    other = file_case(each_world, order=OTHER_ORDER)
    with pytest.raises(ErasureRefused, match=str(other.case_no)):
        privacy.erase(each_world, PHONE, by=MANAGER)


def test_a_talk_with_people_stands_against_it(each_world: World) -> None:
    message = a_closed_talk(each_world)
    handoff.give_up_turn(each_world, message, (), epoch=0, run=0)
    with pytest.raises(ErasureRefused, match=f"talk {CONVERSATION}"):
        privacy.erase(each_world, PHONE, by=MANAGER)


def test_a_draft_is_withdrawn_with_it(each_world: World) -> None:
    case_in(each_world, State.CLOSED)
    view = drafts.fill_draft(each_world, CONVERSATION, Answers(description=WORDS))
    privacy.erase(each_world, PHONE, by=MANAGER)
    gone = stored(each_world, view.draft)
    assert (gone.state, gone.description) in [(State.CLOSED, ERASED), (State.CLOSED, None)]


def test_only_managers_and_administrators_erase(each_world: World) -> None:
    a_closed_talk(each_world)
    for role in (Role.AGENT, Role.SUPERVISOR, Role.WAREHOUSE, Role.FINANCE):
        with pytest.raises(RoleRefused):
            privacy.erase(each_world, PHONE, by=Staff("某人", role))


def test_who_writes_again_is_somebody_new(each_world: World) -> None:
    a_closed_talk(each_world)
    privacy.erase(each_world, PHONE, by=MANAGER)
    with pytest.raises(ConversationNotFound):
        receive(each_world, CONVERSATION, Said("还在吗"))
    again = open_conversation(each_world, "webchat", f"user-of-{CONVERSATION}")
    assert again.id != CONVERSATION
    with each_world.read() as work:
        assert work.conversations.proven_customers(again.id) == frozenset()


def test_what_was_thought_or_written_meanwhile_is_not_kept(each_world: World) -> None:
    world, message = each_world, a_closed_talk(each_world)
    privacy.erase(world, PHONE, by=MANAGER)
    turn = Turn(replies=(Reply(WORDS),), position=0, events=(("user", json.dumps({"text": WORDS})),))
    with pytest.raises(ConversationNotFound):
        handoff.write_turn(world, message, turn, epoch=0, run=0, last=True)
    with pytest.raises(ConversationNotFound):
        keep_evidence(world, CONVERSATION, a_jpeg(seed=9))
    with pytest.raises(ConversationNotFound):
        agent_talk.keep_draft(world, CONVERSATION, MANAGER, WORDS)
    with world.read() as work:
        assert work.dialogue.all_sessions(CONVERSATION) == []
        assert work.messages.unanswered_of(CONVERSATION) == []
    assert world.evidence.keys("evidence/") == []


def test_a_row_that_was_on_its_way_does_not_come_back(each_world: World) -> None:
    world = each_world
    a_closed_talk(world)
    now = world.clock.now()
    with world.write() as work:
        row = work.messages.queued(CONVERSATION, 1)[0]
        assert work.messages.lease(row.id, now, now + timedelta(seconds=30))
        work.commit()
    privacy.erase(world, PHONE, by=MANAGER)
    with world.write() as work:
        work.messages.settle(row.id, Ended(Delivery.SENT, now, text=WORDS, payload={"params": {"name": WORDS}}))
        work.messages.put_back(row.id, now, WORDS)
        work.commit()
    with world.read() as work:
        assert work.messages.queued(CONVERSATION, 10) == []
        said = privacy_rows(world)
    assert WORDS not in said


def privacy_rows(world: World) -> str:
    """Everything that is kept of the buyer, as text."""
    with world.read() as work:
        rows: dict[str, Any] = work.personal_data.rows(work.personal_data.footprint(buyer_of(world)))
    return json.dumps(rows, ensure_ascii=False)


def test_messages_that_come_during_the_erasure_are_erased_or_refused(each_world: World) -> None:
    world = each_world
    a_closed_talk(world)

    def run(number: int) -> str:
        if number == 0:
            privacy.erase(world, PHONE, by=MANAGER)
            return "erased"
        try:
            receive(world, CONVERSATION, Said(f"{WORDS} {number}"))
        except ConversationNotFound:
            return "refused"
        return "kept before"

    assert "erased" in race(8, run)
    assert set(lines(world)) == {ERASED} and WORDS not in privacy_rows(world)
    with world.read() as work:
        talk = work.conversations.get(CONVERSATION)
    assert talk is not None and talk.mode is Mode.CLOSED


def test_a_proof_that_comes_during_the_erasure_brings_nobody_back(each_world: World) -> None:
    world = each_world
    a_closed_talk(world)
    others = [open_conversation(world, "webchat", f"other-{number}").id for number in range(4)]

    def run(number: int) -> bool:
        if number == 0:
            privacy.erase(world, PHONE, by=MANAGER)
            return True
        try:
            identity.prove(world, others[number - 1], ORDER, "6688")
            receive(world, others[number - 1], Said(WORDS))
        except (OrderNotFound, ConversationNotFound):
            return False
        return True

    assert race(5, run)[0]
    with world.read() as work:
        for talk in others:
            assert work.conversations.proven_customers(talk) == frozenset()
    assert WORDS not in privacy_rows(world)


def test_cases_of_a_buyer_with_two_accounts_that_move_during_the_erasure_wait_for_nobody_who_waits(
    each_world: World,
) -> None:
    world = each_world
    case = case_in(world, State.CLOSED)
    with world.write() as work:
        work.conversations.open(a_conversation("conv-0"))
        work.commit()
    identity.prove(world, "conv-0", ORDER, "6688")
    receive(world, "conv-0", Said("在"))  # where the buyer is told of the case from now on

    def run(number: int) -> None:
        if number == 0:
            privacy.erase(world, PHONE, by=MANAGER)
            return
        for _ in range(3):
            do(world, case, Event.NOTE, Role.AGENT, reason="账目核对过")

    race(4, run)
    assert stored(world, case).version == case.version + 9
    assert set(lines(world)) | set(lines(world, "conv-0")) == {ERASED}


def test_files_that_a_dying_process_left_are_removed_later(each_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = each_world
    a_closed_talk(world)
    photo = a_photo(world)
    with monkeypatch.context() as dying:
        dying.setattr(privacy, "_remove_files", lambda *_: None)
        privacy.erase(world, PHONE, by=MANAGER)
    assert world.evidence.get(photo.object_key)

    assert privacy.finish_erasures(world) == 1
    with pytest.raises(EvidenceNotFound):
        world.evidence.get(photo.object_key)
    assert row_of(world, photo).removed_at is not None
    assert privacy.finish_erasures(world) == 0


def test_a_file_of_orders_does_not_bring_the_buyer_back(each_world: World) -> None:
    world = each_world
    a_closed_talk(world)
    with world.read() as work:
        known = work.orders.get(ORDER)
    assert known is not None
    privacy.erase(world, PHONE, by=MANAGER)

    def fed(order: Any, line: int) -> FeedOrder:
        return FeedOrder(order, "orders.csv", line)

    later = replace(an_order("202611300001"), buyer_phone=PHONE)
    imported = orders.import_orders(world, [fed(known, 2), fed(later, 3)])
    assert (imported.new, imported.known) == (1, 1)
    with world.read() as work:
        old, new = work.orders.get(ORDER), work.orders.get("202611300001")
        assert old is not None and is_erased(old.buyer_phone)
        assert new is not None and new.buyer_phone == PHONE
        assert work.orders.customer_of("202611300001") != work.orders.customer_of(ORDER)


def test_the_record_outside_of_the_database_tells_nobody_the_telephone(each_world: World) -> None:
    a_closed_talk(each_world)
    privacy.erase(each_world, PHONE, by=MANAGER)
    (key,) = each_world.evidence.keys("erasures/")
    kept = each_world.evidence.get(key).decode()
    assert PHONE not in kept and "王小明" not in kept
    assert json.loads(kept)["customer_id"] == buyer_of(each_world)


def test_staff_still_work_on_the_case_and_nobody_is_told(each_world: World) -> None:
    case = case_in(each_world, State.CLOSED)
    privacy.erase(each_world, PHONE, by=MANAGER)
    before = lines(each_world)
    noted = do(each_world, case, Event.NOTE, Role.AGENT, reason="账目核对过")
    assert noted.version == stored(each_world, case).version > case.version
    assert lines(each_world) == before
