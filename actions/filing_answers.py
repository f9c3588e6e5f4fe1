"""What a message says for an application: which question it answers, which order it means, what it decides."""

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker

from actions.confirming import decide, decides, submits, summary_stands, version_of
from actions.form_turn import acted_now, turns_in_a_row
from actions.phrases import caught, says
from actions.promises import named_before, reason_before
from actions.reading import AFTER_GOODS, WISH_OF_RESOLUTION, Said, read_answers, said
from actions.service import ask
from actions.several import order_of_goods, order_of_story, pointed_at
from backend.domain.filing import Answers, Question, free_lines, named_lines
from backend.domain.request import Reason, Wish
from backend.services import drafts, progress
from backend.services.drafts import DraftView

QUIET = "quiet"
"""The slot that nobody asks for."""
Events = list[dict[str, Any]]


async def asked_for(tracker: Tracker) -> Question | None:
    """The question that the message may answer; after something else was said to it, the one that is open still."""
    slot = tracker.get_slot("requested_slot")
    if slot == QUIET:
        view = await ask(drafts.view_draft, tracker)
        return view.question if view else None
    return Question(slot) if slot in Question._value2member_map_ else None


async def answers_in(tracker: Tracker, heard: Said, asked: Question | None) -> Answers:
    """What it tells."""
    forget = heard.first("forget")
    if forget:
        return Answers(forget=Question(forget))
    if asked is Question.PHONE_TAIL and not heard.minted and says("sent_wrong", heard.text):
        return Answers(forget=Question.ORDER_NO)
    answers = Answers() if decides(heard, asked) else await _as_wished(tracker, heard, read_answers(heard, asked))
    if asked in AFTER_GOODS and not heard.minted and not answers.goods:
        answers = await _tells_more(tracker, heard, asked, await _put_right(tracker, heard, answers))
    if answers == Answers() and heard.digresses and says("rather", heard.text):
        return Answers(wish=WISH_OF_RESOLUTION.get(heard.first("resolution") or ""))
    if answers == Answers() and asked is Question.ALTERNATIVE and heard.plain_yes and not submits(heard):
        return _only_alternative(await ask(drafts.view_draft, tracker))
    return answers


async def _as_wished(tracker: Tracker, heard: Said, answers: Answers) -> Answers:
    """Without the remedy, where 都退 or 退一个 says which or how many of what is to be refunded anyway."""
    counts = bool(answers.goods) or answers.quantity is not None
    if heard.minted or answers.wish is not Wish.RETURN or not counts or says("sends_back", heard.text):
        return answers
    draft = await ask(drafts.current_draft, tracker)
    refunded = draft is not None and draft.wish == Wish.REFUND.value
    return replace(answers, wish=None) if refunded else answers


async def order_meant(tracker: Tracker, heard: Said, asked: Question | None) -> Answers | None:
    """The order that is pointed at, out of those that were named or shown."""
    pointed = await pointed_at(tracker, heard)
    if asked is Question.ORDER_NO and pointed is None:
        pointed = await order_of_goods(tracker, heard)
    return Answers(order_no=pointed) if pointed else await _only_order(tracker, heard, asked)


async def _only_order(tracker: Tracker, heard: Said, asked: Question | None) -> Answers | None:
    """A yes to the list of a buyer's orders says which one only where there is one."""
    if asked is not Question.ORDER_NO or heard.minted or not (heard.plain_yes or says("shown", heard.text)):
        return None
    known = await ask(progress.orders_to_file, tracker)
    return Answers(order_no=known[0].order_no) if len(known) == 1 else None


async def _put_right(tracker: Tracker, heard: Said, answers: Answers) -> Answers:
    """With other goods, where the message corrects those: 不是壶，是杯子, or 只退壶."""
    only = caught("only_goods", heard.text)
    if only is None and not says("corrected", heard.text):
        return answers
    view = await ask(drafts.view_draft, tracker)
    chosen = {line.line_no for line in view.draft.lines} if view is not None else set()
    return replace(
        answers, goods=_goods_instead(view, only or heard.text, set() if only and len(chosen) > 1 else chosen)
    )


async def _tells_more(tracker: Tracker, heard: Said, asked: Question | None, answers: Answers) -> Answers:
    """With words that name the reason once more that the draft has: they tell more of it, and change nothing."""
    if asked not in (Question.PHOTOS, Question.CONFIRMATION) or heard.intent != "report_problem":
        return answers
    draft = await ask(drafts.current_draft, tracker)
    known = draft is not None and answers == Answers(reason=answers.reason) and answers.reason is not None
    if not known or draft is None or draft.reason_claimed != answers.reason or heard.words in (draft.description or ""):
        return answers
    return Answers(addition=heard.words)


def _goods_instead(view: DraftView | None, words: str, without: set[int]) -> tuple[str, ...]:
    """The one line that a correction names, without those that it puts right."""
    if view is None or view.order is None:
        return ()
    named = [line.line_no for line in named_lines(words, view.order, view.free) if line.line_no not in without]
    places = [line.line_no for line in free_lines(view.order, view.free)]
    return (str(places.index(named[0]) + 1),) if len(named) == 1 else ()


async def with_more_goods(tracker: Tracker, heard: Said, answers: Answers) -> Answers | None:
    """With goods that are named beside those chosen, as in 壶也要退; None where another remedy is wanted for those."""
    if heard.minted or answers.goods or not says("also_goods", heard.text):
        return answers
    view = await ask(drafts.view_draft, tracker)
    if view is None or view.order is None or not view.draft.lines:
        return answers
    chosen = {line.line_no for line in view.draft.lines}
    named = {line.line_no for line in named_lines(heard.text, view.order, view.free)}
    if not named - chosen:
        return answers
    if answers.wish is not None and view.draft.wish not in (None, answers.wish.value):
        return None
    places = enumerate(free_lines(view.order, view.free), start=1)
    return replace(answers, goods=tuple(str(place) for place, line in places if line.line_no in named | chosen))


def _only_alternative(view: DraftView | None) -> Answers:
    """A yes says which way only where there is one."""
    wishes = view.verdict.alternatives if view is not None and view.verdict is not None else ()
    return Answers(wish=Wish(wishes[0])) if len(wishes) == 1 else Answers()


async def with_known_order(tracker: Tracker, answers: Answers) -> Answers:
    """With the order that was just looked up: whose look-up this ends, or that was found to have no case yet.

    Or with the one of theirs whose goods the message names.

    And with the reason of the complaint to which we answered that we would see to it.
    """
    answers = _with_what_was_asked(tracker, answers)
    left = tracker.get_slot("lookup_number") if acted_now(tracker, "action_deactivate_loop") else None
    found = tracker.get_slot("current_number") if turns_in_a_row(tracker, "utter_no_case_for_order") else None
    number = left or found or await order_of_story(tracker, said(tracker))
    if number is None or answers.order_no is not None:
        return answers
    draft = await ask(drafts.current_draft, tracker)
    if draft is not None and draft.order_no is not None:
        return answers
    looked = await ask(progress.look_up, tracker, number)
    return replace(answers, order_no=number) if looked.order_no == number and not looked.cases else answers


def _with_what_was_asked(tracker: Tracker, answers: Answers) -> Answers:
    """With the reason and the wish of what was said before; that goods are not wanted any more is no other reason."""
    promised, (named, resolution) = reason_before(tracker), named_before(tracker)
    if promised is not None and answers.reason in (None, Reason.NO_REASON):
        answers = replace(answers, reason=promised)
    answers = answers if answers.reason else replace(answers, reason=named)
    return answers if answers.wish else replace(answers, wish=WISH_OF_RESOLUTION.get(resolution or ""))


async def confirms_an_old_summary(tracker: Tracker, heard: Said) -> bool:
    """Whether the button of a summary was pressed that is not the draft's newest."""
    shown = heard.first("draft")
    if not heard.minted or shown is None:
        return False
    draft = await ask(drafts.current_draft, tracker)
    return draft is not None and shown != version_of(draft)


async def decision_in(tracker: Tracker, heard: Said, asked: Question | None) -> Events | None:
    """What it decides of the summary; None where it decides nothing."""
    quiet = tracker.get_slot("requested_slot") == QUIET
    stands = quiet and summary_stands(tracker, await ask(drafts.view_draft, tracker))
    return decide(heard, asked, quiet=quiet, stands=stands)


async def is_begun(tracker: Tracker) -> bool:
    """Whether there is an application."""
    return await ask(drafts.current_draft, tracker) is not None
