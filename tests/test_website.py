"""The hand-made website in a real browser, from an origin of its own and from the app's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import ROOT, TOKEN, served
from tests.drawing import LINE, SEVEN, draw_on, touch
from tests.pictures import EXAMPLES

PHONE = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The website's files at another origin, as GitHub Pages or a static Space serve them."""
    with served(ROOT / "website") as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages; nothing may go wrong in their scripts unseen."""
    contexts, errors = [], []

    def open_page(url: str, prepare: Callable[[Page], None] | None = None, **options) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if prepare:
            prepare(page)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def draw(page: Page, strokes: list) -> None:
    draw_on(page.locator("#sheet"), strokes)


def expect_answer(page: Page, text: str) -> None:
    expect(page.locator("#text")).to_have_text(text, timeout=15_000)


def test_draws_and_answers_from_another_origin(
    app: str, elsewhere: str, visit: Callable[..., Page]
) -> None:
    asked: list[str] = []
    page = visit(
        f"{elsewhere}?api={app}", lambda page: page.on("request", lambda r: asked.append(r.url))
    )
    draw(page, SEVEN)
    expect_answer(page, "7")
    shares = [float(s.split()[0]) for s in page.locator("#bars .share").all_inner_texts()]
    assert len(shares) == 10
    assert shares == sorted(shares, reverse=True)
    for image in ("#tensor", "#heatmap"):
        assert page.locator(image).evaluate("image => image.complete && image.naturalWidth") == 28
    expect(page.locator("#state")).to_be_hidden()
    assert all(url.startswith((elsewhere, app, "data:")) for url in asked)
    page.get_by_role("button", name="Undo").click()
    expect_answer(page, "")
    expect(page.locator("#bars li")).to_have_count(0)


def test_the_app_serves_it_and_it_reads_files_and_numbers(
    app: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"{app}website/")
    page.set_input_files("#file", EXAMPLES / "4_small_and_off_centre.png")
    expect_answer(page, "9")
    page.set_input_files("#file", EXAMPLES / "7_a_number.png")
    page.get_by_label("A whole number").check()
    expect_answer(page, "2047")
    page.get_by_role("button", name="Clear").click()
    expect_answer(page, "")


def test_what_cannot_be_read_gets_the_services_sentence(
    app: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"{app}website/")
    bad = {"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.set_input_files("#file", bad)  # type: ignore[arg-type]
    expect(page.locator("#said")).to_contain_text("not a picture")
    page.set_input_files("#file", EXAMPLES / "6_a_letter.png")
    expect(page.locator("#said")).to_have_text("This does not look like a digit.")


def test_asks_for_the_token_and_keeps_it_to_itself(
    private: str, elsewhere: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"{elsewhere}?api={private}")
    draw(page, SEVEN)
    for token in ("wrong", TOKEN):
        page.get_by_label("Its token").fill(token)
        page.get_by_role("button", name="Continue").click()
    expect_answer(page, "7")
    page.reload()
    draw(page, SEVEN)  # asked once a visit
    expect_answer(page, "7")
    assert TOKEN not in page.content()
    assert TOKEN not in page.url


def test_a_declined_token_leaves_a_sentence(
    private: str, elsewhere: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"{elsewhere}?api={private}")
    draw(page, SEVEN)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#state")).to_have_text("This service is private: it needs its token.")


def test_says_that_the_service_sleeps_and_reads_when_it_wakes(
    app: str, elsewhere: str, visit: Callable[..., Page]
) -> None:
    awake = False

    def answer(route: Route) -> None:
        if awake:
            route.continue_()
        else:
            route.abort("connectionrefused")

    page = visit(f"{elsewhere}?api={app}", lambda page: page.route("**/api/**", answer))
    expect(page.locator("#state")).to_contain_text("asleep or down")
    draw(page, SEVEN)
    expect(page.locator("#state")).to_contain_text("Trying again")
    awake = True
    expect_answer(page, "7")
    expect(page.locator("#state")).to_be_hidden()


def test_a_sleeping_spaces_page_in_place_of_json_is_being_away(
    app: str, elsewhere: str, visit: Callable[..., Page]
) -> None:
    asleep = {"status": 503, "content_type": "text/html", "body": "<h1>Sleeping</h1>"}
    page = visit(
        f"{elsewhere}?api={app}",
        lambda page: page.route("**/api/**", lambda route: route.fulfill(**asleep)),
    )
    expect(page.locator("#state")).to_contain_text("asleep or down")


def test_fits_a_phone_and_a_finger_draws(app: str, visit: Callable[..., Page]) -> None:
    page = visit(f"{app}website/", viewport=PHONE, has_touch=True, is_mobile=True)
    box = page.locator("#sheet").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    touch(page.locator("#sheet"), LINE)
    expect_answer(page, "1")
    assert page.evaluate("scrollY") == 0
    buttons = page.locator("main button, main .button").all()
    assert all(button.evaluate("button => button.offsetHeight") >= 44 for button in buttons)


def test_works_on_no_address_that_is_not_a_service(app: str, visit: Callable[..., Page]) -> None:
    page = visit(f"{app}website/?api=javascript:alert(1)")
    draw(page, SEVEN)
    expect_answer(page, "7")


def test_asks_for_nothing_from_other_hosts() -> None:
    for file in sorted(Path(ROOT / "website").iterdir()):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//cdn" not in text
        assert 'src="http' not in text
        assert "@import" not in text
