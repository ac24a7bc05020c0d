"""The page in a real browser, and the named endpoint over real HTTP."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.drawing import (
    CROSSES,
    FOUR,
    LINE,
    ONE,
    RING,
    SEVEN,
    draw,
    draw_714,
    expect_answer,
    touch,
)  # fmt: skip

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SENTENCE = re.compile(r"^[A-Z].*\.$", re.DOTALL)


def test_draws_reads_clears_and_draws_again(page: Page) -> None:
    for strokes, text in ((SEVEN, "7"), (ONE, "1"), ([RING], "0"), (FOUR, "4")):
        draw(page, strokes)
        expect_answer(page, text)
        assert page.locator(".bars .bar").count() == 10
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".verdict")).to_have_attribute("data-state", "empty")


def test_shows_probabilities_and_what_the_network_saw(page: Page) -> None:
    draw(page, SEVEN)
    expect_answer(page, "7")
    shares = [float(s.rstrip("%")) for s in page.locator(".bars .share").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.6)
    source = page.locator("figure:first-child img.frame").get_attribute("src")
    assert source is not None
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
    assert seen.shape == (28, 28)
    # a 7: its bar lies above its foot, and is wider
    assert (seen[:14] > 128).any(0).sum() > (seen[14:] > 128).any(0).sum()


def test_blank_canvas_says_so_and_has_no_digit(page: Page) -> None:
    expect(page.locator(".verdict .said")).to_contain_text("Draw a digit")
    expect(page.locator(".verdict .digit")).to_have_text("")


def test_what_is_no_digit_is_turned_away(page: Page) -> None:
    draw(page, CROSSES)
    expect(page.locator(".verdict")).to_have_attribute("data-state", "none", timeout=10_000)
    expect(page.locator(".verdict .digit")).to_have_text("")


def test_undo_redo_and_keys(page: Page) -> None:
    draw(page, ONE)
    expect_answer(page, "1")
    page.keyboard.press("Control+z")
    expect(page.locator(".verdict")).to_have_attribute("data-state", "empty")
    page.keyboard.press("Control+y")
    expect_answer(page, "1")
    page.keyboard.press("Delete")
    expect(page.locator(".verdict")).to_have_attribute("data-state", "empty")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_eraser_takes_ink_away(page: Page) -> None:
    draw(page, [[(0.3, 0.2), (0.7, 0.2)]])
    draw(page, [[(0.7, 0.2), (0.45, 0.85)]])
    expect_answer(page, "7")
    page.get_by_role("button", name="Eraser").click()
    draw(page, [[(0.2, 0.2), (0.62, 0.2)]])
    expect_answer(page, "1")


def test_answer_belongs_to_the_newest_drawing(page: Page) -> None:
    """Drawing and clearing faster than answers come leaves the page with the last drawing's."""
    for _ in range(5):
        draw(page, SEVEN)
        page.keyboard.press("Delete")
    draw(page, ONE)
    expect_answer(page, "1")
    page.wait_for_timeout(700)
    expect_answer(page, "1")


def test_a_finger_draws_and_the_page_stays(app: str, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(app)
    page.wait_for_selector(".reader canvas")
    touch(page.locator(".reader canvas"), LINE)
    expect_answer(page, "1")
    assert page.evaluate("window.scrollY") == 0
    context.close()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1_thin_pen.png", "2"),
        ("3_white_on_black.png", "4"),
        ("5_photo_in_shadow.jpg", "3"),
    ],
)
def test_reads_an_uploaded_picture(page: Page, name: str, text: str) -> None:
    page.set_input_files('input[type="file"]', EXAMPLES / name)
    expect_answer(page, text)


def test_reads_a_pasted_picture(page: Page) -> None:
    content = base64.b64encode((EXAMPLES / "2_thick_pen.png").read_bytes()).decode()
    page.evaluate(
        """content => {
            const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "pasted.png", {type: "image/png"}));
            const event = new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true});
            document.dispatchEvent(event);
        }""",
        content,
    )
    expect_answer(page, "5")


def test_examples_answer_at_one_click(page: Page) -> None:
    page.get_by_role("button", name="Example: small and off centre").click()
    expect_answer(page, "9")
    page.get_by_role("button", name="Example: a letter").click()
    expect(page.locator(".verdict")).to_have_attribute("data-state", "none")


def test_reads_a_whole_number(page: Page) -> None:
    draw_714(page)


def test_camera_takes_a_picture(page: Page) -> None:
    """The browser's fake camera shows a moving pattern: no digit, and no failure."""
    page.get_by_role("button", name="Camera").click()
    page.wait_for_function("document.querySelector('.camera video').videoWidth > 0")
    page.get_by_role("button", name="Take the picture").click()
    expect(page.locator(".camera")).to_be_hidden()
    expect(page.locator(".verdict")).not_to_have_attribute("data-state", "empty")
    page.get_by_role("button", name="Camera").click()
    expect(page.locator(".camera")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".camera")).to_be_hidden()


BAD_FILES = {
    "text.png": b"this is no picture",
    "empty.png": b"",
    "cut.jpg": (EXAMPLES / "5_photo_in_shadow.jpg").read_bytes()[:900],
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_a_sentence_and_the_next_one_an_answer(page: Page, name: str) -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": BAD_FILES[name]}
    page.set_input_files('input[type="file"]', file)  # type: ignore[arg-type]
    said = page.locator('.verdict[data-state="none"] .said')
    expect(said).to_have_text(SENTENCE)
    assert "Error" not in said.inner_text()
    draw(page, SEVEN)
    expect_answer(page, "7")


def test_a_picture_of_one_pixel_has_nothing_to_read(page: Page) -> None:
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG")
    file = {"name": "dot.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    page.set_input_files('input[type="file"]', file)  # type: ignore[arg-type]
    expect(page.locator('.verdict[data-state="none"] .said')).to_have_text(SENTENCE)


# --- the named endpoint ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(app: str) -> Client:
    return Client(app, verbose=False)


def test_endpoint_reads_a_file(client: Client) -> None:
    answer = client.predict(
        handle_file(EXAMPLES / "4_small_and_off_centre.png"), api_name="/predict"
    )
    assert answer["text"] == "9"
    digit = answer["digits"][0]
    assert set(digit) == {"digit", "confidence", "probabilities", "box", "line"}
    assert len(digit["probabilities"]) == 10


def test_endpoint_reads_a_number(client: Client) -> None:
    answer = client.predict(handle_file(EXAMPLES / "7_a_number.png"), True, api_name="/predict")
    assert answer["text"] == "2047"


def test_endpoint_says_what_is_wrong_with_a_file(client: Client, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    with pytest.raises(AppError) as refused:
        client.predict(handle_file(bad), api_name="/predict")
    assert str(tmp_path) not in str(refused.value)
    good = client.predict(handle_file(EXAMPLES / "1_thin_pen.png"), api_name="/predict")
    assert good["text"] == "2"


def test_only_predict_is_named(client: Client) -> None:
    api = client.view_api(return_format="dict", print_info=False)
    assert list(api["named_endpoints"]) == ["/predict"]
