"""The services' own check of who may do what: pages are not the only way in."""

from backend.domain.access import Permission, may
from backend.domain.work import Staff
from backend.errors import RoleRefused


def require(member: Staff, permission: Permission) -> None:
    """Raises RoleRefused."""
    if not may(member.role, permission):
        raise RoleRefused(permission.value)
