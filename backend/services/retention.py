"""Removes photos and videos whose time is over (`evidence.retention_days`, own number): the row stays, with its hash.

What was sent about a case is kept for so long after the case was closed, what belongs to nothing since it was sent. The
hash goes on telling whether the same photo comes again.
"""

from datetime import timedelta

from backend.ports import World

BATCH = 100
"""Files at a time: each is one or two calls to the store."""


def remove_old_evidence(world: World) -> int:
    """Remove the files that may not be kept any longer, some at a time; how many pieces those were.

    Files go first: a worker that dies in between finds them again, and what is gone already is no error.
    """
    now = world.clock.now()
    before = now - timedelta(days=world.rule_book(now).rules.evidence.retention_days)
    with world.read() as work:
        outlived = work.evidence.outlived(before, BATCH)
    for piece in outlived:
        for key in filter(None, (piece.object_key, piece.thumbnail_key)):
            world.evidence.delete(key)
    with world.write() as work:
        for piece in outlived:
            work.evidence.mark_removed(piece.id, now)
        work.commit()
    return len(outlived)
