"""What the latest message says: intent, values, and whether it answers the question that was asked.

This is the one gate between a customer's words and a draft. A message that asks something, greets or wants a person
answers nothing, whatever it happens to contain; a free text is taken only where one was asked for.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

from actions import condition
from actions.figures import SHOP_NUMBER, in_ascii, is_telephone_with_a_slip, looks_like_an_order, tail_beside, tail_in
from actions.phrases import caught, says
from backend.domain.filing import ALL_GOODS, OTHER_GOODS, WHOLE_ORDER, Answers, Question
from backend.domain.order import search_number
from backend.domain.request import Reason, Wish

WISH_OF_INTENT = {
    "request_refund": Wish.REFUND,
    "request_return": Wish.RETURN,
    "request_exchange": Wish.EXCHANGE,
    "request_resend": Wish.RESEND,
    "request_repair": Wish.REPAIR,
    "request_price_protection": Wish.PRICE_DIFFERENCE,
    "cancel_order": Wish.REFUND,
}
WISH_OF_RESOLUTION = {
    "REFUND_ONLY": Wish.REFUND,
    "RETURN_REFUND": Wish.RETURN,
    "EXCHANGE": Wish.EXCHANGE,
    "REPAIR": Wish.REPAIR,
    "RESHIP": Wish.RESEND,
    "PRICE_DIFFERENCE": Wish.PRICE_DIFFERENCE,
}
FILING_INTENTS = frozenset(WISH_OF_INTENT) | {"report_problem"}

_DIGRESSIONS = frozenset(
    {
        "query_case_status", "request_human", "bot_challenge", "cancel_request", "goodbye", "greet", "thank",
        "provide_tracking", "dispute_result", "confirm_refund_received", "rate_service", "request_compensation",
        "discard_draft", "continue_filing", "unsure", "care",
    }
)  # fmt: skip
_BESIDE = frozenset({"query_case_status", "ask_logistics", "greet", "thank", "goodbye"})
"""What may be said beside an answer without meaning anything else by it."""
_MOODS = ("injury", "threat", "angry", "thanks")
"""The mood that counts where a message shows several, first to last."""
_LONGEST_YES, _LONGEST_BARE = 15, 5
"""Characters: whoever says more than that says more than yes; 要十二个吧."""
_STORY_LENGTH, _LONG_STORY = 6, 60
"""Shorter messages name a reason but tell no story worth keeping; in longer ones, words that press are beside it."""
_STORY_CHARACTERS = 4
"""Different ones: what has fewer is drumming on the keys."""
_SHORT_INTENTS = frozenset({"affirm", "deny"})
_NO_STORY = ("unknowing", "later", "puzzled", "points_nowhere")
_NUMBER = re.compile(r"(?<!\d)(\d{1,3})(?!\d)")


@dataclass(frozen=True)
class Said:
    """The latest message: `text` as it was understood, `words` as the customer wrote it.

    `values` are its entities by name, `minted` is true for a button or a photo of ours, `beside_photo` for words that
    came with a photo.
    """

    text: str
    words: str
    intent: str
    values: dict[str, tuple[str, ...]]
    minted: bool
    beside_photo: bool = False

    def first(self, entity: str) -> str | None:
        return next(iter(self.values.get(entity, ())), None)

    @property
    def mood(self) -> str | None:
        """The mood that the message is written in: the gravest, where there are several."""
        return strongest_mood(self.values.get("mood", ()))

    @property
    def plain_yes(self) -> bool:
        """An unmistakable yes: pressed, or said with nothing else beside it, no condition, no doubt, no question.

        Words under a photo are about the photo: 就是这样 agrees to nothing there.
        """
        if self.intent != "affirm" or self.minted:
            return self.intent == "affirm"
        if self.beside_photo:
            return False
        bare = not self.values.keys() - {"mood"} and len(self.text) <= _LONGEST_YES
        return bare and not says("reserved", self.words) and not says("reserved", self.text)

    @property
    def digresses(self) -> bool:
        """Whether it asks or wants something else than what it was asked for."""
        return self.intent in _DIGRESSIONS or self.intent.startswith("ask_")


def strongest_mood(moods: Iterable[str]) -> str | None:
    """The gravest of some moods."""
    present = set(moods)
    return next((mood for mood in _MOODS if mood in present), None)


def said(tracker: Tracker) -> Said:
    """The latest message of a conversation."""
    message: dict[str, Any] = tracker.latest_message
    values: dict[str, tuple[str, ...]] = {}
    for entity in message.get("entities") or []:
        values[entity["entity"]] = (*values.get(entity["entity"], ()), str(entity["value"]))
    text = (message.get("text") or "").strip()
    intent = (message.get("intent") or {}).get("name") or "nlu_fallback"
    return Said(
        text=text,
        words=_words(tracker) or text,
        intent=intent,
        values=values,
        minted=text.startswith("/"),
        beside_photo=bool((message.get("metadata") or {}).get("attachments")),
    )


def _words(tracker: Tracker) -> str:
    """What the customer wrote, before it was normalised for understanding."""
    written = (event.get("text") for event in reversed(tracker.events) if event["event"] == "user")
    return (next(written, None) or "").strip()


def read_answers(heard: Said, asked: Question | None) -> Answers:
    """What the message says towards a draft when `asked` was the last question."""
    number = _shop_number(heard, asked) if asked in _NUMBER_ASKED else None
    if number is not None:
        return Answers(order_no=number)
    addition = _addition(heard, asked)
    takes = addition or _just_answers(heard, asked) or (asked is None and tells_a_problem(heard))
    if heard.digresses and not takes:
        return _asked_number(heard, asked)
    description = _description(heard, asked)
    return Answers(
        wish=wish_of(heard),
        order_no=order_number(heard, asked),
        phone_tail=phone_tail(heard, asked=asked is Question.PHONE_TAIL) or _tail_beside_number(heard),
        goods=_goods(heard, asked),
        quantity=_quantity(heard, asked),
        reason=None if description or addition else _reason(heard, asked) or _own_reason(heard, asked),
        intact=_intact(heard, asked),
        description=description,
        addition=addition or _told_behind(heard, asked),
        story=None if addition else _story(heard, asked),
        evidence=tuple(part for value in heard.values.get("evidence", ()) for part in value.split(",")),
    )


def tells_a_problem(heard: Said) -> bool:
    """Whether what seems to ask for a case tells what is wrong, with a number or with the remedy that is wanted."""
    if heard.first("reason") is None or heard.minted:
        return False
    if heard.intent == "query_case_status" and len(heard.words) >= _LONG_STORY:
        return not says("filed_before", heard.text)
    urges = heard.intent == "query_case_status" and heard.first("resolution") is not None
    return heard.intent == "inform" or (urges and not says("progress_asked", heard.text))


def _just_answers(heard: Said, asked: Question | None) -> bool:
    """Whether nothing but what was asked for, or how many are meant, is said, whatever that means elsewhere."""
    if asked in AFTER_GOODS and heard.first("quantity") is not None and says("just_pieces", heard.text):
        return True
    if len(heard.text) > _LONGEST_BARE or says("asking", heard.text):
        return False
    if asked is Question.INTACT:
        return condition.told(heard.text) is not None
    if asked is Question.REASON:
        return _bare_reason(heard) is not None
    return asked is Question.QUANTITY and heard.first("quantity") is not None


def _asked_number(heard: Said, asked: Question | None) -> Answers:
    """Of urging or courtesy beside it, the number, the condition or the reason that was asked for."""
    if heard.intent not in _BESIDE:
        return Answers()
    return Answers(
        reason=_reason(heard, asked) if asked is Question.REASON and not says("wondering", heard.text) else None,
        order_no=order_number(heard, asked) if asked is Question.ORDER_NO else None,
        phone_tail=phone_tail(heard, asked=True) if asked is Question.PHONE_TAIL else None,
        intact=condition.told(heard.text) if asked is Question.INTACT and not heard.minted else None,
    )


def intent_of(wish: Wish) -> str:
    """The intent that asks for a remedy."""
    return next(intent for intent, wanted in WISH_OF_INTENT.items() if wanted is wish)


def wish_of(heard: Said) -> Wish | None:
    """The remedy that a message asks for."""
    minted = heard.first("wish")
    if minted:
        return Wish(minted)
    resolution = heard.first("resolution")
    return WISH_OF_INTENT.get(heard.intent) or (WISH_OF_RESOLUTION.get(resolution) if resolution else None)


def _reason(heard: Said, asked: Question | None) -> Reason | None:
    """The reason named; of several the first to begin with, and the last of a message that corrects."""
    named = heard.values.get("reason", ())
    if not named and asked is Question.REASON:
        return _bare_reason(heard)
    return Reason(named[0 if asked is None else -1]) if named else None


_BARE_REASONS = (Reason.QUALITY, Reason.SIZE, Reason.LOGISTICS, Reason.NOT_AS_DESCRIBED, Reason.OTHER)
"""Reasons whose buttons are answered with a word that means nothing by itself."""


def _bare_reason(heard: Said) -> Reason | None:
    if heard.minted:
        return None
    return next((reason for reason in _BARE_REASONS if says(f"reason_{reason.value}", heard.text)), None)


def _own_reason(heard: Said, asked: Question | None) -> Reason | None:
    """Whoever is asked for the reason and answers in words we have no code for has still answered."""
    return Reason.OTHER if asked is Question.REASON and _tells(heard) else None


def _tells(heard: Said) -> bool:
    """Whether the message tells what happened, in whatever words."""
    hesitates = any(says(kind, heard.text) for kind in ("unknowing", "either", "later", "points_nowhere"))
    different = len(set(heard.text)) >= _STORY_CHARACTERS
    return _is_story(heard) and heard.intent not in _SHORT_INTENTS and different and not hesitates


def _description(heard: Said, asked: Question | None) -> str | None:
    """The answer to the question for it, unless the message corrects a number instead."""
    corrects = bool(heard.values.keys() & {"order_no", "phone", "case_no"})
    waits = len(heard.text) <= _LONGEST_YES and any(says(kind, heard.text) for kind in _NO_STORY)
    asked_for = asked is Question.DESCRIPTION and not (heard.minted or corrects or waits)
    return heard.words if asked_for and len(heard.words) > 1 and heard.intent not in _SHORT_INTENTS else None


def _addition(heard: Said, asked: Question | None) -> str | None:
    """What is told beside the summary that has been shown: more of the same, and no correction of it."""
    if asked not in (*_AFTER_STORY, Question.INTACT) or heard.minted:
        return None
    if says("variant", heard.words) and not heard.digresses:
        return heard.words
    if asked is Question.INTACT or says("correcting", heard.text) or says("wrong_photo", heard.text):
        return None
    corrects = heard.values.keys() & _CORRECTING
    if corrects - {"quantity"} or (corrects and not says("flaw_count", heard.text)):
        return None
    told = _tells_beside(heard) or (says("more", heard.text) and not heard.digresses)
    return heard.words if told and len(heard.words) >= _SHORTEST_ADDITION else None


def _told_behind(heard: Said, asked: Question | None) -> str | None:
    """What is told behind another reason: 原因改成质量问题 拉链坏了."""
    return caught("told_behind", heard.words) if asked in _AFTER_STORY and heard.first("reason") else None


def _tells_beside(heard: Said) -> bool:
    """Whether a message tells what happened; one that names another reason in few words names just that."""
    if heard.intent not in _TELLING or any(says(kind, heard.text) for kind in _TELLS_NOTHING):
        return False
    least = _SHORTEST_ADDITION if heard.intent == "report_problem" else _STORY_BESIDE
    return len(heard.words) >= (least if heard.first("reason") is None else _STORY_BESIDE)


def _story(heard: Said, asked: Question | None) -> str | None:
    told = heard.first("reason") is not None and (heard.intent in FILING_INTENTS or asked is None)
    return heard.words if _is_story(heard) and (told or (asked is Question.REASON and _tells(heard))) else None


def _is_story(heard: Said) -> bool:
    return not heard.minted and len(heard.words) >= _STORY_LENGTH


def order_number(heard: Said, asked: Question | None = None) -> str | None:
    """The order number that is told, as it was typed; where it was `asked` for, in any form that shops use."""
    found = heard.first("order_no") or _meant_for_order(heard, asked)
    if found is None:
        return _shop_number(heard, asked) if asked in _NUMBER_ASKED else None
    if asked is Question.PHONE_TAIL and is_telephone_with_a_slip(found) and not says("number_label", heard.text):
        return None
    typed = (each[0] for each in SHOP_NUMBER.finditer(in_ascii(heard.words)) if not heard.minted)
    return next((each for each in typed if search_number(each) == found), found)


def _meant_for_order(heard: Said, asked: Question | None) -> str | None:
    """A bare number that only talk of a parcel, or of sending back what has come, made a waybill's."""
    number, late = heard.first("tracking_no"), heard.first("reason") == Reason.LOGISTICS.value
    labelled = "carrier" in heard.values or says("waybill_label", heard.text)
    meant = asked is Question.ORDER_NO or (heard.intent in WISH_OF_INTENT and not late)
    return number if meant and number and number.isdecimal() and not labelled else None


def _shop_number(heard: Said, asked: Question | None) -> str | None:
    """The order number that a message consists of, words such as 订单号是 aside; nothing that may be a telephone's."""
    words = in_ascii(heard.words)
    found = SHOP_NUMBER.findall(words)
    if heard.minted or len(found) != 1 or heard.values.keys() & _OTHER_NUMBERS:
        return None
    number = found[0]
    if not says("number_label", words) and not looks_like_an_order(number, asked):
        return None
    return number if says("only_number", words.replace(number, "#")) else None


def phone_tail(heard: Said, *, asked: bool) -> str | None:
    """The last four digits of a telephone number; bare digits only where they were asked for, and no amount."""
    found = heard.first("phone")
    if found is None and asked and not heard.minted:
        found = _no_amount(heard, tail_in(heard.text))
    return found[-4:] if found else None


def _no_amount(heard: Said, digits: str | None) -> str | None:
    """Four digits that were found, unless they are money."""
    if digits is None or str(100 * int(digits)) in heard.values.get("amount", ()):
        return None
    return digits


def _tail_beside_number(heard: Said) -> str | None:
    """The four digits that stand beside an order's number."""
    number, words = order_number(heard), in_ascii(heard.words)
    if number is None or heard.minted or number not in words:
        return None
    return _no_amount(heard, tail_beside(number, words))


def _goods(heard: Said, asked: Question | None) -> tuple[str, ...]:
    choices = heard.values.get("choice", ())
    if asked in AFTER_GOODS and not heard.minted and says("other_goods", heard.text):
        return (OTHER_GOODS,)
    if ALL_GOODS in choices and (heard.minted or says("whole_order", heard.text)):
        return (WHOLE_ORDER,)
    if choices or asked is not Question.GOODS or heard.minted:
        return choices
    number = _NUMBER.fullmatch(heard.text)
    return (number[1],) if number else (heard.text,)


_NUMBER_ASKED = (Question.ORDER_NO, Question.PHONE_TAIL)
_AFTER_STORY = (Question.PHOTOS, Question.CONFIRMATION, Question.CHANGE)
"""What is asked once the story was told."""
_SHORTEST_ADDITION, _STORY_BESIDE = 4, 9
"""Characters: whoever says so much beside the question tells a story, whatever it was taken for."""
_TELLING = frozenset({"report_problem", "inform", "ask_logistics", "nlu_fallback"})
_TELLS_NOTHING = ("wondering", "lacking", "points_nowhere")
_CORRECTING = frozenset({"order_no", "phone", "case_no", "resolution", "quantity", "choice"})
_OTHER_NUMBERS = frozenset({"phone", "case_no", "tracking_no"})
AFTER_GOODS = frozenset(Question) - {Question.WISH, Question.ORDER_NO, Question.PHONE_TAIL, Question.GOODS}
"""Once these are asked, goods have been chosen."""


def _quantity(heard: Said, asked: Question | None) -> int | None:
    counted = heard.values.get("quantity", ())
    if len(set(counted)) > 1:  # 8 个碎了 3 个
        return int(counted[1]) if says("out_of", heard.text) else None
    found = None if says("flaw_count", heard.text) else heard.first("quantity")
    if found is None and asked in AFTER_GOODS and not heard.minted:
        found = caught("counted_again", heard.text) or (_bare_number(heard) if asked is Question.QUANTITY else None)
    return int(found) if found and found.isdecimal() else None


def _bare_number(heard: Said) -> str | None:
    match = _NUMBER.search(heard.text)
    return match[1] if match else None


def _intact(heard: Said, asked: Question | None) -> bool | None:
    """Whether the goods are as new: told in words, or by a plain yes or no; None where both are said.

    A refusal may rest on it, and is answered by putting it right.
    """
    if asked is Question.ALTERNATIVE and not heard.minted and not says("asking", heard.text):
        return condition.told(heard.text)
    if asked is not Question.INTACT:
        early = asked not in AFTER_GOODS or asked is Question.REASON
        return condition.told_unasked(heard.text) if early and not heard.minted else None
    if heard.minted or not (says("as_new", heard.text) or says("not_as_new", heard.text)):
        agrees = heard.plain_yes and not says("submitting", heard.text)
        return True if agrees else False if heard.intent == "deny" else None
    return condition.told(heard.text)
