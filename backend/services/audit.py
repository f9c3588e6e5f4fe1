"""The audit trail: written with what it tells of, in the same transaction; read page by page."""

from datetime import datetime
from typing import Any

from backend.domain.access import Permission
from backend.domain.audit import AuditEntry
from backend.domain.work import Staff
from backend.ports import UnitOfWork, World
from backend.services.permissions import require

PAGE = 50


def note(
    world: World, work: UnitOfWork, actor: str, action: str, subject: str = "", *, address: str = "", **detail: Any
) -> None:
    """Write a line in this unit of work; `action` as `AuditEntry` says, `detail` plain JSON."""
    work.audit.add(AuditEntry(world.clock.now(), actor, action, subject, detail, address))


def note_look(world: World, member: Staff, what: str, subject: str = "", *, address: str = "", **detail: Any) -> None:
    """Write that personal data was looked at, in a transaction of its own."""
    with world.write() as work:
        note(world, work, member.name, f"personal:{what}:seen", subject, address=address, **detail)
        work.commit()


def search_trail(
    world: World,
    by: Staff,
    *,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> list[AuditEntry]:
    """One page of the lines that match, newest first; `action` may be only its beginning. Raises RoleRefused."""
    require(by, Permission.SEE_AUDIT)
    with world.read() as work:
        return work.audit.find(
            actor=actor or None,
            action=action or None,
            subject=subject or None,
            since=since,
            until=until,
            before=before,
            limit=PAGE,
        )
