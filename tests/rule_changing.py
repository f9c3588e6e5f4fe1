"""Other rules come into force: proposed by one member of staff, confirmed by another."""

from collections.abc import Mapping

from backend.domain.case import Role
from backend.ports import World
from backend.services import rule_changes
from backend.services.staff import add_staff

ADDRESS: Mapping[str, str] = {
    "return.address.receiver": '"安心家居退货组"',
    "return.address.phone": '"02161234567"',
    "return.address.address": '"上海市嘉定区安亭路 8 号 2 号门"',
}
"""The merchant's own address, as the rule book's text holds it."""


def put_in_force(world: World, **values: str) -> None:
    """Change these parameters of the rule book, from now on."""
    author, second = (add_staff(world, name, Role.ADMIN) for name in ("规则作者", "规则审核"))
    base = rule_changes.newest_version(world)
    text = rule_changes.edited_values(world, base[0], values)
    now = world.clock.now()
    change = rule_changes.propose_change(world, text, note="测试", effective_from=now, base=base, by=author)
    rule_changes.confirm_change(world, change, by=second)
