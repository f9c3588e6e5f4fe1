"""Tells how the customer's complaints stand."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.phrases import says
from actions.reading import Said
from actions.replies import moment
from actions.service import ask
from backend.domain.complaint import Complaint, Stage
from backend.services import complaints


async def asks_how_complaints_stand(tracker: Tracker, heard: Said) -> bool:
    """Whether a message asks about a complaint, and there is one."""
    asks = not heard.minted and says("complaint_asked", heard.text)
    return asks and bool(await ask(complaints.complaints_of, tracker))


async def tell_standing(dispatcher: CollectingDispatcher, tracker: Tracker, complaint_no: str | None = None) -> bool:
    """How their open complaints stand, or the one that is named; whether there is any."""
    found = await ask(complaints.complaints_of, tracker)
    meant = [each for each in found if complaint_no in (None, each.complaint_no)]
    told = [each for each in meant if complaint_no or each.stage is not Stage.CLOSED]
    for each in told:
        _tell(dispatcher, each)
    return bool(told)


def _tell(dispatcher: CollectingDispatcher, complaint: Complaint) -> None:
    response = "utter_complaint_stands" if complaint.due_at else "utter_complaint_stands_now"
    dispatcher.utter_message(
        response=response,
        complaint_no=complaint.complaint_no,
        stage=complaint.stage.label,
        due=moment(complaint.due_at),
    )
