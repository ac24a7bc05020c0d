"""The page for everyone: axe-core's findings, the keyboard alone, other pages' frames."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import OpenPage, served
from tests.drawing import CROSSES, SEVEN, draw, draw_714, expect_answer

ROOT = Path(__file__).parent.parent
AXE = ROOT / ".cache" / "node_modules" / "axe-core" / "axe.min.js"
EXAMPLES = ROOT / "examples"


def findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical in the desk and its dialogs, with its places."""
    page.wait_for_timeout(300)  # colours fade in
    found = page.evaluate("axe.run('.reader', {resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    return [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def show_empty(page: Page) -> None:
    expect(page.locator('.verdict[data-state="empty"]')).to_be_visible()


def show_sure(page: Page) -> None:
    draw(page, SEVEN)
    expect_answer(page, "7")


def show_none(page: Page) -> None:
    draw(page, CROSSES)
    expect(page.locator('.verdict[data-state="none"]')).to_be_visible()


def show_steps(page: Page) -> None:
    show_sure(page)
    page.locator('[data-do="how"]').click()
    expect(page.locator(".steps li")).to_have_count(5)


def show_share(page: Page) -> None:
    page.locator('[data-do="share"]').click()
    expect(page.locator("dialog.share")).to_be_visible()


STATES = (show_empty, show_sure, show_none, draw_714, show_steps, show_share)


@pytest.mark.skipif(not shutil.which("npm") and not AXE.exists(), reason="axe-core needs npm")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    page.add_script_tag(path=AXE)
    found = {}
    for show in STATES:
        show(page)
        found[show.__name__] = findings(page)
        page.keyboard.press("Escape")
        page.locator("[data-do=clear]").evaluate("button => button.click()")
    assert not any(found.values()), found


# --- the keyboard alone -------------------------------------------------------------------------


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; fails where it cannot be reached."""
    target = page.locator(selector).first
    for _ in range(60):
        if target.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached with Tab")


def test_everything_can_be_done_with_the_keyboard(page: Page) -> None:
    tab_to(page, '[data-do="share"]')
    page.keyboard.press("Enter")
    expect(page.locator("dialog.share")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog.share")).to_be_hidden()
    tab_to(page, "[data-example]")
    page.keyboard.press("Enter")
    expect_answer(page, "2")
    tab_to(page, '[data-do="number"]')
    page.keyboard.press("Space")
    expect(page.locator(".verdict .digit button")).to_have_count(1)
    tab_to(page, '[data-do="how"]')
    page.keyboard.press("Enter")
    expect(page.locator(".steps li")).to_have_count(5)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.do") == "how"
    tab_to(page, '[data-is="5"]')
    page.keyboard.press("Enter")
    expect(page.locator(".thanks")).not_to_have_text("")
    page.keyboard.press("Delete")
    expect(page.locator('.verdict[data-state="empty"]')).to_be_visible()


def test_focus_can_be_seen(page: Page) -> None:
    for _ in range(8):
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        if page.evaluate("document.activeElement.closest('.reader') !== null"):
            assert page.evaluate(f"{style}.outlineStyle") != "none"
            assert float(page.evaluate(f"parseFloat({style}.outlineWidth)")) >= 2


# --- in other pages' frames ---------------------------------------------------------------------


@pytest.fixture
def other_site(tmp_path: Path, app: str) -> Iterator[str]:
    """A page of another origin that shows the app in a frame of 600 by 500, in the dark."""
    frame = f'<iframe src="{app}?__theme=dark" width="600" height="500" style="border:0"></iframe>'
    (tmp_path / "index.html").write_text(f"<!doctype html><title>A blog</title>{frame}")
    with served(tmp_path) as address:
        yield address.replace("127.0.0.1", "localhost")


def test_works_in_a_frame_of_another_origin_without_scrolling(browser, other_site: str) -> None:
    context = browser.new_context(viewport={"width": 900, "height": 700})
    page = context.new_page()
    page.goto(other_site)
    frame = page.frames[1]
    frame.wait_for_selector(".reader canvas")
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    page.wait_for_timeout(300)
    canvas = frame.locator(".reader canvas").bounding_box()
    page.mouse.move(canvas["x"] + 0.5 * canvas["width"], canvas["y"] + 0.2 * canvas["height"])
    page.mouse.down()
    page.mouse.move(
        canvas["x"] + 0.5 * canvas["width"], canvas["y"] + 0.8 * canvas["height"], steps=5
    )
    page.mouse.up()
    expect(frame.locator(".verdict .digit")).to_have_text("1", timeout=10_000)
    overflow = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    assert frame.evaluate(overflow) == [500, 600]
    for selector in ('[data-do="number"]', ".bars .bar:nth-child(5)", "[data-example]", ".consent"):
        box = frame.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= 508 + 1, selector  # the frame begins at 8
    assert frame.evaluate("document.body.classList.contains('dark')")
    context.close()


@pytest.mark.parametrize("locale", ["de", "ar"])
def test_nothing_is_wider_than_the_screen(open_page: OpenPage, locale: str) -> None:
    page = open_page(locale=locale)
    page.locator('[data-do="number"]').check()
    page.set_input_files('input[type="file"]', EXAMPLES / "7_a_number.png")
    expect_answer(page, "2047")
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
