"""What the customer adds to a filed case or asks of it, which goes on as it was."""

from collections.abc import Sequence

from actions.care_answers import WORDS
from actions.care_errand import Errand, Next, stands
from actions.care_telling import present
from actions.open_case import asks_to_refuse
from actions.phrases import says
from actions.progress_telling import say_next
from actions.reading import said
from actions.service import call
from actions.several import MOST
from backend.domain.care import Deed, possible
from backend.services import care_supply
from backend.services.care import Matter


async def add(errand: Errand, matter: Matter) -> Next:
    """Words and photos are kept with the case, for whoever reads it next; only who wants a change takes it back."""
    wanted = errand.wanted
    if not (wanted.words or wanted.evidence):
        return Next(WORDS, wanted)
    await call(care_supply.add, errand.conversation_id, matter.case_no, wanted.evidence, wanted.words)
    changeable = possible(Deed.CHANGE, matter.case.state)
    errand.say("utter_care_added" if changeable else "utter_care_added_later", case_no=matter.case_no)
    return Next()


async def ask_reasons(errand: Errand, matter: Matter) -> Next:
    """Asks why they object; who asks why themselves is told the decision with its reasons, which says how to object."""
    asks_why = says("why_not", said(errand.tracker).text)
    if asks_why:
        await present(errand.dispatcher, errand.tracker, matter)
    return Next(WORDS, errand.wanted, said=asks_why)


async def standing(errand: Errand, matter: Matter) -> Next:
    """How it stands; where only the circumstances made it this case, how to say that another is meant."""
    if asks_to_refuse(said(errand.tracker)):
        errand.say("utter_may_refuse")
    outcome = await stands(errand, matter)
    if errand.wanted.guessed:
        errand.say("utter_care_or_other", case_no=matter.case_no, goods=matter.goods)
    return outcome


def all_stand(errand: Errand, fitting: Sequence[Matter]) -> Next:
    """What comes next of each of several, those first that wait for us."""
    told = sorted(fitting, key=lambda matter: matter.progress.waiting_for == "customer")
    errand.say("utter_care_several_stand", count=len(told))
    for matter in told[:MOST]:
        say_next(errand.dispatcher, matter.progress, among=True)
    if len(told) > MOST:
        errand.say("utter_more_cases")
    return Next()
