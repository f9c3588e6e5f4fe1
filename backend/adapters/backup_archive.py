"""A backup as one tar file: the database's copy, the files it speaks of, records of erasures, and a manifest of it all.

The manifest has the size and the SHA-256 of every part, so that a damaged archive is known before it is believed.
"""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from backend.adapters.database_copy import SQLITE, DatabaseCopy, copy_database, describe_sqlite
from backend.errors import BackupRefused, EvidenceNotFound
from backend.ports.outside import EvidenceStore

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = {SQLITE: "database.sqlite", "postgresql": "database.dump"}
COPIED, LEFT = "copied", "left where it is"
_CHUNK = 2**20


@dataclass(frozen=True)
class Part:
    """One member of the archive; size in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `made_at` is ISO 8601 in UTC; `evidence` says whether photos are in it or lie elsewhere."""

    made_at: str
    database: str
    schema: str
    rows: dict[str, int]
    evidence: str
    parts: tuple[Part, ...] = ()
    missing: tuple[str, ...] = ()
    format: int = FORMAT
    store: str = field(default="")


def make_archive(
    path: Path, database_url: str, store: EvidenceStore, *, made_at: str, left_at: str | None = None
) -> Manifest:
    """Write a backup to a new file that only its owner may read. Raises BackupRefused; nothing is left then.

    Photos are in it, wherever they are kept, unless they are to be left where they are: at that address.
    """
    if path.exists():
        raise BackupRefused("exists", str(path))
    half = path.with_name(f"{path.name}.part")
    with TemporaryDirectory(prefix="anxin-backup-", dir=path.parent) as folder:
        copy = copy_database(database_url, Path(folder) / "database")
        evidence = COPIED if left_at is None else LEFT
        manifest = Manifest(made_at, copy.kind, copy.schema, copy.rows, evidence, store=left_at or "")
        try:
            half.touch(mode=0o600)
            with half.open("wb") as out:
                manifest = _written(out, manifest, copy, store)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    return manifest


def open_archive(path: Path) -> tuple[Manifest, tarfile.TarFile]:
    """An archive, to be closed, and its manifest, after a look at every part. Raises BackupRefused."""
    archive = None
    try:
        archive = tarfile.open(path, "r:")  # noqa: SIM115 - whoever asked closes it
        manifest = _manifest(archive, path)
        _require_parts(archive, manifest)
    except FileNotFoundError as exc:
        raise BackupRefused("no_archive", str(path)) from exc
    except (tarfile.TarError, EOFError, OSError) as exc:
        raise BackupRefused("not_an_archive", str(path)) from exc
    return manifest, archive


@contextmanager
def checked_archive(path: Path) -> Iterator[tuple[Manifest, tarfile.TarFile, Path]]:
    """An archive with its database in a temporary file, which is whole and has the rows that are listed.

    Raises BackupRefused where anything is not as the manifest says.
    """
    manifest, archive = open_archive(path)
    with archive, TemporaryDirectory(prefix="anxin-backup-") as folder:
        database = Path(folder) / DATABASE[manifest.database]
        with database.open("wb") as out:
            for chunk in _chunks(read_part(archive, database.name)):
                out.write(chunk)
        if manifest.database == SQLITE and describe_sqlite(database).rows != manifest.rows:
            raise BackupRefused("damaged", database.name)
        yield manifest, archive, database


def read_part(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """The bytes of a part. Raises BackupRefused where there is none."""
    try:
        found = archive.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise BackupRefused("damaged", name)
    return found


def sha256_of(path: Path) -> str:
    """The hash of a whole file."""
    with path.open("rb") as data:
        return _hash(data)[1]


def _written(out: IO[bytes], manifest: Manifest, copy: DatabaseCopy, store: EvidenceStore) -> Manifest:
    parts, missing = [], []
    with tarfile.open(fileobj=out, mode="w") as archive:
        with copy.path.open("rb") as data:
            parts.append(_add(archive, DATABASE[copy.kind], data, copy.path.stat().st_size))
        for key in [*(copy.files if manifest.evidence == COPIED else ()), *store.keys("erasures/")]:
            try:
                content = store.get(key)
            except EvidenceNotFound:
                missing.append(key)
                continue
            parts.append(_add(archive, key, BytesIO(content), len(content)))
        done = Manifest(**{**vars(manifest), "parts": tuple(parts), "missing": tuple(missing)})
        page = json.dumps(asdict(done), ensure_ascii=False, indent=1).encode()
        _add(archive, MANIFEST, BytesIO(page), len(page))
    return done


def _add(archive: tarfile.TarFile, name: str, data: IO[bytes], size: int) -> Part:
    digest = _hash(data)[1]
    data.seek(0)
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, data)
    return Part(name, size, digest)


def _manifest(archive: tarfile.TarFile, path: Path) -> Manifest:
    try:
        told: dict[str, Any] = json.load(read_part(archive, MANIFEST))
        parts = tuple(Part(**each) for each in told.pop("parts"))
        manifest = Manifest(**{**told, "parts": parts, "missing": tuple(told["missing"])})
    except (ValueError, TypeError, KeyError) as exc:
        raise BackupRefused("not_an_archive", str(path)) from exc
    if manifest.format != FORMAT or manifest.database not in DATABASE:
        raise BackupRefused("not_an_archive", str(path))
    return manifest


def _require_parts(archive: tarfile.TarFile, manifest: Manifest) -> None:
    listed = {part.name: part for part in manifest.parts}
    there = [member.name for member in archive.getmembers() if member.name != MANIFEST]
    for name in there:
        if name not in listed:
            raise BackupRefused("not_listed", name)
    for part in manifest.parts:
        if _hash(read_part(archive, part.name)) != (part.size, part.sha256):
            raise BackupRefused("damaged", part.name)


def _hash(data: IO[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for chunk in _chunks(data):
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()


def _chunks(data: IO[bytes]) -> Iterator[bytes]:
    while chunk := data.read(_CHUNK):
        yield chunk
