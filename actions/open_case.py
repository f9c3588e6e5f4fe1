"""Which of their cases a customer speaks of who names no number: by its goods, or as the one that is open."""

from collections.abc import Sequence
from dataclasses import replace

from rasa_sdk import Tracker

from actions.care_reading import Wanted
from actions.phrases import says
from actions.reading import FILING_INTENTS, Said, wish_of
from actions.service import ask
from backend.domain.care import Deed, meant, possible
from backend.domain.case import State
from backend.domain.filing import named_titles
from backend.domain.request import Remedy
from backend.services import care, progress
from backend.services.care import Matter

_OTHERS = frozenset({"order_no", "case_no", "choice"})
"""Values that name what is meant by themselves."""


async def meant_of_open(tracker: Tracker, heard: Said, found: tuple[Matter, ...]) -> Wanted | None:
    """What a problem or a wish wants of the newest open case, where nothing in it names other goods or a new case."""
    newest = next((each for each in found if each.case.state is not State.CLOSED), None)
    if newest is None or heard.intent not in FILING_INTENTS or await _means_another(tracker, heard):
        return None
    readers = (_alternative, _otherwise, _addition, _question)
    return next(filter(None, (reads(heard, newest) for reads in readers)), None)


async def _means_another(tracker: Tracker, heard: Said) -> bool:
    """Whether it names an order, goods that are in no case, or asks for one more case."""
    if heard.values.keys() & _OTHERS or says("besides", heard.text) or says("anew", heard.text):
        return True
    return await ask(progress.names_goods_to_file, tracker, heard.text)


def _alternative(heard: Said, matter: Matter) -> Wanted | None:
    """What a rejection has named as possible instead: another colleague decides on that, as on an appeal."""
    wish, offered = wish_of(heard), matter.moved.detail.get("alternatives") or ()
    taken = matter.case.state is State.REJECTED and wish is not None and wish.value in offered
    return Wanted(Deed.DISPUTE, case_no=matter.case_no, words=heard.words) if taken else None


def _otherwise(heard: Said, matter: Matter) -> Wanted | None:
    """Another remedy instead of the one under way: changed to that while it can be, else told that it cannot."""
    wish = wish_of(heard)
    another = wish is not None and wish.value != matter.case.wish and says("instead", heard.text)
    told = another and meant(Deed.CHANGE, matter.case.state) in (Deed.CHANGE, None)
    return Wanted(Deed.CHANGE, case_no=matter.case_no) if told else None


def _addition(heard: Said, matter: Matter) -> Wanted | None:
    """More of the same problem, or which article an exchange is to bring."""
    more = heard.intent == "report_problem" and _same_problem(heard, matter)
    variant = matter.case.remedy == Remedy.EXCHANGE.value and says("variant_named", heard.text)
    if not (more or variant) or not possible(Deed.ADD, matter.case.state):
        return None
    return Wanted(Deed.ADD, case_no=matter.case_no, words=heard.words)


def _same_problem(heard: Said, matter: Matter) -> bool:
    return heard.first("reason") == matter.case.reason_claimed or says("packaging", heard.text)


def _question(heard: Said, matter: Matter) -> Wanted | None:
    """Whether it may still be done otherwise: how the case stands says what can be."""
    asks = heard.intent != "report_problem" and (says("asks_at_end", heard.text) or says("refusing", heard.text))
    told = asks and heard.first("reason") is None
    return Wanted(Deed.STANDING, case_no=matter.case_no, guessed=True) if told else None


def asks_to_refuse(heard: Said) -> bool:
    """Whether it asks about not taking a parcel in; who has refused one says so."""
    return not heard.minted and says("refusing", heard.text) and says("wondering", heard.text)


async def sent_unfiled(tracker: Tracker, heard: Said) -> bool:
    """Whether goods went back without an application, and no case of theirs is open that it could be."""
    if heard.minted or not says("sent_unfiled", heard.text):
        return False
    return all(each.case.state is State.CLOSED for each in await ask(care.matters, tracker))


async def chosen_by_goods(tracker: Tracker, heard: Said, before: Wanted) -> Wanted | None:
    """What was wanted, of the one among the offered cases whose goods the answer names."""
    offered = [each for each in await ask(care.matters, tracker) if each.case_no in before.choices]
    named = of_named_goods(heard, offered)
    return replace(before, case_no=named[0].case_no) if len(named) == 1 else None


def of_named_goods(heard: Said, matters: Sequence[Matter]) -> list[Matter]:
    """Those of several cases whose goods a message names by what those of the others have not."""
    if heard.minted or len(matters) < 2:
        return []
    items = [(matter, str(item["title"])) for matter in matters for item in matter.progress.card["items"]]
    places = named_titles(heard.text, [title for _, title in items])
    named = {items[place][0].case_no for place in places}
    return [matter for matter in matters if matter.case_no in named]
