"""Order files on their way in: read, looked at, stored, each in a thread of its own while the page asks how far it is.

They live in this process only: after a restart the file is chosen again. What is stored is stored as a whole or not.
"""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from backend.domain.work import Staff
from backend.errors import BackendError, Conflict, ImportRefused, NotFound
from backend.ports import World
from backend.services.order_desk import ImportPreview, import_file, preview_import
from backend.services.orders import Imported

MOST_KEPT = 8
"""Files that are remembered at once; the oldest makes room."""

log = logging.getLogger(__name__)


class Stage(str, Enum):
    """How far a file has come."""

    READING = "reading"
    READY = "ready"
    STORING = "storing"
    DONE = "done"
    FAILED = "failed"


@dataclass
class OrderImport:
    """One file of one member of staff. `done` counts the orders stored so far."""

    token: str
    file: str
    owner: str
    stage: Stage = Stage.READING
    preview: ImportPreview | None = None
    done: int = 0
    imported: Imported | None = None
    refused: ImportRefused | None = None

    @property
    def busy(self) -> bool:
        return self.stage in (Stage.READING, Stage.STORING)


class OrderImports:
    """The files of this process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, OrderImport] = OrderedDict()

    def begin(self, raw: bytes, file: str, by: Staff) -> OrderImport:
        """Read a file in the background."""
        found = OrderImport(secrets.token_urlsafe(12), file, by.name)
        with self._lock:
            self._kept[found.token] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._run(found, lambda: self._read(found, raw, by))
        return found

    def get(self, token: str, by: Staff) -> OrderImport:
        """One's own file. Raises NotFound."""
        found = self._kept.get(token)
        if found is None or found.owner != by.name:
            raise NotFound(token)
        return found

    def confirm(self, token: str, by: Staff) -> None:
        """Store a file that was looked at, once. Raises NotFound, and Conflict when it is not to be stored (now)."""
        found = self.get(token, by)
        with self._lock:
            if found.stage is not Stage.READY or found.preview is None or not found.preview.importable:
                raise Conflict("this file cannot be stored now", subject=token)
            found.stage = Stage.STORING
        preview = found.preview
        self._run(found, lambda: self._store(found, preview, by))

    def _read(self, found: OrderImport, raw: bytes, by: Staff) -> None:
        found.preview = preview_import(self._world, raw, found.file, by=by)
        found.stage = Stage.READY

    def _store(self, found: OrderImport, preview: ImportPreview, by: Staff) -> None:
        def told(done: int) -> None:
            found.done = done

        found.imported = import_file(self._world, preview, by=by, told=told)
        found.stage = Stage.DONE

    def _run(self, found: OrderImport, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except BackendError as error:
                found.refused = error if isinstance(error, ImportRefused) else None
                found.stage = Stage.FAILED
            except Exception:
                log.exception("the import of %s failed", found.file)
                found.stage = Stage.FAILED

        threading.Thread(target=run, name=f"orders-{found.token}", daemon=True).start()
