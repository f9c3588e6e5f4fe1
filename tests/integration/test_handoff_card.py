"""The hand-off card: what whoever takes a conversation sees, built from the database alone."""

import json

import pytest

from backend.domain.case import Role, State
from backend.domain.conversation import Mode
from backend.domain.filing import Answers
from backend.domain.handoff_card import HandoffCard
from backend.domain.request import Wish
from backend.domain.work import Staff
from backend.errors import ConversationNotFound
from backend.ports import World
from backend.services import drafts, handoff, ownership
from backend.services.conversations import Said, open_conversation, receive
from backend.services.handoff_card import build_card
from backend.services.replies import Turn
from tests.clock import FakeClock
from tests.working import APPROVE, CONVERSATION, NAMES, ORDER, PASS, RECEIVE, SEND, case_in, do


def card_of(world: World, conversation_id: str, role: Role = Role.AGENT) -> HandoffCard:
    card = build_card(world, conversation_id, role)
    assert card is not None
    return card


def escalated(world: World, conversation_id: str = CONVERSATION) -> None:
    told = {"last_text": "再不处理我就投诉，电话13812345678", "requested_slot": None}
    handoff.request_human(world, conversation_id, reason="anger", by="test", summary=told)


def test_a_conversation_that_people_never_had_has_no_card(each_world: World) -> None:
    conversation = open_conversation(each_world, "webchat", "visitor")
    assert build_card(each_world, conversation.id) is None
    with pytest.raises(ConversationNotFound):
        build_card(each_world, "nobody")


def test_a_stranger_is_shown_as_not_verified_and_their_number_as_no_proof(each_world: World) -> None:
    conversation = open_conversation(each_world, "webchat", "visitor")
    case_in(each_world, State.SUBMITTED)
    drafts.fill_draft(each_world, conversation.id, Answers(wish=Wish.RETURN, order_no=ORDER))
    escalated(each_world, conversation.id)
    card = card_of(each_world, conversation.id)
    assert not card.verified and card.customer_name == "" and card.cases == ()
    assert [(order.order_no, order.proven, order.goods) for order in card.orders] == [(ORDER, False, ())]
    assert card.draft is not None
    assert card.draft.filled == {"wish": "return", "order_no": ORDER}
    assert card.draft.question == "phone_tail"
    assert [each.action for each in card.next_actions] == ["ask:phone_tail"]
    assert "identity" in card.situations


def test_why_who_order_case_and_verdict_are_told_with_personal_data_masked(each_world: World) -> None:
    case = case_in(each_world, State.SUBMITTED)
    escalated(each_world)
    card = card_of(each_world, CONVERSATION)
    assert (card.reason, card.skill, card.priority) == ("anger", "general", 1)
    assert card.trigger == "再不处理我就投诉，电话****5678"
    assert card.verified and card.customer_name.endswith("**") and "****" in card.customer_phone
    (order,) = [each for each in card.orders if each.order_no == ORDER]
    assert order.proven and order.goods and order.paid_fen == 10000
    (told,) = card.cases
    assert (told.case_no, told.state, told.amount_fen) == (case.case_no, State.SUBMITTED, case.amount_fen)
    assert told.verdict is not None and case.verdict is not None
    assert told.verdict.outcome == case.verdict.outcome.value
    assert [check[0] for check in told.verdict.checks] == [check.id for check in case.verdict.checks]
    assert len(card.photos) == len(set(card.photos)) > 0


@pytest.mark.parametrize(("role", "able"), [(Role.AGENT, True), (Role.FINANCE, False)])
def test_what_can_be_done_next_is_for_the_role_that_looks(each_world: World, role: Role, able: bool) -> None:
    case = case_in(each_world, State.SUBMITTED)
    escalated(each_world)
    actions = card_of(each_world, CONVERSATION, role).next_actions
    assert (("approve", case.case_no) in [(each.action, each.case_no) for each in actions]) is able


def test_what_the_bot_read_and_did_comes_from_the_dialogues_events(each_world: World) -> None:
    conversation = open_conversation(each_world, "webchat", "visitor")
    message = receive(each_world, conversation.id, Said("气死我了")).message
    parsed = {
        "intent_ranking": [{"name": "complain", "confidence": 0.8}],
        "entities": [{"entity": "mood", "value": "angry"}],
    }
    events = [
        ("user", json.dumps({"event": "user", "text": "气死我了", "parse_data": parsed})),
        ("bot", json.dumps({"event": "bot", "metadata": {"utter_action": "utter_apologise_angry"}})),
    ]
    handoff.write_turn(each_world, message, Turn(events=tuple(events)), epoch=0, run=0, last=True)
    escalated(each_world, conversation.id)
    card = card_of(each_world, conversation.id)
    assert card.mood == "angry"
    assert card.turns[0].intents == (("complain", 0.8),)
    assert card.bot_did == ("apologised",)


def test_promises_that_are_still_to_come_are_told(each_world: World) -> None:
    conversation = open_conversation(each_world, "webchat", "visitor")
    escalated(each_world, conversation.id)
    assert card_of(each_world, conversation.id).promises == ()
    handoff.make_ticket(each_world, conversation.id, by="test")
    promised = handoff.view_handoff(each_world, conversation.id).promised_at
    assert [(each.what, each.due_at) for each in card_of(each_world, conversation.id).promises] == [
        ("ticket", promised)
    ]


def test_of_what_was_promised_about_a_case_only_the_present_step_counts(each_world: World, clock: FakeClock) -> None:
    case = case_in(each_world, State.SUBMITTED)
    escalated(each_world)
    assert [each.what for each in card_of(each_world, CONVERSATION).promises] == ["case_submitted"]

    for event, role, given in (APPROVE, SEND, RECEIVE, PASS):
        clock.advance(hours=1)
        case = do(each_world, case, event, role, **given)

    assert [(each.what, each.due_at) for each in card_of(each_world, CONVERSATION).promises] == [
        ("inspection_passed", case.due_at)
    ]


def test_what_the_customer_has_to_do_by_a_time_is_no_promise_of_ours(each_world: World) -> None:
    case_in(each_world, State.PROPOSED)
    escalated(each_world)
    assert card_of(each_world, CONVERSATION).promises == ()


def test_the_card_as_it_was_at_the_claim_is_kept_with_the_episode(each_world: World) -> None:
    case = case_in(each_world, State.SUBMITTED)
    escalated(each_world)
    ownership.claim(each_world, CONVERSATION, Staff(NAMES[Role.AGENT], Role.AGENT))
    with each_world.read() as work:
        (episode, *_) = work.episodes.of_conversation(CONVERSATION)
        conversation = work.conversations.get(CONVERSATION)
    assert conversation is not None and conversation.mode is Mode.HUMAN
    assert episode.summary["last_text"] and episode.summary["skill"] == "general"
    assert episode.summary["card"]["cases"][0]["case_no"] == case.case_no
