"""`bindings list | revoke`: which channel accounts are bound to which buyers, and ending that."""

from argparse import Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import member
from backend.commands.times import iso, local
from backend.domain.binding import Binding
from backend.domain.masking import masked_phone
from backend.domain.work import Staff
from backend.errors import BindingNotFound, RoleRefused
from backend.services import bindings
from backend.settings import Settings

_HEAD = ("绑定编号", "渠道", "渠道账号", "买家手机", "验证时间", "最近来信", "解绑时间")


def register(nouns: Commands) -> None:
    """Add the noun `bindings` with its verbs."""
    verbs = nouns.add_parser("bindings", help="渠道账号与买家的绑定").add_subparsers(required=True, metavar="VERB")
    listed = add_command(verbs, "list", _list, help="列出一位买家的所有账号，或一个会话绑定的买家")
    listed.add_argument("phone", metavar="CUSTOMER_PHONE", nargs="?", help="买家的下单手机号")
    listed.add_argument("--conversation", metavar="ID", help="会话编号")
    ended = add_command(verbs, "revoke", _revoke, help="解除一个绑定，之后须重新验证才能查看订单和售后")
    ended.add_argument("binding_id", metavar="ID", help="绑定编号，见 bindings list")
    ended.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="由哪位员工操作")


def _list(arguments: Namespace, settings: Settings) -> Answer:
    if (arguments.phone is None) == (arguments.conversation is None):
        raise BadInput("请给出买家手机号，或 --conversation 会话编号，二者选一")
    with opened(settings) as world:
        if arguments.phone is not None:
            found = bindings.bindings_of_phone(world, arguments.phone)
        else:
            found = bindings.bindings_of_conversation(world, arguments.conversation)
    lines = table(_HEAD, [_cells(each) for each in found]) if found else ["没有绑定。"]
    return Answer([_json(each) for each in found], lines)


def _revoke(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        try:
            ended = bindings.revoke(world, arguments.binding_id, by=Staff(actor.name, actor.role))
        except BindingNotFound:
            raise BadInput(f"没有生效中的绑定 {arguments.binding_id}；用 bindings list 查看编号") from None
        except RoleRefused:
            raise BadInput(f"{actor.name} 不能解除绑定；请由客服、主管或经理操作") from None
    told = f"已解除 {ended.channel} 账号 {ended.channel_user_id} 与买家 {masked_phone(ended.buyer_phone)} 的绑定。"
    return Answer({"id": ended.id, "revoked": True}, [told])


def _cells(each: Binding) -> tuple[str, ...]:
    times = (local(time) for time in (each.at, each.last_customer_at, each.revoked_at))
    return (each.id, each.channel, each.channel_user_id, masked_phone(each.buyer_phone), *times)


def _json(each: Binding) -> dict[str, Any]:
    return {
        "id": each.id,
        "conversation_id": each.conversation_id,
        "channel": each.channel,
        "channel_user_id": each.channel_user_id,
        "buyer_phone": each.buyer_phone,
        "how": each.how,
        "at": iso(each.at),
        "last_customer_at": iso(each.last_customer_at),
        "revoked_at": iso(each.revoked_at),
    }
