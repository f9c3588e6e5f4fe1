"""Tells whoever has a case that its customer presses for it, and the customer that this was done."""

from collections.abc import Sequence

from actions.care_errand import Errand, Next
from actions.progress_telling import say_next
from actions.replies import moment
from actions.service import call, overdue
from actions.several import MOST
from backend.domain.care import Deed, possible
from backend.services import care_urging
from backend.services.care import Matter


async def urge(errand: Errand, matter: Matter) -> Next:
    """Passed on, once a day, and by when there will be a result."""
    case = matter.case
    new = await call(care_urging.urge, errand.conversation_id, matter.case_no, errand.wanted.words)
    errand.say(
        _URGED[new, overdue(case.due_at)], case_no=matter.case_no, state=case.state.label, due=moment(case.due_at)
    )
    return Next()


_URGED = {
    (True, False): "utter_care_urged",
    (False, False): "utter_care_urged_before",
    (True, True): "utter_care_urged_late",
    (False, True): "utter_care_urged_before_late",
}
"""By whether that was passed on now, and whether the time that was promised has passed."""


async def urge_all(errand: Errand, matters: Sequence[Matter]) -> Next:
    """Passed on of each of several that waits for us, those first; of the others, what comes next."""
    told = sorted(matters, key=_waits_for_others)
    for matter in told[:MOST]:
        if _waits_for_others(matter):
            say_next(errand.dispatcher, matter.progress, among=True)
        else:
            await urge(errand, matter)
    if len(told) > MOST:
        errand.say("utter_more_cases")
    return Next()


def _waits_for_others(matter: Matter) -> bool:
    return not possible(Deed.URGE, matter.case.state)
