"""Filling in a draft: what a message may answer, which goods it means, which photo shows what, what to ask next."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from backend.domain.case import Case, CaseLine
from backend.domain.evidence import Evidence, EvidenceKind, EvidenceRequirement
from backend.domain.order import Order, OrderLine
from backend.domain.request import Reason, Wish
from backend.domain.verdict import Outcome, Verdict

ALL_GOODS = "all"
"""The choice that means every free piece of the goods that were chosen or named; of the order where none were."""
WHOLE_ORDER = "order"
"""The choice that means every piece of the order that is still free, whatever was chosen."""
LAST_GOODS = "last"
"""The choice that means the last line of the list that was shown."""
OTHER_GOODS = "other"
"""The choice that means the goods that were not chosen, where that can be only one line."""


class Question(str, Enum):
    """What a draft may still have to be asked, in the order of asking; CHANGE only where a summary was declined."""

    WISH = "wish"
    ORDER_NO = "order_no"
    PHONE_TAIL = "phone_tail"
    GOODS = "goods"
    QUANTITY = "quantity"
    REASON = "reason"
    INTACT = "intact"
    ALTERNATIVE = "alternative"
    DESCRIPTION = "description"
    PHOTOS = "photos"
    CONFIRMATION = "confirmation"
    CHANGE = "change"


@dataclass(frozen=True)
class Answers:
    """What one message says towards a draft; None and empty where it says nothing.

    `goods` are choices as the customer made them: `all`, `order`, `other`, the number of a line in the list that was
    shown ("1" for the first), or words of a title.
    `naming` is a whole message that may name goods without being asked which: it counts where nothing was chosen.
    `story` is a whole message that tells what happened; it serves as the description as long as there is no other.
    `addition` is told beside the summary and joins the description.
    `evidence` are ids of stored photos and videos. `forget` names an earlier answer to be asked for again.
    """

    wish: Wish | None = None
    order_no: str | None = None
    phone_tail: str | None = None
    goods: tuple[str, ...] = ()
    naming: str = ""
    quantity: int | None = None
    reason: Reason | None = None
    intact: bool | None = None
    description: str | None = None
    addition: str | None = None
    story: str | None = None
    evidence: tuple[str, ...] = ()
    forget: Question | None = None


@dataclass(frozen=True)
class ReasonNeeds:
    """What the rule book asks for beside a reason: evidence, a description, whether the goods are as new."""

    evidence: EvidenceRequirement
    description: bool
    condition: bool


def free_lines(order: Order, free: Mapping[int, int]) -> tuple[OrderLine, ...]:
    """The lines that can still be chosen; the customer names them by their number in this list, counted from one."""
    return tuple(line for line in order.lines if free[line.line_no] > 0)


def choose_lines(choices: Sequence[str], order: Order, free: Mapping[int, int]) -> tuple[CaseLine, ...]:
    """The lines that the choices mean, each with all its free pieces where that is one piece or all were asked for.

    Lines without a free piece are left out. A line of several pieces that was picked by itself has no quantity yet.
    """
    lines = free_lines(order, free)
    if ALL_GOODS in choices or WHOLE_ORDER in choices:
        return tuple(CaseLine(line.line_no, line.sku, free[line.line_no]) for line in lines)
    numbered = [str(len(lines)) if choice == LAST_GOODS else choice for choice in choices]
    return _picked(
        (line for n, line in enumerate(lines, 1) if any(_means(choice, n, line) for choice in numbered)), free
    )


def named_lines(words: str, order: Order, free: Mapping[int, int]) -> tuple[CaseLine, ...]:
    """The lines that a story names by what no other title of the order has: 水壶 the only one that ends in 壶."""
    lines = free_lines(order, free)
    return _picked((lines[place] for place in named_titles(words, [line.title for line in lines])), free)


def named_titles(words: str, titles: Sequence[str]) -> tuple[int, ...]:
    """The places of the titles that a story names by what none of the others has."""
    words = _NO_GOODS.sub(" ", words)
    found = [_title_marks(title, words) for title in titles]
    times = Counter(mark for marks in found for mark in marks)
    return tuple(place for place, marks in enumerate(found) if any(times[mark] == 1 for mark in marks))


def other_lines(chosen: Sequence[CaseLine], order: Order, free: Mapping[int, int]) -> tuple[CaseLine, ...]:
    """The one line that was not chosen; nothing where there are several, or none."""
    numbers = {line.line_no for line in chosen}
    others = [line for line in free_lines(order, free) if line.line_no not in numbers]
    return _picked(others, free) if len(others) == 1 else ()


def only_choice(order: Order, free: Mapping[int, int]) -> tuple[CaseLine, ...]:
    """The one line that can be meant when the order leaves no choice, else nothing."""
    return other_lines((), order, free)


def all_pieces(
    lines: tuple[CaseLine, ...], counted: int | None, order: Order, free: Mapping[int, int]
) -> tuple[CaseLine, ...]:
    """What 都 means beside these goods: every piece of them.

    Of the order where more was counted than they are and the order has just so many: 两个都退 of two things with one
    chosen.
    """
    whole = choose_lines((WHOLE_ORDER,), order, free)
    beyond = counted is not None and counted > sum(free[line.line_no] for line in lines)
    if beyond and counted in (len(whole), sum(free.values())):
        return whole
    return tuple(replace(line, quantity=free[line.line_no] or line.quantity) for line in lines)


def with_quantity(lines: tuple[CaseLine, ...], quantity: int, free: Mapping[int, int]) -> tuple[CaseLine, ...]:
    """The number of pieces given to the first line that still lacks one, or to the only line.

    Unchanged where it can be meant for none, or that many are not free.
    """
    lacking = [line for line in lines if line.quantity is None] or (list(lines) if len(lines) == 1 else [])
    if not lacking:
        return lines
    if not 0 < quantity <= free[lacking[0].line_no]:
        return lines
    return tuple(replace(line, quantity=quantity) if line is lacking[0] else line for line in lines)


def sort_evidence(pieces: Sequence[Evidence], requirement: EvidenceRequirement) -> dict[str, EvidenceKind]:
    """What the pieces are taken to show that have no kind yet.

    A video is a video; photos answer, in the order they came, what the reason asks for and is not there.
    """
    open_kinds = list(requirement.missing(tuple(piece.kind for piece in pieces)))
    kinds: dict[str, EvidenceKind] = {}
    for piece in pieces:
        if piece.media_type.startswith("video/"):
            kinds[piece.id] = EvidenceKind.VIDEO
        elif piece.kind is EvidenceKind.OTHER:
            kinds[piece.id] = open_kinds.pop(0) if open_kinds else EvidenceKind.OTHER
        else:
            kinds[piece.id] = piece.kind
    return kinds


def next_question(
    draft: Case, *, proven: bool, needs: ReasonNeeds, verdict: Verdict | None, present: Sequence[EvidenceKind]
) -> Question:
    """The first thing still to be asked. The verdict is there as soon as order, goods, wish and reason are."""
    if draft.wish is None:
        return Question.WISH
    if draft.order_no is None:
        return Question.ORDER_NO
    if not proven:
        return Question.PHONE_TAIL
    if not draft.lines:
        return Question.GOODS
    if any(line.quantity is None for line in draft.lines):
        return Question.QUANTITY
    if draft.reason_claimed is None or verdict is None:
        return Question.REASON
    if verdict.outcome is Outcome.REFUSED:
        return Question.ALTERNATIVE
    return _last_questions(draft, needs, present)


def _last_questions(draft: Case, needs: ReasonNeeds, present: Sequence[EvidenceKind]) -> Question:
    if needs.condition and draft.intact is None:
        return Question.INTACT
    if needs.description and not draft.description:
        return Question.DESCRIPTION
    if needs.evidence.missing(tuple(present)):
        return Question.PHOTOS
    return Question.CONFIRMATION


def _picked(lines: Iterable[OrderLine], free: Mapping[int, int]) -> tuple[CaseLine, ...]:
    return tuple(CaseLine(line.line_no, line.sku, 1 if free[line.line_no] == 1 else None) for line in lines)


_NO_GOODS = re.compile("手机(?=尾|号|后|末)|包装|质量|尺码|颜色|商品|正品|官方")
"""Words of a story that stand in titles, too, and name nothing there."""
_NAMELESS_ENDS = frozenset("盒袋箱包套装件品款码号色机线卡单货物子水液片垫书表版组")
"""Characters that end titles, and words for other things: 漏水 is no water, 外包装 no bag."""


def _title_marks(title: str, words: str) -> set[str]:
    """What a story has of a title: pairs of its characters, and the last one of its name."""
    name = next(iter(re.findall("[一-鿿]+", title)), "")
    pairs = {pair for pair in (title[i : i + 2] for i in range(len(title) - 1)) if re.fullmatch("[一-鿿]{2}", pair)}
    ends = {name[-1:]} - _NAMELESS_ENDS - {""}
    return {mark for mark in pairs | ends if mark in words}


_POINTED_AT = re.compile("[这那][个把只盏台件条双张套](.)")


def _means(choice: str, number: int, line: OrderLine) -> bool:
    """By its number, by two characters of its title, one that stands for it, or by a whole word of its category.

    One stands for it before 子 as in 杯子, behind a measure word as in 那个壶, or by itself.
    """
    if choice.isdecimal():
        return number == int(choice)
    pairs = [choice[i : i + 2] for i in range(len(choice) - 1)]
    stems = {pair[0] for pair in pairs if pair[1] == "子"} | set(_POINTED_AT.findall(choice))
    stems |= {choice} if len(choice) == 1 else set()
    words = (word for word in line.category.split("/") if len(word) > 1)
    return any(pair in line.title for pair in pairs) or bool(stems & set(line.title)) or any(w in choice for w in words)
