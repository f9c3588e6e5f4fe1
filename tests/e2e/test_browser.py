"""The browser that the page is tried in: it runs here, and it draws Chinese."""

from tests.e2e.browser import chromium


async def test_chromium_runs_and_draws_different_chinese_characters_differently() -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 60, "height": 60})
        pictures = []
        for character in "退换":
            await page.set_content(f"<p style='font-size: 40px; margin: 0'>{character}</p>")
            pictures.append(await page.screenshot())
        # Without a Chinese font both are the same box.
        assert pictures[0] != pictures[1]
