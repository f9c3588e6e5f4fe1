"""What the desk shows of conversations: the lists that people take from, and one conversation with all about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from backend.domain.access import Permission, may
from backend.domain.case import Role
from backend.domain.conversation import Conversation, Message, Mode
from backend.domain.evidence import Evidence
from backend.domain.masking import masked_words
from backend.domain.ownership import (
    CLAIMABLE,
    FIRST_ANSWER_LIMIT,
    FIRST_ANSWER_WARN,
    WITH_PEOPLE,
    Episode,
    Note,
    Presence,
)
from backend.domain.talk_clocks import TalkClock, TalkClockName
from backend.domain.work import Staff
from backend.errors import ConversationNotFound
from backend.ports import UnitOfWork, World
from backend.ports.talk_lists import Buyer, Pending
from backend.services import audit
from backend.services.progress import CaseProgress, of_conversation, theirs
from backend.services.talk_sla import clocks_of_talk, clocks_of_talks

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
LISTED = 100
"""Conversations that one list shows at most."""
SHOWN_LINES = 60
"""Lines of the transcript that are shown at once."""


@dataclass(frozen=True)
class Entry:
    """A conversation in a list. `words` are the customer's last, with long numbers masked.

    `waits_since` is when the customer began to wait for people (aware UTC); None when it is their turn.
    """

    conversation: Conversation
    episode: Episode | None
    buyer: Buyer | None
    words: str
    photo: bool
    waits_since: datetime | None
    unread: int = 0
    clocks: tuple[TalkClock, ...] = ()

    @property
    def marks(self) -> tuple[datetime, ...]:
        """When its colour changes: by the clock of the first answer in the queue, with people by how fast they are."""
        return marks_of_wait(self.conversation, self.waits_since, self.clocks)

    @property
    def solution(self) -> TalkClock | None:
        """The clock until it is solved."""
        return next((each for each in self.clocks if each.name is TalkClockName.SOLUTION), None)


@dataclass(frozen=True)
class Board:
    """The lists beside a conversation: `offered` by colleagues, `mine` (unanswered first), the queue in its order,
    tickets, and `others`: whatever else there is, for those who may take over."""

    offered: tuple[Entry, ...]
    mine: tuple[Entry, ...]
    queue: tuple[Entry, ...]
    tickets: tuple[Entry, ...]
    others: tuple[Entry, ...]


@dataclass(frozen=True)
class Colleague:
    """Somebody a conversation can be offered to, and how many they have."""

    member: Staff
    presence: Presence | None
    load: int

    def there(self, now: datetime) -> bool:
        return self.presence is not None and self.presence.there(now)


@dataclass(frozen=True)
class TalkView:
    """A conversation as one member of staff sees it; `pictures` are the stored files that its lines show, by id."""

    conversation: Conversation
    episode: Episode | None
    buyer: Buyer | None
    lines: tuple[Message, ...]
    earlier: bool
    notes: tuple[Note, ...]
    pictures: dict[str, Evidence]
    cases: tuple[CaseProgress, ...]
    inspection: tuple[Evidence, ...]
    draft: str
    mine: bool
    offered: bool
    clocks: tuple[TalkClock, ...] = ()
    rated: tuple[Episode, ...] = ()
    customer_read: int = 0

    @property
    def marks(self) -> tuple[datetime, ...]:
        """When the colour of its waiting time changes."""
        return marks_of_wait(self.conversation, self.conversation.waiting_since, self.clocks)

    @property
    def claimable(self) -> bool:
        return self.conversation.mode in CLAIMABLE and self.conversation.owner is None

    @property
    def read_to(self) -> int:
        """The number of its newest line."""
        return self.lines[-1].seq if self.lines else 0


def urgency(marks: Sequence[datetime], now: datetime) -> str:
    """How long somebody waits for people, as a colour: from mark to mark `good`, `warn`, `bad`, and `bad over`."""
    return ("good", "warn", "bad", "bad over")[sum(mark <= now for mark in marks)]


def marks_of_wait(
    conversation: Conversation, waits_since: datetime | None, clocks: Collection[TalkClock]
) -> tuple[datetime, ...]:
    """When the colour of a waiting time changes."""
    first = [each for each in clocks if each.name is TalkClockName.FIRST_ANSWER]
    if first and conversation.mode in CLAIMABLE:
        return first[0].marks
    return () if waits_since is None else (waits_since + FIRST_ANSWER_WARN, waits_since + FIRST_ANSWER_LIMIT)


def board(world: World, member: Staff) -> Board:
    """The lists of a member of staff."""
    now, clocks = world.clock.now(), clocks_of_talks(world)
    with world.read() as work:
        waiting = work.ownership.waiting(LISTED)
        owned = work.ownership.owned()
        listed = {each.id for each in (*owned, *(each for each, _ in waiting))}
        recent = work.talk_lists.recent(LISTED) if may(member.role, Permission.TAKE_OVER_TALK) else []
        others = [each for each in recent if each.id not in listed]
        episodes = {each.id: work.episodes.current(each.id) for each in owned} | {each.id: it for each, it in waiting}
        shown = [*owned, *(each for each, _ in waiting), *others]
        entries = {each.conversation.id: each for each in _entries(work, shown, episodes, clocks)}
    mine = [entries[each.id] for each in owned if each.owner == member.name]
    offered = [each for each in owned if _offered(episodes.get(each.id), member, now)]
    colleagues = [each for each in owned if each.owner != member.name and each not in offered]
    watched = [*colleagues, *others] if may(member.role, Permission.TAKE_OVER_TALK) else []
    return Board(
        offered=_of(entries, offered),
        mine=tuple(sorted(mine, key=_unanswered_first)),
        queue=_of(entries, [each for each, _ in waiting if each.mode is Mode.QUEUED]),
        tickets=_of(entries, [each for each, _ in waiting if each.mode is Mode.TICKET]),
        others=_of(entries, watched),
    )


def found(world: World, text: str) -> tuple[Entry, ...]:
    """Conversations by the end of the buyer's telephone number, a number of a case or of an order; newest first."""
    with world.read() as work:
        hits = work.talk_lists.found(text, LISTED)
        episodes = {each.id: work.episodes.current(each.id) for each in hits}
        return tuple(_entries(work, hits, episodes, {}))


def talk_view(world: World, conversation_id: str, member: Staff, *, since: int | None = None) -> TalkView:
    """A conversation with its lines from the number `since` on, else the newest. Raises ConversationNotFound."""
    now = world.clock.now()
    with world.read() as work:
        conversation = work.conversations.get(conversation_id)
        if conversation is None:
            raise ConversationNotFound(conversation_id)
        episode = work.episodes.current(conversation_id)
        lines = work.talk_lists.lines(conversation_id, since, SHOWN_LINES)
        begins = lines[0].at if lines and lines[0].seq > 1 else None
        notes = [each for each in work.notes.of_conversation(conversation_id) if begins is None or each.at >= begins]
        pictures = _pictures(work, lines)
        draft = work.notes.draft(member.name, conversation_id)
        buyer = work.talk_lists.buyers([conversation_id]).get(conversation_id)
        read = work.talk.read_by_customer(conversation_id)
        rated = [each for each in work.episodes.of_conversation(conversation_id) if each.score is not None]
    cases = theirs(world, conversation_id) or of_conversation(world, conversation_id)
    return TalkView(
        conversation=conversation,
        episode=episode,
        buyer=buyer,
        lines=tuple(lines),
        earlier=bool(lines) and lines[0].seq > 1,
        notes=tuple(notes),
        pictures=pictures,
        cases=cases,
        inspection=_inspection(world, cases),
        draft=draft,
        mine=conversation.owner == member.name and conversation.mode in WITH_PEOPLE,
        offered=_offered(episode, member, now),
        clocks=clocks_of_talk(world, conversation, episode) if episode is not None else (),
        rated=tuple(rated),
        customer_read=read,
    )


def colleagues(world: World, member: Staff) -> tuple[Colleague, ...]:
    """Whom one may offer a conversation to: who is there first, of those who has the fewest."""
    now = world.clock.now()
    with world.read() as work:
        presences = {each.name: each for each in work.presences.all()}
        loads = work.ownership.loads()
        talkers = [each for each in work.staff.all() if each.active and may(each.role, Permission.TALK)]
    found = [Colleague(each, presences.get(each.name), loads.get(each.name, 0)) for each in talkers]
    others = [each for each in found if each.member.name != member.name]
    return tuple(sorted(others, key=lambda each: (not each.there(now), each.load, each.member.name)))


def reveal_buyer(world: World, conversation_id: str, member: Staff, *, address: str = "") -> Buyer | None:
    """Name and telephone number in full, which is written down; None for whoever has proven nothing."""
    with world.read() as work:
        if work.conversations.get(conversation_id) is None:
            raise ConversationNotFound(conversation_id)
        buyer = work.talk_lists.buyers([conversation_id]).get(conversation_id)
    if buyer is not None:
        audit.note_look(world, member, "buyer", conversation_id, address=address)
    return buyer


def _entries(
    work: UnitOfWork,
    conversations: Sequence[Conversation],
    episodes: Mapping[str, Episode | None],
    clocks: Mapping[str, tuple[TalkClock, ...]],
) -> list[Entry]:
    ids = [each.id for each in conversations]
    words, pending, buyers = (
        work.talk_lists.last_words(ids),
        work.talk_lists.pending(ids),
        work.talk_lists.buyers(ids),
    )
    entries = [
        _entry(each, episodes.get(each.id), buyers.get(each.id), words.get(each.id), pending.get(each.id))
        for each in conversations
    ]
    return [replace(each, clocks=clocks.get(each.conversation.id, ())) for each in entries]


def _entry(
    conversation: Conversation,
    episode: Episode | None,
    buyer: Buyer | None,
    said: Message | None,
    pending: Pending | None,
) -> Entry:
    waits = conversation.waiting_since
    if conversation.mode in WITH_PEOPLE:
        asked = episode.claimed_at if episode and episode.claimed_at else None
        waits = max(filter(None, (pending.since, asked)), default=None) if pending else None
    return Entry(
        conversation=conversation,
        episode=episode,
        buyer=buyer,
        words=masked_words(said.text) if said else "",
        photo=bool(said and said.payload.get("image")),
        waits_since=waits,
        unread=pending.unread if pending and conversation.mode in WITH_PEOPLE else 0,
    )


def _of(entries: dict[str, Entry], conversations: Collection[Conversation]) -> tuple[Entry, ...]:
    return tuple(entries[each.id] for each in conversations)


def _offered(episode: Episode | None, member: Staff, now: datetime) -> bool:
    return episode is not None and episode.offered(member.name, now)


def _unanswered_first(entry: Entry) -> tuple[bool, timedelta]:
    """Whoever waits longest comes first; of the others, whoever wrote last."""
    wrote = entry.conversation.last_customer_at
    if entry.waits_since is not None:
        return False, entry.waits_since - _EPOCH
    return True, _EPOCH - wrote if wrote else timedelta(0)


def _pictures(work: UnitOfWork, lines: Sequence[Message]) -> dict[str, Evidence]:
    ids = {each.payload["image"] for each in lines if each.payload.get("image")}
    return {each.id: each for each in map(work.evidence.get, sorted(ids)) if each is not None}


def _inspection(world: World, cases: Sequence[CaseProgress]) -> tuple[Evidence, ...]:
    """What staff photographed of the goods of these cases."""
    with world.read() as work:
        pieces = [piece for each in cases for piece in work.evidence.of_case(each.case.id)]
    return tuple(piece for piece in pieces if piece.brought_by is not Role.CUSTOMER)
