"""The real payment sandbox as a process of its own, for tests to call and to make misbehave."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from backend.bootstrap import sandbox_key
from backend.settings import Settings
from bot.sandbox.signing import PREFIX, signature
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
SECRET = "a secret for the tests"


@dataclass(frozen=True)
class SandboxProcess:
    """A running sandbox and the settings under which the backend finds it."""

    settings: Settings

    def order_fault(self, refund_no: str, fault: str) -> None:
        self._call("POST", "/faults", f'{{"refund_no": "{refund_no}", "fault": "{fault}"}}'.encode())

    def faults(self) -> int:
        """How many faults there were."""
        return int(self._call("GET", "/faults", b"")["injected"])

    def ledger(self) -> dict[str, dict[str, Any]]:
        """Every refund in the provider's books, by number."""
        refunds = self._call("GET", "/ledger?since=0&until=9999999999", b"")["refunds"]
        return {refund["refund_no"]: refund for refund in refunds}

    def _call(self, method: str, path: str, body: bytes) -> Any:
        at, nonce = str(int(time.time())), os.urandom(8).hex()
        signed = signature(sandbox_key(self.settings), method, path, at, nonce, body)
        headers = {f"{PREFIX}Timestamp": at, f"{PREFIX}Nonce": nonce, f"{PREFIX}Signature": signed}
        url = f"http://127.0.0.1:{self.settings.sandbox_port}{path}"
        answer = httpx.request(method, url, content=body, headers=headers, trust_env=False, timeout=60)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running_sandbox(settings: Settings, *options: str) -> Iterator[SandboxProcess]:
    """A sandbox on a free port for the block; it writes under the settings' `var`."""
    settings = replace(settings, sandbox_port=free_port(), secret_key=settings.secret_key or SECRET)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox", *options], cwd=ROOT, env=environment(settings), stderr=subprocess.DEVNULL
    )
    try:
        wait_until_ready(process, settings.sandbox_port)
        yield SandboxProcess(settings)
    finally:
        process.terminate()
        process.wait(timeout=60)


@contextmanager
def running_receiver(settings: Settings, **given: str) -> Iterator[str]:
    """The chat server's webhook for payment providers alone, on the chat port for the block; its URL."""
    command = [sys.executable, "-m", "tests.torture.receiver"]
    process = subprocess.Popen(command, cwd=ROOT, env={**environment(settings), **given})
    try:
        wait_until_ready(process, settings.chat_port)
        yield f"http://127.0.0.1:{settings.chat_port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a child process reads them."""
    return {
        **os.environ,
        "ANXIN_VAR": str(settings.var),
        "ANXIN_DATABASE_URL": settings.database_url,
        "ANXIN_SECRET_KEY": settings.secret_key or SECRET,
        "ANXIN_SANDBOX_PORT": str(settings.sandbox_port),
        "ANXIN_CHAT_PORT": str(settings.chat_port),
    }


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until `GET /health` on that port answers 200; fail when the process ends first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"it ended with {process.returncode}"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"it is not ready after {PATIENCE_SECONDS} s")
