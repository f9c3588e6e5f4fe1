"""What a customer does on the chat page, as far as a test waits for the answer."""

from pathlib import Path

from playwright.async_api import Locator, Page, expect


def answer(page: Page, words: str) -> Locator:
    """The newest thing said to the customer with these words in it."""
    return page.locator(".row:not([data-from=customer])", has_text=words).last


async def say(page: Page, text: str, *, heard: str) -> None:
    await page.fill("#text", text)
    await page.press("#text", "Enter")
    await expect(answer(page, heard)).to_be_visible()


async def send_photo(page: Page, path: Path, *, heard: str) -> None:
    await page.set_input_files("#photos", path)
    await page.click("#send")
    await expect(answer(page, heard)).to_be_visible()


async def press(page: Page, title: str, *, heard: str) -> None:
    await page.locator(".pill:enabled", has_text=title).last.click()
    await expect(answer(page, heard)).to_be_visible()
