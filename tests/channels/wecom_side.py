"""WeCom's side for tests: the stand-in as a process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.channels.chat_server import REPOSITORY
from tests.sandbox import wait_until_ready

CORP_ID, SECRET, TOKEN = "ww0000000000000001", "its secret", "signedwiththis"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@contextmanager
def running_side(port: int) -> Iterator[str]:
    """The stand-in for the block; its URL."""
    given = ["--port", str(port), "--corp-id", CORP_ID, "--secret", SECRET, "--token", TOKEN, "--aes-key", AES_KEY]
    side = subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox.wecom_api", *given], cwd=REPOSITORY, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_ready(side, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        side.terminate()
        side.wait(timeout=60)


def settings_for(port: int) -> dict[str, str]:
    """Our settings for a stand-in on that port."""
    return {
        "ANXIN_WECOM_CORP_ID": CORP_ID,
        "ANXIN_WECOM_SECRET": SECRET,
        "ANXIN_WECOM_TOKEN": TOKEN,
        "ANXIN_WECOM_AES_KEY": AES_KEY,
        "ANXIN_WECOM_URL": f"http://127.0.0.1:{port}",
    }
