"""An errand: what a customer wants of a filed case, how it is answered, and what comes next."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.care_reading import Wanted
from actions.care_telling import say_standing
from actions.service import call
from backend.services import care
from backend.services.acts import Given
from backend.services.care import Matter


@dataclass(frozen=True)
class Errand:
    """What is wanted, and where the answer goes."""

    dispatcher: CollectingDispatcher
    tracker: Tracker
    wanted: Wanted

    @property
    def conversation_id(self) -> str:
        return str(self.tracker.sender_id)

    def say(self, response: str, **values: object) -> None:
        self.dispatcher.utter_message(response=response, **values)


@dataclass(frozen=True)
class Next:
    """What comes next: the slot to ask for with what is `wanted` so far, or the end, with the form that `follows`.

    `said` means that the question has been put already.
    """

    slot: str | None = None
    wanted: Wanted | None = None
    follows: str | None = None
    case_no: str | None = None
    said: bool = False


Doer = Callable[[Errand, Matter], Awaitable[Next]]


async def stands(errand: Errand, matter: Matter) -> Next:
    """How the case stands now, as the answer."""
    await say_standing(errand.dispatcher, errand.conversation_id, matter.case_no)
    return Next()


async def have_done(errand: Errand, matter: Matter, given: Given) -> Next:
    """An event of the table; its notice is the answer."""
    wanted = errand.wanted
    done = await call(care.do, errand.conversation_id, matter.case_no, wanted.deed, given, told_version=wanted.told)
    if done.repeated or care.is_elsewhere(matter, errand.conversation_id):
        return await stands(errand, matter)
    return Next()
