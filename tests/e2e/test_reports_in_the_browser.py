"""The merchant's charts, as a browser draws them."""

from tests.e2e.people import TABLET, People


async def test_the_charts_are_drawn_within_the_page_and_tell_what_they_show(people: People) -> None:
    page = await people.staff("manager1", TABLET)
    await page.goto("/reports")

    charts = page.locator("svg.chart")
    assert await charts.count() >= 3
    for chart in await charts.all():
        box = await chart.bounding_box()
        assert box is not None
        assert box["width"] > 200 and box["height"] > 20 and box["x"] + box["width"] <= TABLET[0], box
        assert await chart.locator("title").text_content() and await chart.locator("desc").text_content()
        assert await chart.locator("rect, circle, polyline").count()
