"""`privacy export | erase`: what is kept of a buyer, handed out or erased for good."""

import json
from argparse import Namespace
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.backup import backups_before
from backend.commands.opening import BadInput, opened
from backend.commands.reading import member
from backend.commands.times import iso
from backend.domain.work import Staff
from backend.errors import EvidenceNotFound, RoleRefused
from backend.ports import World
from backend.services import privacy
from backend.services.privacy import Erased, Export
from backend.settings import Settings

DATA = "data.json"
OPERATOR = "operator"
"""Who exported, where nobody of the staff was named."""

_KINDS = {
    "case": "售后单",
    "refund": "退款",
    "collection": "收款",
    "extra": "补偿",
    "complaint": "投诉",
    "talk": "人工会话",
}


def register(nouns: Commands) -> None:
    """Add the noun `privacy` with its verbs."""
    verbs = nouns.add_parser("privacy", help="买家的个人信息").add_subparsers(required=True, metavar="VERB")
    out = add_command(verbs, "export", _export, help="导出一位买家的全部信息（JSON 和照片），写入文件夹或 .zip")
    out.add_argument("customer", metavar="CUSTOMER", help="买家的下单手机号，或买家编号")
    out.add_argument("--out", metavar="PATH", help="写到哪里，以 .zip 结尾则为压缩包；默认 customer-编号.zip")
    out.add_argument("--as", dest="staff", metavar="STAFF", help="由哪位员工导出，记入操作日志")
    gone = add_command(verbs, "erase", _erase, help="按买家要求删除个人信息，不能撤销；金额、状态和账目保留")
    gone.add_argument("customer", metavar="CUSTOMER", help="买家的下单手机号，或买家编号")
    gone.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="由哪位经理或管理员操作")
    gone.add_argument("--confirmed", action="store_true", help="确定删除；不加则只说明会删除什么")


def _export(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        by = member(world, arguments.staff).name if arguments.staff else OPERATOR
        made = privacy.export(world, arguments.customer, by=by)
        path = Path(arguments.out or f"customer-{made.buyer.id}.zip")
        files = _files(world, made)
    content = {DATA: _page(made).encode(), **files}
    try:
        _write(path, content)
    except OSError as error:
        raise BadInput(f"不能写入 {path}：{error.strerror}") from None
    data = {"customer_id": made.buyer.id, "path": str(path), "files": len(files), "shared": len(made.shared)}
    lines = [f"已导出到 {path}：{DATA} 和 {len(files)} 个照片或视频文件。请只交给买家本人。"]
    if made.shared:
        lines.append(
            f"有 {len(made.shared)} 个会话（{'、'.join(made.shared)}）也属于另一位买家：其中只导出了与本人售后单有关的"
            "通知和照片，其余的话分不清是谁的，没有导出。"
        )
    return Answer(data, lines)


def _files(world: World, made: Export) -> dict[str, bytes]:
    found = {}
    for piece in made.files:
        try:
            found[f"files/{Path(piece.object_key).name}"] = world.evidence.get(piece.object_key)
        except EvidenceNotFound:
            continue  # its time was over a moment ago
    return found


def _page(made: Export) -> str:
    told = {"customer_id": made.buyer.id, "exported_at": iso(made.at), "shared_conversations": made.shared, **made.rows}
    return json.dumps(told, ensure_ascii=False, indent=2)


def _write(path: Path, content: dict[str, bytes]) -> None:
    if path.exists():
        raise BadInput(f"{path} 已存在，不覆盖；请用 --out 给出另一个位置")
    if path.suffix == ".zip":
        with ZipFile(path, "x", ZIP_DEFLATED) as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return
    for name, data in content.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _erase(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        if not arguments.confirmed:
            return _told(privacy.what_erasing_takes(world, arguments.customer))
        try:
            taken = privacy.erase(world, arguments.customer, by=Staff(actor.name, actor.role))
        except RoleRefused:
            raise BadInput(f"{actor.name} 不能删除个人信息；请由经理或管理员操作") from None
        left = backups_before(world.evidence, world.clock.now())
    lines = [f"已删除买家 {taken.customer_id} 的个人信息：{_amount(taken)}。金额、状态和账目保留。"]
    if left:
        lines.append(f"此前的 {left} 份备份里还有这些信息（见 backup list）；恢复时会再次删除，过期的备份请删除。")
    return Answer(_json(taken, erased=True), lines)


def _told(would: Erased) -> Answer:
    """What an erasure would do: nothing has been done, which the exit status says too."""
    lines = [f"会删除买家 {would.customer_id} 的个人信息：{_amount(would)}。"]
    if would.shared:
        lines.append(
            f"其中 {len(would.shared)} 个会话（{'、'.join(would.shared)}）也属于另一位买家，里面的话会一并删除。"
        )
    if would.open_matters:
        rows = [(_KINDS[each.kind], each.number) for each in would.open_matters]
        lines += ["现在还不能删除，请先办结：", *table(("事项", "编号"), rows)]
    else:
        lines += ["还没有删除。删除后不能恢复；确定要删除，请加上 --confirmed。"]
    return Answer(_json(would, erased=False), lines, status=1)


def _amount(each: Erased) -> str:
    return f"{each.conversations} 个会话、{each.photos} 个照片或视频，以及 {each.cases} 张售后单里的文字"


def _json(each: Erased, *, erased: bool) -> dict[str, object]:
    open_matters = [vars(matter) for matter in each.open_matters]
    return {**vars(each), "open_matters": open_matters, "erased": erased}
