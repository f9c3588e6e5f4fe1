"""What is said to the summary of a draft: file it, change it, or nothing that decides."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.form_turn import answered_before, last_said, turns_in_a_row
from actions.phrases import says
from actions.reading import Said
from backend.domain.case import Case
from backend.domain.filing import Question
from backend.domain.request import Remedy, Wish
from backend.services.drafts import DraftView

Events = list[dict[str, Any]]

_SUMMARY = "utter_summary"
_SHOWN = (_SUMMARY, "utter_ask_filing_form_change", "utter_offer_draft")
"""What is shown of a draft that is complete."""


def version_of(draft: Case) -> str:
    """The draft and its version, as the button of its summary names them."""
    return f"{draft.id}:{draft.version}"


def summary_stands(tracker: Tracker, view: DraftView | None) -> bool:
    """Whether the last that this visit was shown of the draft is its summary, and nothing has changed since."""
    if view is None or view.question is not Question.CONFIRMATION or view.draft.told_version != view.draft.version:
        return False
    return (last_said(tracker, *_SHOWN) or "").startswith(_SUMMARY)


def takes_return(view: DraftView, before: Case, asked: Question | None) -> bool:
    """Whether money alone is wanted instead of the summary, and the rules give it back only for the goods."""
    summed_up = asked in (Question.CONFIRMATION, Question.CHANGE) and before.wish in (Wish.RETURN, Wish.REFUND)
    returns = view.verdict is not None and view.verdict.remedy == Remedy.RETURN_REFUND.value
    return summed_up and returns and view.draft.wish == Wish.REFUND.value


def only_adds_photos(tracker: Tracker, heard: Said) -> bool:
    """Whether photos come, and no words, to a summary that was just shown: the verdict above it stays as it is."""
    return heard.minted and "evidence" in heard.values and turns_in_a_row(tracker, _SUMMARY) > 0


def adds_nothing(heard: Said) -> bool:
    """Whether the customer has nothing to add or to change; that is no yes, and no goodbye."""
    said_all = says("nothing_more", heard.text) or (len(heard.text) <= _SHORT and says("as_new", heard.text))
    return not heard.minted and not heard.plain_yes and said_all


_SHORT = 6
"""Characters: 没拆, 都没用过 say once more what the summary rests on, and change nothing."""


UNDECIDED = "utter_summary_or_leave"
"""Asks whether a no to the summary means that nothing is to be changed, or that nothing is to be filed."""


def declines(heard: Said) -> bool:
    """Whether 不用了 is said to the summary, which may mean either."""
    return not heard.minted and not heard.beside_photo and says("no_need", heard.text)


def drops(tracker: Tracker, heard: Said, asked: Question | None) -> bool:
    """Whether what was begun is dropped: in so many words, or because a no that was asked about is said again."""
    again = asked is Question.CONFIRMATION and declines(heard) and answered_before(tracker, UNDECIDED)
    return again or (not heard.minted and says("dropping", heard.text))


def in_short(heard: Said) -> str | None:
    """What is said instead of a summary that still stands; None where it is to be shown once more."""
    if declines(heard):
        return UNDECIDED
    if adds_nothing(heard):
        return "utter_summary_stands"
    asks_for_it = heard.minted or heard.plain_yes or heard.beside_photo or submits(heard)
    return None if asks_for_it else "utter_summary_waits"


def submits(heard: Said) -> bool:
    """Whether the word to submit is said, and nothing else. Words under a photo are about the photo."""
    return not heard.minted and not heard.beside_photo and says("submitting", heard.text)


def decides(heard: Said, asked: Question | None) -> bool:
    """Whether such words are all that is said to the summary: they tell nothing for the draft."""
    said_all = adds_nothing(heard) or submits(heard) or declines(heard)
    return asked in (Question.CONFIRMATION, Question.CHANGE) and said_all


def confirms(heard: Said, view: DraftView) -> bool:
    """Whether the summary that stands is confirmed in so many words, or by its own button."""
    return submits(heard) or (heard.minted and heard.first("draft") == version_of(view.draft))


def decide(heard: Said, asked: Question | None, *, quiet: bool, stands: bool) -> Events | None:
    """A plain yes to the summary ends the form, with the version on the button that was pressed; no other button does.

    Anything else beside it, or a no, asks what to change; from there only the summary's own button confirms. After
    something else was said to them (`quiet`) a yes is shown the summary again, but the word to submit confirms the
    one that `stands`.
    """
    if asked is Question.CONFIRMATION:
        return _of_summary(heard, quiet=quiet, stands=stands)
    if asked is Question.CHANGE and _pressed(heard):
        return _confirmed(heard)
    if asked is Question.CHANGE and (says("no_change", heard.text) or adds_nothing(heard) or declines(heard)):
        return _asks(Question.CONFIRMATION)
    return _asks(Question.CHANGE) if heard.intent == "change_request" and not says("puzzled", heard.text) else None


def _of_summary(heard: Said, *, quiet: bool, stands: bool) -> Events | None:
    if submits(heard) or heard.plain_yes:
        told = not heard.minted and (not quiet or (stands and submits(heard)))
        return _confirmed(heard) if told or _pressed(heard) else _asks(Question.CONFIRMATION)
    if adds_nothing(heard) or declines(heard) or (heard.intent == "affirm" and heard.beside_photo):
        return _asks(Question.CONFIRMATION)
    return _asks(Question.CHANGE) if heard.intent in ("affirm", "deny", "change_request") else None


def _pressed(heard: Said) -> bool:
    """Whether the button of a summary is pressed, and not a yes to another question."""
    return heard.plain_yes and heard.minted and heard.first("draft") is not None


def _confirmed(heard: Said) -> Events:
    return [SlotSet("confirmation", heard.first("draft") or "told"), SlotSet("requested_slot", None)]


def _asks(question: Question) -> Events:
    return [SlotSet("confirmation", None), SlotSet("requested_slot", question.value)]
