"""Every document as Chromium prints it: whole A4 pages, nothing beside the paper, nothing fetched."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.async_api import Page

from backend.domain.case import Actor, Case, Role
from backend.ports import World
from backend.services.documents import Document, document_facts
from bot.documents.paper import html_of
from bot.documents.photos import pictures_of
from tests.builders import an_order
from tests.clock import FakeClock
from tests.e2e.browser import chromium
from tests.papers import Papers
from tests.working import ORDER

A4_POINTS = (594.96, 841.92)
MANAGER = Actor(Role.MANAGER, "郑总")


@pytest.fixture
def case(world: World, clock: FakeClock) -> Iterator[Case]:
    papers = Papers(world, clock)
    made = an_order(ORDER)
    line = replace(made.lines[0], title="手冲咖啡杯" * 20, sku="W" * 60)
    filed = papers.case(replace(made, buyer_name="王" * 40, lines=(line,)), description="很长的描述。" * 150)
    papers.approved(filed)
    yield papers.closed(papers.paid(papers.inspected(filed)))


def pages_of(pdf: bytes) -> list[tuple[float, ...]]:
    """The size of every page, in points."""
    assert pdf.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    return [tuple(float(side) for side in box) for box in boxes]


async def overflow(page: Page) -> list[str]:
    """The elements that are wider than the paper's text."""
    found: list[str] = await page.evaluate(
        """() => { const limit = document.body.getBoundingClientRect().right + 1;
        return [...document.body.querySelectorAll("*")].filter(each => each.getBoundingClientRect().right > limit)
            .map(each => each.outerHTML.slice(0, 80)); }"""
    )
    return found


async def test_every_document_prints_on_whole_pages_of_a4(world: World, case: Case) -> None:
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 794, "height": 1123})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for kind in Document:
            facts = document_facts(world, case.case_no or "", kind, viewer=MANAGER)
            await page.set_content(html_of(facts, pictures_of(world, facts)))
            await page.emulate_media(media="print")
            assert await overflow(page) == [], kind
            sizes = pages_of(await page.pdf(prefer_css_page_size=True))
            assert 1 <= len(sizes) <= 3, kind
            assert all(size == pytest.approx(A4_POINTS, abs=0.5) for size in sizes), (kind, sizes)
        assert [url for url in asked if not url.startswith("data:")] == []
