"""The audit trail as tests read it: whoever asks."""

from backend.domain.audit import AuditEntry
from backend.ports import World
from backend.services.audit import PAGE


def audit_trail(
    world: World, *, actor: str | None = None, subject: str | None = None, before: int | None = None
) -> list[AuditEntry]:
    """One page of it, newest first."""
    with world.read() as work:
        return work.audit.find(actor=actor, subject=subject, before=before, limit=PAGE)
