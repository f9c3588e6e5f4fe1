"""Removes what may not be kept any longer: files by `evidence.retention_days`, talk by `transcript_retention_days`.

What was sent about a case is kept for so long after the case was closed, what belongs to nothing since it was sent. The
row stays, with its hash, which goes on telling whether the same photo comes again. Words are kept for so long after
somebody last wrote in their conversation, and as long as something of it is under way. Both numbers are our own.
"""

from datetime import datetime, timedelta

from backend.errors import ConversationNotFound
from backend.ports import World
from backend.services.evidence import delete_files

BATCH = 100
"""Files or conversations at a time: of files each is one or two calls to the store."""


def remove_old_evidence(world: World) -> int:
    """Remove the files that may not be kept any longer, some at a time; how many pieces those were.

    Files go first: a worker that dies in between finds them again, and what is gone already is no error.
    """
    now = world.clock.now()
    before = now - timedelta(days=world.rule_book(now).rules.evidence.retention_days)
    with world.read() as work:
        outlived = work.evidence.outlived(before, BATCH)
    delete_files(world, outlived)
    with world.write() as work:
        for piece in outlived:
            work.evidence.mark_removed(piece.id, now)
        work.commit()
    return len(outlived)


def forget_old_transcripts(world: World) -> int:
    """Remove what was said in conversations that are quiet for long, and what the dialogue remembers; in how many.

    Whoever writes there again goes on as somebody whom the bot knows by their proof alone.
    """
    now = world.clock.now()
    before = now - timedelta(days=world.rule_book(now).rules.privacy.transcript_retention_days)
    with world.read() as work:
        quiet = work.transcripts.quiet(before, BATCH)
    return sum(_forget(world, conversation_id, before) for conversation_id in quiet)


def _forget(world: World, conversation_id: str, before: datetime) -> bool:
    """False when it has been gone on with meanwhile, by the customer, by staff, or with word of a case."""
    with world.write() as work:
        try:
            work.conversations.lock(conversation_id)
        except ConversationNotFound:
            return False
        if not work.transcripts.is_quiet(conversation_id, before):
            return False
        work.transcripts.forget([conversation_id])
        work.commit()
    return True
