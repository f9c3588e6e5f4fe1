"""Who works for the shop, and who acts when somebody is named."""

from functools import lru_cache
from pathlib import Path

import yaml

from backend.domain.case import STAFF_ROLES, Actor, Role
from backend.domain.work import Staff
from backend.errors import StaffNotFound, StaffRefused
from backend.ports import World

_NAMES = Path(__file__).with_name("reserved_names.yml")


@lru_cache(maxsize=1)
def reserved_names() -> frozenset[str]:
    """Names that mean a role, or that logs, talks and papers have for somebody else: the system, the customer."""
    of_others = (role.label for role in Role if role not in STAFF_ROLES)
    return frozenset((*(role.value for role in Role), *of_others, *yaml.safe_load(_NAMES.read_text(encoding="utf-8"))))


def add_staff(world: World, name: str, role: Role) -> Staff:
    """Add a member of staff. Raises StaffRefused for a name or role that cannot be, Conflict for a name in use."""
    plain = name.strip()
    if not plain or len(plain) > 60 or plain.lower() in reserved_names():
        raise StaffRefused(plain, "a name has 1 to 60 characters and is none that the system has for others")
    if role not in STAFF_ROLES:
        raise StaffRefused(plain, f"a role is one of {', '.join(each.value for each in STAFF_ROLES)}")
    member = Staff(plain, role)
    with world.write() as work:
        work.staff.add(member, world.clock.now())
        work.commit()
    return member


def actor_named(world: World, name: str) -> Actor:
    """The member of staff of that name as an actor. Raises StaffNotFound."""
    with world.read() as work:
        member = work.staff.get(name)
    if member is None or not member.active:
        raise StaffNotFound(name)
    return Actor(member.role, member.name)
