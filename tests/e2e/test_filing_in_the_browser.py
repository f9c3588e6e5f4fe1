"""The whole way through the page in a real browser: complaint, proof, photos, verdict, confirmation, progress."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.channels.chat_server import ChatProcess, environment, running_chat
from tests.e2e.browser import chromium
from tests.e2e.customer import press, say, send_photo
from tests.photos import PDF, a_jpeg


@dataclass(frozen=True)
class Visit:
    """Somebody at a screen of this size with a demo order of one damaged piece, and the end of their number."""

    width: int
    height: int
    order_no: str
    phone_tail: str


VISITS = {
    "telephone": Visit(390, 844, "880010010001", "6688"),
    "desktop": Visit(1280, 800, "880010010013", "2468"),
}

EXPECTED = "415 (Unsupported Media Type)"
"""What the browser notes down of the one refusal that belongs to the visit: a wrong file."""


@pytest.fixture(scope="module")
def shop(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatProcess]:
    var = tmp_path_factory.mktemp("browser")
    shutil.copy(migrated_file, var / "anxin.db")
    backend_command(var, "orders", "demo")
    with running_chat(var) as process:
        yield process


def backend_command(var: Path, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "backend", *words], env=environment(var, 1), capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture(params=list(VISITS.values()), ids=list(VISITS))
def visit(request: pytest.FixtureRequest) -> Visit:
    chosen: Visit = request.param
    return chosen


@pytest.fixture
async def page(shop: ChatProcess, visit: Visit) -> AsyncIterator[Page]:
    complaints: list[str] = []
    async with chromium() as browser:
        opened = await browser.new_page(viewport={"width": visit.width, "height": visit.height}, locale="zh-CN")
        opened.on("console", lambda note: complaints.append(note.text) if note.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto(f"{shop.url}/chat")
        yield opened
    assert [complaint for complaint in complaints if not complaint.endswith(EXPECTED)] == []


async def test_a_case_is_filed_with_real_photos_and_shown_by_the_command_line(
    page: Page, visit: Visit, shop: ChatProcess, tmp_path: Path
) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, photo in enumerate(photos):
        photo.write_bytes(a_jpeg(1200, 900, seed=visit.width + number))

    await say(page, f"订单{visit.order_no}收到是碎的，退款", heard="后四位")
    await say(page, visit.phone_tail, heard="商品照片")
    await send_photo(page, photos[0], heard="外包装照片")
    await send_photo(page, photos[1], heard="快递面单照片")
    await send_photo(page, photos[2], heard="退货运费：商家承担")
    await press(page, "确认提交", heard="已提交，待审核")
    case_no = await page.locator(".card--case").last.get_attribute("data-case-no")
    await page.reload()
    await say(page, f"{visit.order_no} 到哪一步了", heard="接下来：客服审核")

    shown = json.loads(backend_command(shop.var, "cases", "show", str(case_no), "--json"))
    assert (shown["state"], shown["order_no"], shown["reason_claimed"]) == ("SUBMITTED", visit.order_no, "damaged")
    assert sorted(piece["kind"] for piece in shown["evidence"]) == ["goods", "outer_box", "waybill"]
    assert shown["verdict"]["outcome"] == "allowed"
    assert [event["event"] for event in shown["events"]] == ["start", "submit"]
    assert await page.locator("[data-from=customer] .photo").count() == 3


async def test_a_file_that_is_no_photo_is_refused_on_the_page_and_says_why(page: Page, tmp_path: Path) -> None:
    disguised = tmp_path / "photo.jpg"
    disguised.write_bytes(PDF)

    await page.set_input_files("#photos", disguised)
    await page.click("#send")

    await expect(page.locator(".fate__why")).to_contain_text("不是照片或视频")
