"""What customers think of a conversation with people: kept once for each episode, a low score brings a call-back."""

from backend.domain.case import Role
from backend.domain.conversation import Conversation, Message
from backend.domain.ownership import Episode
from backend.domain.rating import LEAST, MOST
from backend.errors import RatingRefused
from backend.ports import UnitOfWork, World
from backend.services.conversations import Notice, say
from backend.services.talk_alerts import alert_talk

INVITATION = "rate_talk"
WORDS_ASKED = "talk_words_asked"
WORDS_LENGTH = 1000
_ASKS_FOR_SCORES = (INVITATION, "case_closed")


def rate_talk(world: World, conversation_id: str, episode_id: int, score: int) -> bool:
    """Keep a customer's score for an episode and thank them; False when it had been rated, which stays.

    Raises RatingRefused for a score off the scale or an episode of another conversation.
    """
    if not LEAST <= score <= MOST:
        raise RatingRefused("score", f"give a whole number from {LEAST} to {MOST}, not {score}")
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = _episode(work, conversation_id, episode_id)
        rated = work.episodes.rate(episode.id, score, "")
        low = score <= world.rule_book(world.clock.now()).rules_for().csat.low_alert
        if rated and low:
            _ask_for_call_back(world, work, episode, score)
        thanks = Notice("talk_rated", {"low": low, "episode": episode.id})
        say(world, work, conversation, thanks if rated else Notice("talk_rated_before"))
        work.commit()
    return rated


def ask_words(world: World, conversation_id: str, episode_id: int) -> None:
    """Ask what was not good, once for each episode. Raises RatingRefused for an episode of another conversation."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = _episode(work, conversation_id, episode_id)
        params = {"episode": episode.id}
        say(world, work, conversation, Notice(WORDS_ASKED, params, dedupe_key=f"{WORDS_ASKED}:{episode.id}"))
        work.commit()


def words_wanted(work: UnitOfWork, conversation: Conversation, message: Message) -> int | None:
    """The episode whose words were asked for with the line just before this message; None where they were not."""
    if not conversation.epoch:  # people have never had it
        return None
    newest = work.talk.last_before(message.conversation_id, message.seq)
    just_now = newest is not None and newest.template == WORDS_ASKED
    return int(newest.payload["params"]["episode"]) if newest is not None and just_now else None


def add_words(world: World, conversation_id: str, episode_id: int, words: str) -> bool:
    """Keep the words that follow a score and thank for them; False when there is no score, or it has words already.

    Raises RatingRefused for nothing said, and for an episode of another conversation.
    """
    said = words.strip()[:WORDS_LENGTH]
    if not said:
        raise RatingRefused("words", "say something")
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = _episode(work, conversation_id, episode_id)
        added = work.episodes.add_words(episode.id, said)
        if added:
            say(world, work, conversation, Notice("talk_words_kept"))
        work.commit()
    return added


def invited(world: World, message: Message) -> tuple[int, bool] | None:
    """The episode that a customer was asked to rate before this message, and whether nothing was said since.

    None where nothing was asked, or the score of a case was asked for later.
    """
    with world.read() as work:
        asked = work.talk.last_told(message.conversation_id, _ASKS_FOR_SCORES)
        newest = work.talk.last_before(message.conversation_id, message.seq)
    if asked is None or asked.template != INVITATION:
        return None
    return int(asked.payload["params"]["episode"]), newest is not None and newest.id == asked.id


def _episode(work: UnitOfWork, conversation_id: str, episode_id: int) -> Episode:
    for episode in work.episodes.of_conversation(conversation_id):
        if episode.id == episode_id:
            return episode
    raise RatingRefused("episode", f"conversation {conversation_id} has no episode {episode_id}")


def _ask_for_call_back(world: World, work: UnitOfWork, episode: Episode, score: int) -> None:
    """Whoever talked with them is to call back, and the supervisor knows."""
    asked = work.messages.by_dedupe_key(f"{INVITATION}:{episode.id}")
    name = asked.payload["params"]["name"] if asked is not None else episode.claimed_by
    now = world.clock.now()
    for role, staff_name in ((Role.AGENT, name), (Role.SUPERVISOR, None)):
        alert_talk(
            work,
            episode,
            "task",
            role,
            now,
            about="call_back",
            staff_name=staff_name,
            score=score,
            rated_staff=name,
        )
