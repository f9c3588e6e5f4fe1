"""`backup make | check | restore | list`: the shop's data in one file, and back."""

import json
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from backend.adapters.backup_archive import (
    COPIED,
    Manifest,
    Part,
    checked_archive,
    make_archive,
    read_part,
    sha256_of,
)
from backend.adapters.database_copy import kind_of, load_database, require_empty
from backend.adapters.evidence_store import open_evidence_store
from backend.adapters.migrations import HEAD, upgrade
from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.times import local
from backend.domain.erasing import ErasureRecord
from backend.errors import BackupRefused, Conflict
from backend.ports.outside import EvidenceStore
from backend.services.erasure_records import FOLDER as ERASURES
from backend.services.erasure_records import all_records
from backend.services.privacy import Erased, erase_again
from backend.settings import Settings

PHOTOS = "evidence/"
"""Where photos and films lie in the evidence store, and in an archive."""

INDEX = "backups/"
"""Where in the evidence store it is noted which backups were made."""


def register(nouns: Commands) -> None:
    """Add the noun `backup` with its verbs."""
    verbs = nouns.add_parser("backup", help="备份与恢复").add_subparsers(required=True, metavar="VERB")
    made = add_command(verbs, "make", _make, help="备份数据库和照片到一个文件，期间照常服务")
    made.add_argument("file", metavar="FILE", help="新文件，例如 /backup/anxin-20261122.tar")
    made.add_argument("--without-photos", action="store_true", help="照片留在原处，例如存储桶自己保留历史版本时")
    looked = add_command(verbs, "check", _check, help="检查备份文件是否完整")
    looked.add_argument("file", metavar="FILE")
    back = add_command(verbs, "restore", _restore, help="恢复到空的数据库和照片存储，并升级表结构")
    back.add_argument("file", metavar="FILE")
    back.add_argument("--erasures", metavar="URL", help="原照片存储的地址：备份之后的删除记录在那里，恢复后会再次删除")
    back.add_argument("--without-photos", action="store_true", help="只恢复数据库：照片还在照片存储里")
    add_command(verbs, "list", _list, help="列出做过的备份，以及之后删除过个人信息的买家数")


def _make(arguments: Namespace, settings: Settings) -> Answer:
    path, store = Path(arguments.file).absolute(), open_evidence_store(settings.evidence_url)
    now = datetime.now(timezone.utc)
    left_at = settings.evidence_url if arguments.without_photos else None
    try:
        manifest = make_archive(path, settings.database_url, store, made_at=now.isoformat(), left_at=left_at)
    except OSError as error:
        raise BadInput(f"不能写入 {path}：{error.strerror}") from None
    noted = {"file": str(path), "made_at": manifest.made_at, "size": path.stat().st_size, "sha256": sha256_of(path)}
    store.put(f"{INDEX}{now:%Y%m%dT%H%M%S%f}.json", json.dumps({**noted, "schema": manifest.schema}).encode())
    return Answer({**noted, **_data(manifest)}, [f"已备份到 {path}", *_lines(manifest)])


def _check(arguments: Namespace, _settings: Settings) -> Answer:
    with checked_archive(Path(arguments.file)) as (manifest, _, _):
        return Answer(_data(manifest), [f"{arguments.file} 完整。", *_lines(manifest)])


def _restore(arguments: Namespace, settings: Settings) -> Answer:
    with checked_archive(Path(arguments.file)) as (manifest, archive, database):
        _require_fitting(manifest, settings)
        store = open_evidence_store(settings.evidence_url)
        records = all_records(open_evidence_store(arguments.erasures)) if arguments.erasures else []
        with_photos = manifest.evidence == COPIED and not arguments.without_photos
        if with_photos and store.keys(PHOTOS):
            raise BackupRefused("not_empty", settings.evidence_url)
        try:
            with ExitStack() as undo:
                for part in manifest.parts[1:]:
                    if _is_photo(part) and not with_photos:
                        continue
                    if _put(store, part.name, read_part(archive, part.name).read()):
                        undo.callback(store.delete, part.name)
                load_database(database, settings.database_url)
                undo.pop_all()
        except OSError as error:
            raise BadInput(f"没有恢复，已写入的照片已撤回：{error.filename or ''} {error.strerror}") from None
    before, after = upgrade(settings.database_url)
    erased = _erased_again(settings, store, records)
    made = local(datetime.fromisoformat(manifest.made_at))
    lines = [f"已恢复 {made} 的备份；表结构 {before} → {after}。", *_lines(manifest), *_told(erased)]
    if not with_photos:
        lines.append("照片没有恢复，继续使用照片存储里的。")
    return Answer({**_data(manifest), "schema_now": after, "erased_again": [asdict(each) for each in erased]}, lines)


def _list(_arguments: Namespace, settings: Settings) -> Answer:
    store = open_evidence_store(settings.evidence_url)
    known: list[dict[str, Any]] = [json.loads(store.get(key)) for key in sorted(store.keys(INDEX))]
    records = all_records(store)
    for each in known:
        each["there"] = Path(each["file"]).is_file()
        made = datetime.fromisoformat(each["made_at"])
        each["erased_since"] = sum(record.at > made for record in records)
    rows = [
        (
            local(datetime.fromisoformat(each["made_at"])),
            each["file"],
            _size(each["size"]),
            "在" if each["there"] else "不在",
            str(each["erased_since"]),
        )
        for each in known
    ]
    head = ("时间", "文件", "大小", "文件在否", "之后删除的买家")
    return Answer(known, table(head, rows) if rows else ["还没有备份。"])


def backups_before(store: EvidenceStore, at: datetime) -> int:
    """How many backups that were made before then are noted: they still hold what was erased then."""
    found = (json.loads(store.get(key)) for key in store.keys(INDEX))
    return sum(datetime.fromisoformat(each["made_at"]) < at and Path(each["file"]).is_file() for each in found)


def _require_fitting(manifest: Manifest, settings: Settings) -> None:
    if kind_of(settings.database_url) != manifest.database:
        raise BackupRefused("other_kind", manifest.database)
    if manifest.schema > HEAD:
        raise BackupRefused("newer", manifest.schema)
    require_empty(settings.database_url)


def _is_photo(part: Part) -> bool:
    return part.name.startswith(PHOTOS)


def _put(store: EvidenceStore, key: str, content: bytes) -> bool:
    """False for the record of an erasure that the store has already."""
    try:
        store.put(key, content)
    except Conflict:
        if not key.startswith(ERASURES):
            raise
        return False
    return True


def _erased_again(settings: Settings, store: EvidenceStore, records: list[ErasureRecord]) -> list[Erased]:
    known = {(each.customer_id, each.salt): each for each in [*all_records(store), *records]}
    with opened(settings) as world:
        return erase_again(world, sorted(known.values(), key=lambda each: each.at))


def _told(erased: list[Erased]) -> list[str]:
    lines = [f"已再次删除备份之后要求删除的 {len(erased)} 位买家。"] if erased else []
    for each in erased:
        if each.open_matters:
            numbers = "、".join(matter.number for matter in each.open_matters)
            lines.append(f"买家 {each.customer_id} 在备份里还有未结束的事项，请核对：{numbers}")
    return lines


def _data(manifest: Manifest) -> dict[str, Any]:
    told = asdict(manifest)
    return {**told, "parts": len(manifest.parts)}


def _lines(manifest: Manifest) -> list[str]:
    counted = manifest.rows
    shown = {"订单": "shop_order", "售后单": "after_sales_case", "消息": "message", "退款": "refund_leg"}
    rows = "、".join(f"{name} {counted.get(table_name, 0)}" for name, table_name in shown.items())
    photos = sum(map(_is_photo, manifest.parts))
    kept = (
        f"照片和视频 {photos} 个文件" if manifest.evidence == COPIED else f"照片和视频不在备份里，仍在 {manifest.store}"
    )
    lines = [f"数据库 {manifest.database}，表结构 {manifest.schema}：{rows}", kept]
    return [*lines, f"备份时已不在的文件：{len(manifest.missing)} 个"] if manifest.missing else lines


def _size(number: int) -> str:
    return f"{number / 2**20:.1f} MB"
