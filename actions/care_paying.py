"""What a customer pays for an exchange or a repair: their word that they have, how, and why."""

from actions.care_errand import Errand, Next, stands
from actions.service import call, message_number
from backend.domain.collection import CollectionState
from backend.domain.money import yuan
from backend.domain.request import Remedy
from backend.services import care, collections_paid
from backend.services.care import Matter


async def why(errand: Errand, matter: Matter) -> Next:
    """Why there is something to pay, and how much; a person looks at it for whoever doubts it."""
    repair = Remedy.REPAIR.value in (matter.case.remedy, matter.moved.detail.get("offer_remedy"))
    response = "utter_care_why_pay_repair" if repair else "utter_care_why_pay_exchange"
    errand.say(response, case_no=matter.case_no, amount=yuan(care.asked_to_pay(matter)))
    return Next()


async def pay(errand: Errand, matter: Matter) -> Next:
    """What was found: its notice says that it has come; what has not come is asked for again, by a link that holds."""
    found = await call(collections_paid.look_up, errand.conversation_id, matter.case_no)
    if found is None:
        return await stands(errand, matter)
    asked = found.collection
    number, elsewhere = message_number(errand.tracker), care.is_elsewhere(matter, errand.conversation_id)
    if asked.state is CollectionState.OPEN and not elsewhere:
        await call(collections_paid.tell_again, errand.conversation_id, matter.case_no, number)
    elif asked.state is CollectionState.OPEN:
        errand.say("utter_care_pay_elsewhere", case_no=matter.case_no)
    elif asked.state is not CollectionState.PAID:
        errand.say("utter_care_pay_nothing", case_no=matter.case_no)
    elif not found.now or elsewhere:
        errand.say("utter_care_paid", case_no=matter.case_no, number=asked.collection_no, amount=yuan(asked.amount_fen))
    return Next()
