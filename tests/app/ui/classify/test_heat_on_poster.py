"""The heat map lies over the poster, wherever and however large that is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.app.ui.page import upload, watched_page


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def sized(browser, served, request) -> Iterator[Page]:
    viewport = {"width": request.param, "height": 844}
    with watched_page(browser, served[1], viewport=viewport) as page:
        yield page


def painted(*pictures: Locator) -> list[list[float]]:
    """Left, top, width and height of what images paint in their boxes, all at one moment."""
    return pictures[0].page.evaluate(
        """images => images.map(image => {
            const box = image.getBoundingClientRect();
            const [across, down] = [image.naturalWidth, image.naturalHeight];
            const scale = Math.min(box.width / across, box.height / down);
            const [width, height] = [across * scale, down * scale];
            return [box.left + (box.width - width) / 2, box.top + (box.height - height) / 2,
                    width, height];
        })""",
        [picture.element_handle() for picture in pictures],
    )


@pytest.mark.parametrize("size", [(300, 440), (60, 90), (900, 300), (100, 900)])
def test_it_lies_over_the_poster(sized: Page, tmp_path: Path, size: tuple[int, int]):
    file = tmp_path / "drawn.png"
    Image.linear_gradient("L").resize(size).save(file)
    upload(sized, file)
    sized.locator("#classify").click()
    expect(sized.locator("#heat img")).to_be_hidden()
    shows = sized.get_by_role("checkbox", name="Show what in the poster spoke for")
    shows.press("Space")
    expect(sized.locator("#heat img")).to_be_visible()
    expect(sized.locator("img:visible[src*='drawn'], #heat img:visible")).to_have_count(2)
    # At one moment: the page may be on its way to the poster.
    over, under = painted(sized.locator("#heat img"), sized.locator("#poster img"))
    assert over == pytest.approx(under, abs=2)
    shows.press("Space")
    expect(sized.locator("#heat img")).to_be_hidden()


def test_it_stays_as_one_goes_from_genre_to_genre_and_goes_with_its_poster(
    page: Page, poster: Path
):
    upload(page, poster)
    page.locator("#classify").click()
    shows = page.get_by_role("checkbox", name="Show what in the poster spoke for")
    shows.check()
    for number in (1, 2):
        button = page.locator("#poster-reading button").nth(number)
        button.click()
        genre = button.inner_text()
        expect(page.locator("#shows-heat")).to_contain_text(f"spoke for {genre}")
        expect(page.locator(f"#heat img[alt*='{genre}']")).to_be_visible()
    page.locator("#poster").get_by_role("button", name="Clear").or_(
        page.locator("#poster").get_by_label("Remove Image")
    ).first.click()
    expect(page.locator("#heat img")).to_have_count(0)
    expect(shows).to_have_count(0)
