"""Who sits at the screens of a browser test: customers at the chat page, staff at the desk, each with a window alone.

No page of theirs may complain in the console or ask another server for anything.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request

from tests.e2e.browser import chromium
from tests.e2e.system import System

TELEPHONE, DESKTOP, TABLET = (390, 844), (1280, 800), (820, 1180)
"""Widths and heights of windows, in pixels."""

PATIENCE_MS = 60_000
"""Far more than a page takes: a busy machine is no mistake."""


@dataclass
class People:
    """Everybody who has opened a window, and what their pages did that they should not."""

    browser: Browser
    system: System
    complaints: list[str] = field(default_factory=list)

    async def customer(self, size: tuple[int, int] = TELEPHONE) -> Page:
        """A new visitor on the chat page."""
        page = await self._window(size, self.system.chat)
        await page.goto("/chat")
        return page

    async def staff(
        self, name: str, size: tuple[int, int] = DESKTOP, colours: Literal["light", "dark"] = "light"
    ) -> Page:
        """A member of staff who is logged in at the desk."""
        page = await self._window(size, self.system.desk, colours)
        await page.goto("/login")
        await page.fill("[name=name]", name)
        await page.fill("[name=password]", self.system.passwords[name])
        await page.press("[name=password]", "Enter")
        await page.wait_for_url(lambda address: not address.endswith("/login"))
        return page

    async def stranger(self, size: tuple[int, int] = DESKTOP, colours: Literal["light", "dark"] = "light") -> Page:
        """Somebody before the desk's log-in."""
        page = await self._window(size, self.system.desk, colours)
        await page.goto("/login")
        return page

    async def _window(self, size: tuple[int, int], origin: str, colours: Literal["light", "dark"] = "light") -> Page:
        width, height = size
        context = await self.browser.new_context(
            base_url=origin,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme=colours,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", lambda said: self._hear(said))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self._see(request, origin))
        return await context.new_page()

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def _see(self, request: Request, origin: str) -> None:
        if not request.url.startswith((f"{origin}/", "data:", f"blob:{origin}")):
            self.complaints.append(f"asked for {request.url}")


@asynccontextmanager
async def people_of(system: System) -> AsyncIterator[People]:
    """Windows onto the system, closed when the block ends. Fails when a page has complained."""
    async with chromium() as browser:
        everybody = People(browser, system)
        yield everybody
    assert not everybody.complaints, everybody.complaints
