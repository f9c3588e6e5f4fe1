"""Passes on that a customer presses for their case: whoever has to act next is told, once a day."""

from backend.domain.alert_list import URGED
from backend.domain.care import Deed, possible
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import Conflict
from backend.ports import World
from backend.services import care, notices
from backend.services.care_supply import note


def urge(world: World, conversation_id: str, case_no: str, words: str) -> bool:
    """Alert whoever the case waits for, and log it with the words, if any; False where that was done today.

    Raises CaseNotFound, and Conflict (subject `state`) where nobody of the shop has anything to do.
    """
    matter = care.matter_of(world, conversation_id, case_no)
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(matter.case.conversation_id)
        case = work.cases.get(matter.case.id) or matter.case
        if not possible(Deed.URGE, case.state):
            raise Conflict(f"nobody is to be urged in {case.state.value}", subject="state")
        role = notices.RESPONSIBLE[case.state]
        today = f"{case.state.value}:{now.astimezone(MERCHANT_ZONE).date()}"
        new = notices.alert(
            work, case, "warning", role, now, about=URGED, once=today, reason=words, state=case.state.value
        )
        if new:
            note(world, work, case, (), words, now, **{URGED: case.state.value})
        work.commit()
    return new
