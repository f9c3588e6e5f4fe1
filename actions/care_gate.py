"""Whether a message, whatever it was taken for, is about a case that is filed: then the form about those comes next."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions.care_reading import ASKED, Wanted, claim, phrased, wanted_of
from actions.form_turn import times_said
from actions.open_case import meant_of_open
from actions.phrases import says
from actions.reading import Said, order_number, said
from actions.service import ask, call
from backend.domain.care import Deed, meant, possible
from backend.domain.case import State
from backend.domain.filing import Question
from backend.domain.request import Remedy
from backend.domain.waybill import WaybillRefused, read_waybill
from backend.services import care, care_supply, drafts, progress
from backend.services.care import Matter

FORM = "care_form"
WANTED = "care_wanted"
"""The slot that keeps what is wanted while something is asked."""
Events = list[dict[str, Any]]

_STORIES = frozenset({"inform", "report_problem", "nlu_fallback", "out_of_scope"})
"""What an answer in words to a question of the review may be taken for."""
_NUMBERS = frozenset({"order_no", "case_no", "phone"})


async def about_a_case(tracker: Tracker) -> Events:
    """The form as what comes next, where a message outside the forms is about a filed case; else nothing."""
    heard = said(tracker)
    if heard.minted or tracker.active_loop.get("name"):
        return []
    return _form_with(await of_a_case(tracker, heard))


async def problem_of_a_case(tracker: Tracker) -> Events:
    """The form, where a problem is told while what was sent or paid waits for a word: perhaps with that."""
    heard = said(tracker)
    if heard.minted or tracker.active_loop.get("name") or await ask(drafts.current_draft, tracker):
        return []
    found = await ask(care.matters, tracker)
    ended = [matter for matter in found if possible(Deed.PROBLEM, matter.case.state)]
    if len(ended) != 1 or heard.first("order_no") not in (None, ended[0].case.order_no):
        return []
    return _form_with(Wanted(Deed.PROBLEM, case_no=ended[0].case_no, words=heard.words, guessed=True))


async def offer_waits(tracker: Tracker) -> bool:
    """Whether an offer waits for the customer's yes or no."""
    found = await ask(care.matters, tracker)
    return any(matter.case.state in (State.PROPOSED, State.INSPECTION_ISSUE) for matter in found)


async def decision_puzzles(tracker: Tracker) -> Events:
    """The form, where somebody does not understand while a case waits for them: what it said is shown once more."""
    if tracker.active_loop.get("name"):
        return []
    waits = any(each.progress.waiting_for == "customer" for each in await ask(care.matters, tracker))
    return _form_with(Wanted(Deed.AGAIN)) if waits else []


async def concerns(tracker: Tracker, wanted: Wanted) -> bool:
    """Whether one of their cases is in a state in which that can be meant."""
    return _can_be_meant(wanted, await ask(care.matters, tracker))


async def of_a_case(tracker: Tracker, heard: Said) -> Wanted | None:
    """What a message wants of one of their cases: by its words, by a waybill's number, or because it was asked for."""
    found = await ask(care.matters, tracker)
    if not found:
        return _of_what_is_unknown(tracker, heard)
    wanted = (
        why_pay(heard, found)
        or _bare_why(heard, found)
        or _repair_asked(heard, found)
        or _signed_for(heard, found)
        or _urged(heard, found)
        or wanted_of(heard)
        or _complaint(heard, found)
        or _wish_on_offer(heard, found)
        or await _number_of_a_parcel(tracker, heard)
    )
    if wanted is not None:
        return wanted if _can_be_meant(wanted, found) else None
    return await _told_what_was_asked(heard, found) or await meant_of_open(tracker, heard, found)


def _of_what_is_unknown(tracker: Tracker, heard: Said) -> Wanted | None:
    """What is wanted of a case by who has not proven yet whose it is; their number is asked for."""
    if phrased(heard) is Deed.URGE:
        return wanted_of(heard)
    begun = times_said(tracker, "utter_draft_discarded") > 0  # that is what is begun again
    return Wanted(Deed.REOPEN) if phrased(heard) is Deed.REOPEN and not begun else None


def _form_with(wanted: Wanted | None) -> Events:
    return [SlotSet(WANTED, wanted.to_slot()), FollowupAction(FORM)] if wanted is not None else []


def _can_be_meant(wanted: Wanted, found: tuple[Matter, ...]) -> bool:
    """Whether one of them is in a state for it; what is guessed or only asked must fit the case as it is."""
    if wanted.guessed:
        return any(possible(wanted.deed, matter.case.state) for matter in found)
    if wanted.deed in ASKED:
        found = tuple(matter for matter in found if _is_named(wanted, matter))
    return any(meant(wanted.deed, matter.case.state) is not None for matter in found)


def _is_named(wanted: Wanted, matter: Matter) -> bool:
    return wanted.case_no in (None, matter.case_no) and wanted.order_no in (None, matter.case.order_no)


def why_pay(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """The question why there is something to pay, of the case that asks for it."""
    if heard.minted or not says("why_pay", heard.text):
        return None
    return next((Wanted(Deed.WHY_PAY, case_no=each.case_no) for each in found if care.asked_to_pay(each)), None)


def why(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """The question why, and no more, of the newest case whose decision waits for a word: that is told once more."""
    if heard.minted:
        return None
    asks = [kind for kind in ("why_not", "why_amount") if says(kind, heard.text)]
    decided = (each for each in found if any(each.case.state in _WHY[kind] for kind in asks))
    return next((Wanted(Deed.AGAIN, case_no=each.case_no) for each in decided), None)


def _bare_why(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """The question why of who does not object by it: an objection is told why before it is asked for its reasons."""
    objects = heard.intent == "dispute_result" and says("why_not", heard.text)
    return None if objects else why(heard, found)


_WHY = {
    "why_not": frozenset({State.NEED_INFO, State.PROPOSED, State.REJECTED, State.INSPECTION_ISSUE}),
    "why_amount": frozenset({State.PROPOSED}),
}
"""States whose notice says why it is not as was wanted, and those in which it says why it is so little."""


def _repair_asked(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """How long the repair takes, asked by who has one under way: of any other case that is no question."""
    if heard.minted or not says("repair_time", heard.text) or says("in_general", heard.text):
        return None
    repairs = (
        each for each in found if each.case.remedy == Remedy.REPAIR.value and each.case.state is not State.CLOSED
    )
    return next((Wanted(Deed.STANDING, case_no=each.case_no) for each in repairs), None)


def _signed_for(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """A parcel that somebody else has signed for: perhaps that of the newest open case by which goods are sent."""
    if heard.minted or not says("signed_by_another", heard.text):
        return None
    sends = (each for each in found if each.case.remedy in _SENDS_GOODS and each.case.state is not State.CLOSED)
    newest = next(sends, None)
    if newest is None:
        return None
    deed = Deed.PROBLEM if possible(Deed.PROBLEM, newest.case.state) else Deed.STANDING
    return Wanted(deed, case_no=newest.case_no, words=heard.words, guessed=True)


_SENDS_GOODS = (Remedy.REPAIR.value, Remedy.EXCHANGE.value, Remedy.RESHIP.value)


def _urged(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """Whoever presses for what is under way wants that passed on, and to know how it stands, and nothing new."""
    if heard.minted or not says("urging", heard.text) or heard.values.keys() & _ANOTHER:
        return None
    under_way = any(each.progress.waiting_for not in ("customer", "nobody") for each in found)
    return Wanted(Deed.URGE, words=heard.words) if under_way else None


def _complaint(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """Whoever complains while a decision can be objected to, objects to it; whoever slights an offer, to that."""
    slights = any(matter.case.state is State.PROPOSED for matter in found) and not says("besides", heard.text)
    if slights and says("bad_offer", heard.text):
        return Wanted(Deed.DISPUTE)
    if slights and says("wants_all", heard.text) and not heard.values.keys() & _NUMBERS:
        return Wanted(Deed.HAGGLE, words=heard.words)
    open_to_objection = any(matter.case.state in (State.REJECTED, State.INSPECTION_ISSUE) for matter in found)
    objects = open_to_objection and (heard.intent == "complain" or _denies(heard))
    return Wanted(Deed.DISPUTE, words=claim(heard, Deed.DISPUTE)) if objects else None


def _denies(heard: Said) -> bool:
    """Whether what was found is denied, which sounds like a problem with something else."""
    return heard.intent in _STORIES and not heard.values.keys() & _NUMBERS and says("denies", heard.text)


def _wish_on_offer(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """Whoever wants their money while a refund is offered means that: it is shown to them once more."""
    if heard.intent != "request_refund" or heard.values.keys() & _ANOTHER or says("besides", heard.text):
        return None
    return next((Wanted(Deed.ACCEPT, case_no=each.case_no) for each in found if _refund_waits(each)), None)


def _refund_waits(matter: Matter) -> bool:
    """Whether a refund waits for the customer's yes."""
    asked = matter.case.state in (State.PROPOSED, State.INSPECTION_ISSUE) and not matter.case.dispute_open
    return asked and matter.offer_fen is not None and matter.moved.detail.get("offer_remedy") not in _SENDS_GOODS


_ANOTHER = frozenset({"order_no", "case_no", "reason", "choice"})


async def _number_of_a_parcel(tracker: Tracker, heard: Said) -> Wanted | None:
    """A waybill's number, or a bare one that is no order of theirs and could be one."""
    told, bare = heard.first("tracking_no"), heard.first("order_no")
    if told is not None and await _is_their_order(tracker, heard):
        return None
    if told is not None:
        return Wanted(Deed.SHIP, waybill=told, carrier=heard.first("carrier"))
    if bare is None or heard.intent != "inform" or heard.first("reason") or not _plausible(bare):
        return None
    known = await ask(progress.look_up, tracker, bare)
    return None if known.proven else Wanted(Deed.SHIP, waybill=bare, carrier=heard.first("carrier"), guessed=True)


async def _is_their_order(tracker: Tracker, heard: Said) -> bool:
    """Whether what was read as a waybill's number is an order's: it is theirs, or only asked about."""
    number = order_number(heard, Question.ORDER_NO)
    if number is None:
        return False
    return heard.intent in _ASKING or (await ask(progress.look_up, tracker, number)).proven


_ASKING = frozenset({"ask_logistics", "query_case_status", "report_problem"})


def _plausible(number: str) -> bool:
    try:
        read_waybill(number)
    except WaybillRefused:
        return False
    return True


async def _told_what_was_asked(heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """What the review has asked for, told in words without saying so, or that there is no such thing."""
    lacks = says("lacking", heard.text)
    if not lacks and (heard.intent not in _STORIES or heard.values.keys() & _NUMBERS):
        return None
    for matter in found:
        if matter.case.state is State.NEED_INFO and (lacks or (await call(care_supply.still_lacking, matter)).words):
            return Wanted(Deed.SUPPLY, case_no=matter.case_no, words=heard.words)
    return None
