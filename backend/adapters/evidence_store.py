"""Evidence in an object store: a folder, S3 or memory, all through obstore."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from backend.errors import Conflict, EvidenceNotFound, SettingsError, StorageFull

_NO_ROOM = ("(os error 27)", "(os error 28)", "(os error 122)", "StorageFull", "QuotaExceeded")
"""EFBIG, ENOSPC and EDQUOT of a folder, and what S3 servers answer: obstore tells them by its message alone."""


def open_evidence_store(url: str) -> "ObjectStore":
    """The store at `file://…` (the folder is made), `s3://bucket/prefix` (access by AWS_… variables) or `memory://`.

    Raises SettingsError where there can be none.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme == "file":
            return ObjectStore(LocalStore(Path(unquote(parts.path)), mkdir=True))
        return ObjectStore(from_url(url))
    except (OSError, ValueError, BaseError) as exc:
        raise SettingsError("ANXIN_EVIDENCE_URL", f"cannot be used: {str(exc).splitlines()[0]}") from exc


class ObjectStore:
    """Keeps `ports.EvidenceStore`."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, key: str, data: bytes) -> None:
        try:
            obstore.put(self._store, key, data, mode="create")
        except AlreadyExistsError as exc:
            raise Conflict(f"there is an object {key} already", subject=key) from exc
        except BaseError as exc:
            if any(sign in str(exc) for sign in _NO_ROOM):
                raise StorageFull(str(exc).splitlines()[0]) from exc
            raise

    def get(self, key: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError as exc:
            raise EvidenceNotFound(key) from exc

    def delete(self, key: str) -> None:
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return

    def keys(self, folder: str) -> list[str]:
        return [each["path"] for batch in obstore.list(self._store, folder) for each in batch]
