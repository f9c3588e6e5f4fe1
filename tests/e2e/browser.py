"""A headless Chromium for browser tests: the machine's own, or the one that `make test` fetched."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright

FIND = Path(__file__).parents[2] / "scripts" / "provide-browser"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
)
"""Nothing but the pages under test is asked for, even by the browser itself."""


def chromium_path() -> str:
    """Where Chromium lies. Raises RuntimeError, saying how to get one, where there is none."""
    found = subprocess.run([FIND, "--find"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise RuntimeError(found.stderr)
    return found.stdout.strip()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser, closed when the block ends. Root has to run it without its sandbox."""
    alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET, *alone])
        yield browser
        await browser.close()
