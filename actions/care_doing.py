"""Has done what a customer wants of a filed case, or says what is lacking, or why it cannot be."""

from collections.abc import Mapping
from dataclasses import replace

from actions import care_adding, care_paying, care_sending, care_urging
from actions.care_answers import CASE, CONFIRM, SCORE, WORDS
from actions.care_errand import Doer, Errand, Next, have_done, stands
from actions.care_reading import Wanted, points
from actions.care_telling import present, tell_photos
from actions.freight import collect, freight
from actions.open_case import of_named_goods
from actions.phrases import says
from actions.reading import said
from actions.service import call, message_number
from backend.domain.care import Deed, event_of, meant
from backend.domain.case import State
from backend.domain.money import yuan
from backend.domain.rating import Rating
from backend.domain.work import Direction
from backend.errors import CaseNotFound, Conflict, GuardRefused, IllegalTransition
from backend.services import care, care_return, care_supply, care_telling, complaints, ratings, receipts
from backend.services.acts import Given
from backend.services.care import Matter


async def pursue(errand: Errand) -> Next:
    """Find the case that is meant, and do what is wanted of it."""
    found = await _their_cases(errand)
    exact = [matter for matter in found if _fits(errand.wanted, matter) and _exactly(errand.wanted, matter)]
    fitting = exact or [matter for matter in found if _fits(errand.wanted, matter)]
    fitting = of_named_goods(said(errand.tracker), fitting) or fitting
    if not fitting:
        return await _nothing_fits(errand, found)
    if len(fitting) > 1 and errand.wanted.deed is Deed.STANDING:
        return care_adding.all_stand(errand, fitting)
    if len(fitting) > 1 and errand.wanted.deed is Deed.URGE:
        return await care_urging.urge_all(errand, fitting)
    if len(fitting) > 1 and errand.wanted.deed not in _NEWEST:
        choices = tuple(matter.case_no for matter in fitting)
        return Next(CASE, replace(errand.wanted, choices=choices))
    return await _do(errand, fitting[0])


async def _their_cases(errand: Errand) -> tuple[Matter, ...]:
    """All of theirs; one that is named may be older than those."""
    found = await call(care.matters, errand.conversation_id)
    named = errand.wanted.case_no
    if named is None or any(matter.case_no == named for matter in found):
        return found
    try:
        return (*found, await call(care.matter_of, errand.conversation_id, named))
    except CaseNotFound:
        return found


def _exactly(wanted: Wanted, matter: Matter) -> bool:
    """Whether this itself is possible, and not only something near it; of what waits, what waits for the customer.

    Who presses presses for all there is.
    """
    waits = matter.progress.waiting_for == "customer" or wanted.deed is not Deed.AGAIN
    return waits and (wanted.deed is Deed.URGE or meant(wanted.deed, matter.case.state) is wanted.deed)


_NEWEST = frozenset({Deed.RATE, Deed.PHOTOS, Deed.AGAIN, Deed.PARCEL})
"""Deeds that mean the newest case where none is named: a mistake does no harm."""


def _fits(wanted: Wanted, matter: Matter) -> bool:
    """Whether a case is the one that is named, if any is, and can be meant as it stands."""
    named = wanted.case_no in (None, matter.case_no) and wanted.order_no in (None, matter.case.order_no)
    return named and meant(wanted.deed, matter.case.state) is not None


async def _do(errand: Errand, matter: Matter) -> Next:
    deed = meant(errand.wanted.deed, matter.case.state)
    assert deed is not None  # it fits
    guessed = errand.wanted.guessed or (errand.wanted.deed, deed) == (Deed.SHIP, Deed.CORRECT)
    meant_so = replace(errand.wanted, deed=deed, case_no=matter.case_no, order_no=None, guessed=guessed)
    errand = replace(errand, wanted=meant_so)
    try:
        outcome = await DOERS[deed](errand, matter)
    except Conflict as conflict:
        outcome = await _overtaken(errand, matter, conflict)
    except IllegalTransition:
        outcome = await stands(errand, matter)
    except GuardRefused:
        errand.say("utter_care_by_person", case_no=matter.case_no)
        outcome = Next()
    return replace(outcome, case_no=matter.case_no)


async def _overtaken(errand: Errand, matter: Matter, conflict: Conflict) -> Next:
    """The case has moved on: an answer to something older is shown what is newest, anybody else how it stands."""
    if conflict.subject == "told":
        errand.say("utter_care_changed", case_no=matter.case_no)
        await present(errand.dispatcher, errand.tracker, matter)
        return Next()
    return await stands(errand, matter)


async def _nothing_fits(errand: Errand, found: tuple[Matter, ...]) -> Next:
    """No case, or none in the right state: who they are is asked for, or how it stands is told."""
    wanted = errand.wanted
    named = [matter for matter in found if wanted.case_no in (None, matter.case_no)]
    named = [matter for matter in named if wanted.order_no in (None, matter.case.order_no)]
    if wanted.deed is Deed.RATE and not named:
        errand.say("utter_rate_service")
        return Next()
    if not named:
        return Next(follows="lookup_form", wanted=wanted)
    if wanted.deed in _BESIDE_PHOTO and _tells_beside_photo(errand):
        return Next(case_no=named[0].case_no)  # the photo was taken, and that was answered
    if wanted.deed is Deed.SHIP and _repeats_number(errand, named):
        return Next(case_no=named[0].case_no)
    if wanted.deed is Deed.CHANGE and says("address", said(errand.tracker).text):
        errand.say("utter_care_by_person", case_no=named[0].case_no)
        return Next(case_no=named[0].case_no)
    errand.say("utter_care_not_now", case_no=named[0].case_no, state=named[0].case.state.label)
    return await stands(errand, named[0])


def _tells_beside_photo(errand: Errand) -> bool:
    """Whether these are the words that came with a photo, and not the photo itself."""
    heard = said(errand.tracker)
    return heard.beside_photo and not heard.minted


_BESIDE_PHOTO = frozenset({Deed.SUPPLY, Deed.CHANGE, Deed.RATE})
"""What 给你 or 补一张 beside a photo is taken for."""


def _repeats_number(errand: Errand, named: list[Matter]) -> bool:
    """Whether the number told is that of a parcel that came already."""
    for matter in named:
        number = care_return.told_number(matter)
        if number is not None and errand.wanted.waybill == number:
            errand.say("utter_waybill_known", case_no=matter.case_no, number=number, state=matter.case.state.label)
            return True
    return False


async def _supply(errand: Errand, matter: Matter) -> Next:
    wanted = errand.wanted
    if not wanted.words and not wanted.evidence:
        return Next(WORDS, wanted)
    supplied = await call(care_supply.supply, errand.conversation_id, matter.case_no, wanted.evidence, wanted.words)
    if not supplied.lacking:
        return await stands(errand, matter) if care.is_elsewhere(matter, errand.conversation_id) else Next()
    if wanted.evidence:
        errand.say("utter_photo_received" if supplied.adopted else "utter_photo_repeated")
    elif says("lacking", said(errand.tracker).text):
        errand.say("utter_no_photos")
        return Next(WORDS, replace(wanted, words=""), said=True)
    elif supplied.words:
        errand.say("utter_care_noted")
    return Next(WORDS, replace(wanted, words="", evidence=()))


async def _accept(errand: Errand, matter: Matter) -> Next:
    """A yes to the offer as it was shown, or right behind it; any other yes is shown it once more."""
    wanted = errand.wanted
    if matter.case.dispute_open:
        errand.say("utter_care_objection_open")
        return Next()
    told = replace(wanted, told=wanted.told or matter.version)
    if wanted.told is None and not await _answers_offer(errand, matter):
        await present(errand.dispatcher, errand.tracker, matter)
        return Next(CONFIRM, told, said=True)
    words = await call(care.consent, matter, wanted.words or said(errand.tracker).words)
    return await have_done(replace(errand, wanted=told), matter, Given(consent=words))


async def _answers_offer(errand: Errand, matter: Matter) -> bool:
    """Whether a bare yes comes right behind the offer and not only says that it was read. To pay takes two."""
    heard = said(errand.tracker)
    if not heard.plain_yes or says("acknowledging", heard.text) or care.asked_to_pay(matter):
        return False
    number = message_number(errand.tracker)
    return await call(care_telling.just_offered, errand.conversation_id, matter.case_no, number)


async def _decline(errand: Errand, matter: Matter) -> Next:
    return await have_done(errand, matter, Given(reason=errand.wanted.words))


async def _haggle(errand: Errand, matter: Matter) -> Next:
    """More is not for us to give: what is offered stands until the customer takes it, or says no and what they want."""
    if matter.offer_fen is None or matter.case.dispute_open:
        return await _again(errand, matter)
    amount = yuan(matter.offer_fen)
    errand.say("utter_care_haggle", case_no=matter.case_no, amount=amount, told=matter.version)
    return Next(CONFIRM, replace(errand.wanted, told=matter.version), said=True)


async def _send_back(errand: Errand, matter: Matter) -> Next:
    """The goods that are here come back; where none are, the offer is shown once more."""
    if not care.goods_came(matter):
        return await _again(errand, matter)
    if not errand.wanted.confirmed:
        return Next(CONFIRM, replace(errand.wanted, told=errand.wanted.told or matter.version))
    return await have_done(errand, matter, Given(confirmed=True))


async def _dispute(errand: Errand, matter: Matter) -> Next:
    """An appeal, an objection, or a problem: whichever is open now."""
    wanted = errand.wanted
    if event_of(Deed.PROBLEM, matter.case.state) is not None:
        return await _problem(errand, matter)
    if matter.case.state is State.REJECTED and not await call(care.can_be_appealed, matter):
        return await _complain(errand, matter)
    said_enough = wanted.words or (wanted.evidence and matter.case.state is State.REJECTED)
    if not said_enough:
        return await care_adding.ask_reasons(errand, matter)
    if matter.case.state is State.REJECTED:
        return await _appeal(errand, matter)
    if wanted.evidence:
        await call(care_supply.attach, errand.conversation_id, matter.case_no, wanted.evidence)
    return await have_done(errand, matter, Given(reason=wanted.words))


async def _appeal(errand: Errand, matter: Matter) -> Next:
    """There is one: what is to be said in it is shown before it goes."""
    wanted = errand.wanted
    if not wanted.confirmed:
        return Next(CONFIRM, wanted)
    return await have_done(errand, matter, Given(reason=wanted.words, evidence=wanted.evidence))


async def _complain(errand: Errand, matter: Matter) -> Next:
    """After the last appeal it is a complaint, which supervisors decide; its notice is the answer."""
    if not errand.wanted.words:
        return Next(WORDS, errand.wanted)
    if errand.wanted.evidence:
        await call(care_supply.attach, errand.conversation_id, matter.case_no, errand.wanted.evidence)
    await call(complaints.file_complaint, errand.conversation_id, errand.wanted.words, matter.case_no)
    return Next()


async def _withdraw(errand: Errand, matter: Matter) -> Next:
    """Confirmed once; whoever drops a repair whose goods have come gets those back."""
    if care.goods_came(matter) and matter.case.state is State.PROPOSED:
        return await _send_back(replace(errand, wanted=replace(errand.wanted, deed=Deed.SEND_BACK)), matter)
    if not errand.wanted.confirmed:
        return Next(CONFIRM, replace(errand.wanted, told=matter.version))
    return await have_done(errand, matter, Given(confirmed=True, reason=errand.wanted.words))


async def _change(errand: Errand, matter: Matter) -> Next:
    """Back into a draft, which the filing form goes on with; once the review has begun only a person can help."""
    try:
        await call(care.do, errand.conversation_id, matter.case_no, Deed.CHANGE)
    except GuardRefused as refused:
        if refused.code != "other_draft":
            errand.say("utter_care_under_review", case_no=matter.case_no)
            return Next()
        errand.say("utter_care_draft_first")
        return Next(follows="filing_form")
    errand.say("utter_care_edited", case_no=matter.case_no)
    return Next(follows="filing_form")


async def _confirm(errand: Errand, matter: Matter) -> Next:
    await _take_points(errand, matter)
    return await have_done(errand, matter, Given())


async def _take_points(errand: Errand, matter: Matter) -> None:
    """Points that are given with the word that all is well, before the case closes, which else asks for them."""
    heard = said(errand.tracker)
    score = points(heard)
    if score is None or matter.case.state is not State.AWAITING_CONFIRM:
        return
    if await call(ratings.rating_of, matter.case_no) is None:
        await _rated(errand, matter.case_no, score, heard.words)


async def _rated(errand: Errand, case_no: str, score: int, words: str) -> Rating:
    """Keep a first rating and thank for it."""
    rating = await call(ratings.rate, errand.conversation_id, case_no, score, words)
    errand.say("utter_care_rated_low" if rating.score <= _LOW else "utter_care_rated", score=rating.score)
    return rating


async def _arrived(errand: Errand, matter: Matter) -> Next:
    """Goods have come. A mere "got it" says that we were heard, as long as nothing is known to have been sent back."""
    heard, parcel = said(errand.tracker), matter.progress.parcel
    sent = matter.case.state is not State.SENDING_BACK or (parcel and parcel.direction is Direction.SEND_BACK)
    if not sent and not heard.minted and says("got_it", heard.text):
        return await stands(errand, matter)
    return await _confirm(errand, matter)


async def _not_received(errand: Errand, matter: Matter) -> Next:
    actor = care.customer(errand.conversation_id)
    receipt = await call(receipts.not_received, matter.case_no, actor)
    if receipt.repeated:
        return await stands(errand, matter)
    if receipt.finding is receipts.Finding.DISPUTED:
        errand.say("utter_care_payment_disputed", case_no=matter.case_no)
        return Next()
    return await stands(errand, matter) if care.is_elsewhere(matter, errand.conversation_id) else Next()


async def _problem(errand: Errand, matter: Matter) -> Next:
    wanted = errand.wanted
    if not (wanted.words or wanted.evidence):
        return Next(WORDS, replace(wanted, deed=Deed.PROBLEM))
    if wanted.guessed and not wanted.confirmed:
        return Next(CONFIRM, wanted)
    if wanted.evidence:
        await call(care_supply.attach, errand.conversation_id, matter.case_no, wanted.evidence)
    actor = care.customer(errand.conversation_id)
    await call(receipts.problem, matter.case_no, actor, wanted.words)
    return await stands(errand, matter) if care.is_elsewhere(matter, errand.conversation_id) else Next()


async def _rate(errand: Errand, matter: Matter) -> Next:
    wanted = errand.wanted
    known = await call(ratings.rating_of, matter.case_no)
    if known is not None and wanted.confirmed:
        await call(ratings.add_words, errand.conversation_id, matter.case_no, wanted.words)
        errand.say("utter_care_noted")
        return Next()
    if known is not None:
        errand.say("utter_care_rated_before", case_no=matter.case_no, score=known.score)
        return Next()
    if wanted.score is None:
        return Next(SCORE, wanted)
    rating = await _rated(errand, matter.case_no, wanted.score, wanted.words)
    if rating.comment or rating.score > _POOR:
        return Next()
    return Next(WORDS, replace(wanted, confirmed=True))


_LOW = 2
"""Who gives so few points is told that somebody will call."""
_POOR = 3
"""Who gives so few points and says nothing is asked why, once."""


async def _reopen(errand: Errand, matter: Matter) -> Next:
    if await call(care.reopens_until, matter) is None:
        errand.say("utter_care_reopen_late", case_no=matter.case_no)
        return Next()
    return await have_done(errand, matter, Given(reason=errand.wanted.words))


async def _photos(errand: Errand, matter: Matter) -> Next:
    shown = await tell_photos(errand.tracker, matter)
    if not shown:
        errand.say("utter_care_no_photos", case_no=matter.case_no)
    return Next()


async def _again(errand: Errand, matter: Matter) -> Next:
    await present(errand.dispatcher, errand.tracker, matter)
    return Next()


DOERS: Mapping[Deed, Doer] = {
    Deed.SUPPLY: _supply,
    Deed.ADD: care_adding.add,
    Deed.ACCEPT: _accept,
    Deed.DECLINE: _decline,
    Deed.HAGGLE: _haggle,
    Deed.SEND_BACK: _send_back,
    Deed.DISPUTE: _dispute,
    Deed.SHIP: care_sending.ship,
    Deed.CORRECT: care_sending.correct,
    Deed.PICKUP: care_sending.pickup,
    Deed.PACK: care_sending.pack,
    Deed.SHIP_BY: care_sending.ship_by,
    Deed.COLLECT: collect,
    Deed.WITHDRAW: _withdraw,
    Deed.CHANGE: _change,
    Deed.CONFIRM: _confirm,
    Deed.ARRIVED: _arrived,
    Deed.NOT_RECEIVED: _not_received,
    Deed.PROBLEM: _problem,
    Deed.RATE: _rate,
    Deed.REOPEN: _reopen,
    Deed.PHOTOS: _photos,
    Deed.AGAIN: _again,
    Deed.PARCEL: stands,
    Deed.STANDING: care_adding.standing,
    Deed.PAID: care_paying.pay,
    Deed.WHY_PAY: care_paying.why,
    Deed.FREIGHT: freight,
    Deed.URGE: care_urging.urge,
}
