"""The merchant's own canned replies: added, changed and removed by whoever may; each change is written down.

What the rule book has to be said is none of them: it goes the way of a change of rules, with an approver.
"""

from backend.domain.access import Permission
from backend.domain.canned import OwnReply, ReplyText, mistake_in, tidy
from backend.domain.work import Staff
from backend.errors import CannedReplyNotFound, CannedReplyRefused, Conflict
from backend.ports import UnitOfWork, World
from backend.services import audit
from backend.services.permissions import require

_MANAGE = Permission.MANAGE_REPLIES


def own_replies(world: World) -> list[OwnReply]:
    """All of them, by title."""
    with world.read() as work:
        return work.own_replies.all()


def texts_of_rules(world: World) -> dict[str, tuple[str, ...]]:
    """What the rule book in force has to be said word for word, by kind: statements approved for a crisis
    (`crisis.statement_templates`), and what is said to whoever is upset (`tone.empathy_templates`).
    """
    rules = world.rule_book(world.clock.now()).rules_for()
    return {"statement": rules.crisis.statement_templates, "empathy": rules.tone.empathy_templates}


def add_reply(world: World, by: Staff, wanted: ReplyText) -> OwnReply:
    """A new one. Raises RoleRefused, CannedReplyRefused, and Conflict (subject `title`) for a title in use."""
    text = _checked(world, by, wanted)
    now = world.clock.now()
    with world.write() as work:
        added = work.own_replies.add(text, by.name, now)
        _note(world, work, by, "added", added.title, text=added.text)
        work.commit()
    return added


def change_reply(world: World, by: Staff, reply_id: int, version: int, wanted: ReplyText) -> None:
    """Write another text, if it is still the one that was seen.

    Raises RoleRefused, CannedReplyRefused, CannedReplyNotFound, and Conflict for a title in use or when somebody else
    has changed it meanwhile.
    """
    text = _checked(world, by, wanted)
    now = world.clock.now()
    with world.write() as work:
        before = _found(work, reply_id)
        if not work.own_replies.change(reply_id, version, text, by.name, now):
            raise Conflict(f"reply {before.title} is of version {before.version} by now", subject="reply")
        _note(world, work, by, "changed", text.title, was=before.text, text=text.text)
        work.commit()


def remove_reply(world: World, by: Staff, reply_id: int, version: int) -> None:
    """Raises RoleRefused, CannedReplyNotFound, and Conflict when somebody has changed it meanwhile."""
    require(by, _MANAGE)
    with world.write() as work:
        before = _found(work, reply_id)
        if not work.own_replies.remove(reply_id, version):
            raise Conflict(f"reply {before.title} is of version {before.version} by now", subject="reply")
        _note(world, work, by, "removed", before.title, was=before.text)
        work.commit()


def _checked(world: World, by: Staff, wanted: ReplyText) -> ReplyText:
    require(by, _MANAGE)
    text = tidy(wanted)
    mistake = mistake_in(text, world.rule_book(world.clock.now()).rules_for().tone.banned_words)
    if mistake is not None:
        raise CannedReplyRefused(*mistake)
    return text


def _found(work: UnitOfWork, reply_id: int) -> OwnReply:
    found = work.own_replies.get(reply_id)
    if found is None:
        raise CannedReplyNotFound(reply_id)
    return found


def _note(world: World, work: UnitOfWork, by: Staff, deed: str, title: str, *, was: str = "", text: str = "") -> None:
    audit.note(world, work, by.name, f"replies:reply:{deed}", title, was=was, text=text)
