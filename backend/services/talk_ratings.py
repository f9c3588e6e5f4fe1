"""What customers think of a conversation with people: kept once for each episode, a low score brings a call-back."""

from backend.domain.case import Role
from backend.domain.conversation import Message
from backend.domain.ownership import Episode
from backend.domain.rating import LEAST, MOST
from backend.errors import RatingRefused
from backend.ports import UnitOfWork, World
from backend.services.conversations import Notice, say
from backend.services.talk_alerts import alert_talk

INVITATION = "rate_talk"
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
        say(world, work, conversation, _thanks(low) if rated else Notice("talk_rated_before"))
        work.commit()
    return rated


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


def _thanks(low: bool) -> Notice:
    return Notice("talk_rated", {"low": low})


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
            work, episode, "task", role, now, about="call_back", staff_name=staff_name, score=score, rated_staff=name
        )
