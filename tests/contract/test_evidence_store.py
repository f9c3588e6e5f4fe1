"""What `ports.EvidenceStore` promises, in a folder, in memory and on S3."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.adapters.evidence_store import ObjectStore, open_evidence_store
from backend.errors import Conflict, EvidenceNotFound, StorageFull
from tests.s3 import LARGEST, temporary_s3

KEY = "evidence/2026/11/abc.jpg"


@pytest.fixture(params=["file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    if request.param == "s3":
        with temporary_s3() as environment:
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            yield open_evidence_store("s3://evidence/shop")
    else:
        yield open_evidence_store("memory://" if request.param == "memory" else f"file://{tmp_path / 'my 照片'}")


def test_what_was_put_can_be_had(store: ObjectStore) -> None:
    store.put(KEY, b"bytes")
    assert store.get(KEY) == b"bytes"


def test_what_is_there_is_never_overwritten(store: ObjectStore) -> None:
    store.put(KEY, b"first")
    with pytest.raises(Conflict):
        store.put(KEY, b"second")
    assert store.get(KEY) == b"first"


def test_what_was_deleted_is_gone_and_may_be_deleted_again(store: ObjectStore) -> None:
    store.put(KEY, b"bytes")
    store.delete(KEY)
    store.delete(KEY)
    with pytest.raises(EvidenceNotFound):
        store.get(KEY)


def test_what_lies_below_a_folder_is_listed(store: ObjectStore) -> None:
    for key in ("erasures/1.json", "erasures/deep/2.json", "evidence/1.jpg"):
        store.put(key, b"x")
    assert sorted(store.keys("erasures/")) == ["erasures/1.json", "erasures/deep/2.json"]
    assert store.keys("nothing/") == []


def test_a_key_that_climbs_out_of_the_store_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        store.put("../outside.jpg", b"bytes")
    assert not (tmp_path / "outside.jpg").exists()


def test_the_folder_is_the_one_that_the_address_names(tmp_path: Path) -> None:
    folder = tmp_path / "my 照片"
    open_evidence_store(f"file://{folder}").put(KEY, b"bytes")
    assert (folder / KEY).read_bytes() == b"bytes"


def test_a_disk_without_room_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    """In a process of its own that may not write files above 100 kB, which is as good as a full disk."""
    program = f"""
import resource
from backend.adapters.evidence_store import open_evidence_store
from backend.errors import StorageFull
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
store = open_evidence_store("file://{tmp_path}")
store.put("small", b"1" * 1000)
try:
    store.put("{KEY}", b"1" * 1_000_000)
except StorageFull as error:
    print("full:", error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("full: ")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["small"]


def test_an_s3_without_room_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_s3() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        store = open_evidence_store("s3://evidence")
        with pytest.raises(StorageFull):
            store.put(KEY, bytes(LARGEST + 1))
        with pytest.raises(EvidenceNotFound):
            store.get(KEY)
