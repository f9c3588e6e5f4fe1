"""`staff add | list | password | deactivate`: who works for the shop, and who may log in to the desk."""

from argparse import Namespace

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.domain.case import STAFF_ROLES, Role
from backend.errors import Conflict
from backend.services.access import give_password
from backend.services.staff import actor_named, add_staff
from backend.services.staff_keeping import let_go
from backend.settings import Settings

OPERATOR = "operator"
"""Whom the audit trail names for what was done on the command line."""


def register(nouns: Commands) -> None:
    """Add the noun `staff` with its verbs."""
    verbs = nouns.add_parser("staff", help="员工").add_subparsers(required=True, metavar="VERB")
    add = add_command(verbs, "add", _add, help="添加员工")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True, help="、".join(role.value for role in STAFF_ROLES))
    add_command(verbs, "list", _list, help="列出员工")
    add_command(verbs, "password", _password, help="生成工作台的新密码（只显示这一次）").add_argument(
        "name", metavar="NAME"
    )
    add_command(verbs, "deactivate", _deactivate, help="停用员工：退出登录，会话回到排队").add_argument(
        "name", metavar="NAME"
    )


def _add(arguments: Namespace, settings: Settings) -> Answer:
    roles = [role.value for role in STAFF_ROLES]
    if arguments.role not in roles:
        raise BadInput(f"没有角色 {arguments.role}；可用：{'、'.join(roles)}")
    with opened(settings) as world:
        try:
            member = add_staff(world, arguments.name, Role(arguments.role))
        except Conflict as taken:
            raise BadInput(f"已经有员工 {arguments.name}；用 staff list 查看") from taken
    return Answer(
        {"name": member.name, "role": member.role.value}, [f"已添加员工 {member.name}（{member.role.label}）。"]
    )


def _password(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = actor_named(world, arguments.name)
        password = give_password(world, actor.name, by=OPERATOR)
    lines = [f"{actor.name} 的新密码：{password}", "只显示这一次；原有登录已全部结束。"]
    return Answer({"name": actor.name, "password": password}, lines)


def _deactivate(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        talks = let_go(world, arguments.name, by=OPERATOR)
    return Answer({"name": arguments.name, "talks": talks}, [f"已停用 {arguments.name}，{talks} 个会话回到排队。"])


def _list(_arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world, world.read() as work:
        members = work.staff.all()
    data = [{"name": each.name, "role": each.role.value, "active": each.active} for each in members]
    rows = [(each.name, each.role.label, "在职" if each.active else "停用") for each in members]
    return Answer(data, table(("姓名", "角色", "状态"), rows) if rows else ["没有员工。"])
