"""Who works for the shop, as an administrator keeps it: roles, leaving, passwords, log-ins, who is there."""

from dataclasses import dataclass

from backend.domain.access import Permission, may
from backend.domain.case import Role
from backend.domain.ownership import Presence
from backend.domain.work import Staff
from backend.errors import StaffChangeRefused, StaffNotFound
from backend.ports import UnitOfWork, World
from backend.services import access, audit
from backend.services.ownership import put_back
from backend.services.permissions import require
from backend.services.staff import add_staff


@dataclass(frozen=True)
class StaffLine:
    """A member of staff as the list shows them: whether they can log in, where they are, how much they hold."""

    member: Staff
    has_account: bool
    presence: Presence | None
    there: bool
    talks: int
    sessions: int


def staff_list(world: World, by: Staff) -> list[StaffLine]:
    """Everybody, by name. Raises RoleRefused."""
    require(by, Permission.MANAGE_STAFF)
    now = world.clock.now()
    with world.read() as work:
        presences = {each.name: each for each in work.presences.all()}
        loads = work.ownership.loads()
        known = [(member, work.accounts.get(member.name) is not None) for member in work.staff.all()]
    return [
        StaffLine(
            member=member,
            has_account=has_account,
            presence=presences.get(member.name),
            there=member.name in presences and presences[member.name].there(now),
            talks=loads.get(member.name, 0),
            sessions=len(access.living_sessions(world, member.name)),
        )
        for member, has_account in known
    ]


def hire(world: World, name: str, role: Role, *, by: Staff) -> tuple[Staff, str]:
    """A new member with a password that is told once. Raises RoleRefused, StaffRefused, Conflict."""
    require(by, Permission.MANAGE_STAFF)
    member = add_staff(world, name, role)
    with world.write() as work:
        audit.note(world, work, by.name, "staff:added:done", member.name, role=role.value)
        work.commit()
    return member, access.give_password(world, member.name, by=by.name)


def new_password(world: World, name: str, *, by: Staff) -> str:
    """Told once; their sessions end. Raises RoleRefused, StaffNotFound."""
    require(by, Permission.MANAGE_STAFF)
    with world.read() as work:
        _member(work, name)
    return access.give_password(world, name, by=by.name)


def throw_out(world: World, name: str, *, by: Staff) -> int:
    """End all their log-ins; how many there were. Raises RoleRefused, StaffNotFound."""
    require(by, Permission.MANAGE_STAFF)
    with world.read() as work:
        _member(work, name, active=False)
    return access.revoke_sessions(world, name, by=by.name)


def change_role(world: World, name: str, role: Role, *, by: Staff) -> None:
    """Their log-ins end, and what they talk about goes back to the queue where the new role does not talk.

    Raises RoleRefused, StaffNotFound, StaffChangeRefused.
    """
    require(by, Permission.MANAGE_STAFF)
    with world.write() as work:
        member = _member(work, name)
        if member.role is role:
            return
        _refuse_losing_administrators(work, member, by.name)
        work.staff_keeping.set_role(name, role)
        work.sessions.revoke_all(name)
        audit.note(world, work, by.name, "staff:role:changed", name, was=member.role.value, now=role.value)
        work.commit()
    if not may(role, Permission.TALK):
        _give_up_talks(world, name, by=by.name)


def deactivate(world: World, name: str, *, by: Staff) -> int:
    """They cannot log in any more, and what they talk about goes back to the queue: how many conversations.

    Raises RoleRefused, StaffNotFound, StaffChangeRefused for oneself and for the last administrator.
    """
    require(by, Permission.MANAGE_STAFF)
    return let_go(world, name, by=by.name)


def let_go(world: World, name: str, *, by: str) -> int:
    """`deactivate` for whoever has the command line."""
    with world.write() as work:
        member = _member(work, name)
        _refuse_losing_administrators(work, member, by)
        work.staff_keeping.set_active(name, False)
        work.sessions.revoke_all(name)
        audit.note(world, work, by, "staff:deactivated:done", name)
        work.commit()
    return _give_up_talks(world, name, by=by)


def reactivate(world: World, name: str, *, by: Staff) -> str:
    """They are back: a new password, told once. Raises RoleRefused, StaffNotFound."""
    require(by, Permission.MANAGE_STAFF)
    with world.write() as work:
        _member(work, name, active=False)
        work.staff_keeping.set_active(name, True)
        audit.note(world, work, by.name, "staff:reactivated:done", name)
        work.commit()
    return access.give_password(world, name, by=by.name)


def _member(work: UnitOfWork, name: str, *, active: bool = True) -> Staff:
    member = work.staff.get(name)
    if member is None or (active and not member.active):
        raise StaffNotFound(name)
    return member


def _refuse_losing_administrators(work: UnitOfWork, member: Staff, by: str) -> None:
    """Somebody has to be left who can let others in; nobody takes their own keys away."""
    if member.name == by:
        raise StaffChangeRefused("oneself")
    if member.role is Role.ADMIN and work.staff_keeping.lock_administrators() == [member.name]:
        raise StaffChangeRefused("last_admin")


def _give_up_talks(world: World, name: str, *, by: str) -> int:
    with world.read() as work:
        owned = work.ownership.owned(name)
    return sum(_put_back(world, conversation.id, name, by) for conversation in owned)


def _put_back(world: World, conversation_id: str, name: str, by: str) -> bool:
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = work.episodes.current(conversation_id)
        if conversation.owner != name or episode is None:
            return False
        given = put_back(world, work, conversation, episode, by=f"staff:{by}")
        work.commit()
    return given
