"""Tells whoever has a case that its customer presses for it, and the customer that this was done."""

from collections.abc import Sequence

from actions.care_errand import Errand, Next
from actions.lookup import say_next
from actions.replies import moment
from actions.service import call
from backend.domain.care import Deed, possible
from backend.services import care_urging
from backend.services.care import Matter


async def urge(errand: Errand, matter: Matter) -> Next:
    """Passed on, once a day, and by when there will be a result."""
    case = matter.case
    new = await call(care_urging.urge, errand.conversation_id, matter.case_no, errand.wanted.words)
    response = "utter_care_urged" if new else "utter_care_urged_before"
    errand.say(response, case_no=matter.case_no, state=case.state.label, due=moment(case.due_at))
    return Next()


async def urge_all(errand: Errand, matters: Sequence[Matter]) -> None:
    """Passed on of each of several that waits for us; of the others, what comes next."""
    for matter in sorted(matters, key=_waits_for_others):
        if _waits_for_others(matter):
            say_next(errand.dispatcher, matter.progress, among=True)
        else:
            await urge(errand, matter)


def _waits_for_others(matter: Matter) -> bool:
    return not possible(Deed.URGE, matter.case.state)
