"""What the page offers beside drawing, in a real browser."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import OpenPage
from tests.drawing import CROSSES, FOUR, ONE, SEVEN, draw, expect_answer

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


def first_bar(page: Page) -> str:
    return page.locator(".bars .bar b").first.inner_text()


# --- numbers ------------------------------------------------------------------------------------


@pytest.fixture
def number(page: Page) -> Page:
    """The page with the picture of 2047 read as a number."""
    page.get_by_label("Read a whole number").check()
    page.set_input_files('input[type="file"]', EXAMPLES / "7_a_number.png")
    expect_answer(page, "2047")
    return page


def test_each_digit_of_a_number_has_its_box_and_label(number: Page) -> None:
    assert number.locator(".mark b").all_inner_texts() == ["2", "0", "4", "7"]
    sheet = number.locator(".sheet").bounding_box()
    boxes = [mark.bounding_box() for mark in number.locator(".mark").all()]
    assert all(abs(box["y"] + box["height"] / 2 - sheet["y"] - sheet["height"] / 2)
               < 0.1 * sheet["height"] for box in boxes)  # fmt: skip
    lefts = [box["x"] for box in boxes]
    assert lefts == sorted(lefts)
    assert sum(box["width"] for box in boxes) > 0.8 * sheet["width"]


def test_box_of_a_drawn_digit_lies_around_it(page: Page) -> None:
    page.get_by_label("Read a whole number").check()
    draw(page, SEVEN, at=0.0, size=0.45)
    draw(page, FOUR, at=0.5, size=0.45)
    expect_answer(page, "74")
    sheet, box = (page.locator(s).first.bounding_box() for s in (".sheet", ".mark"))
    # the 7 is drawn from 0.3 to 0.7 of the first 0.45, with half a pen's width around it
    assert (box["x"] - sheet["x"]) / sheet["width"] == pytest.approx(0.135 - 0.027, abs=0.02)
    assert box["width"] / sheet["width"] == pytest.approx(0.18 + 0.055, abs=0.03)


def test_a_click_on_a_digit_shows_its_own_bars(number: Page) -> None:
    frame = number.locator("figure:first-child img.frame")
    seen = set()
    for i, digit in enumerate("2047"):
        number.locator(".verdict .digit button").nth(i).click()
        assert first_bar(number) == digit
        seen.add(frame.get_attribute("src"))
    assert len(seen) == 4
    number.locator(".mark").nth(1).click()
    assert first_bar(number) == "0"
    expect(number.locator(".verdict .digit button").nth(1)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_keyboard_goes_through_the_digits(number: Page) -> None:
    number.locator(".verdict .digit button").first.focus()
    number.keyboard.press("Tab")
    number.keyboard.press("Enter")
    assert first_bar(number) == "0"


def test_a_number_is_copied_at_one_click(number: Page) -> None:
    number.context.grant_permissions(["clipboard-read", "clipboard-write"])
    number.get_by_role("button", name="Copy").click()
    expect(number.get_by_role("button", name="Copied")).to_be_visible()
    assert number.evaluate("navigator.clipboard.readText()") == "2047"


def test_boxes_go_with_what_they_were_around(number: Page) -> None:
    draw(number, ONE)
    expect_answer(number, "1")
    assert number.locator(".mark").count() == 1
    number.keyboard.press("Delete")
    assert number.locator(".mark").count() == 0
    expect(number.get_by_role("button", name="Copy")).to_be_hidden()


# --- languages ----------------------------------------------------------------------------------

LANGUAGES = json.loads((ROOT / "page" / "languages.json").read_text(encoding="utf-8"))
LOCALES = {"en-GB": "en", "de-AT": "de", "es-MX": "es", "ar-EG": "ar", "zh-CN": "zh", "fr": "en"}


@pytest.mark.parametrize("locale", LOCALES)
def test_page_speaks_the_language_of_the_browser(open_page: OpenPage, locale: str) -> None:
    page, words = open_page(locale=locale), LANGUAGES[LOCALES[locale]]
    expect(page.get_by_role("button", name=words["undo"], exact=True)).to_be_visible()
    expect(page.locator(".said")).to_have_text(words["said_empty"])
    expect(page.locator(".reader")).to_have_attribute("lang", LOCALES[locale])
    file = {"name": "a.png", "mimeType": "image/png", "buffer": b""}
    page.set_input_files('input[type="file"]', file)  # type: ignore[arg-type]
    expect(page.locator(".said")).to_have_text(words["note_empty"])
    draw(page, CROSSES)
    expect(page.locator(".said")).to_have_text(words["note_not_a_digit"])
    text = page.locator(".reader").inner_text()
    assert not [key for key in words if "_" in key and key in text]


def test_arabic_goes_from_right_to_left(open_page: OpenPage) -> None:
    page = open_page(locale="ar")
    sheet, answer = (page.locator(s).bounding_box() for s in (".sheet", ".answer"))
    assert sheet["x"] > answer["x"] + answer["width"]
    pen, undo = (page.locator(f'[data-do="{name}"]').bounding_box() for name in ("pen", "undo"))
    assert pen["x"] > undo["x"]
    # numbers go from left to right all the same
    page.locator('[data-do="number"]').check()
    page.set_input_files('input[type="file"]', EXAMPLES / "7_a_number.png")
    expect_answer(page, "2047")
    for digits in (".verdict .digit button", ".mark"):
        lefts = [node.bounding_box()["x"] for node in page.locator(digits).all()]
        assert lefts == sorted(lefts)
