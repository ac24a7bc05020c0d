"""What the page offers beside drawing, in a real browser."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import model
import page as page_module
import picture
from tests.conftest import OpenPage, running
from tests.drawing import CROSSES, FOUR, ONE, SEVEN, draw, expect_answer
from zoo import Zoo

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
LANGUAGES = json.loads((ROOT / "page" / "languages.json").read_text(encoding="utf-8"))


def first_bar(page: Page) -> str:
    return page.locator(".bars .bar b").first.inner_text()


@pytest.mark.parametrize(
    "question",
    [None, 5, "x", [], {}, {"picture": {}}, {"picture": "data:;base64,", "model": ["x"], "box": 3},
     {"picture": "data:image/png;base64,AAAA", "number": "yes", "label": {}, "consent": True}],
)  # fmt: skip
def test_whatever_is_sent_gets_an_answer(question: object) -> None:
    desk = page_module.desk(Zoo(model.load()))
    assert desk.read(question)["digits"] == []
    assert desk.read(question)["code"] in LANGUAGES["en"]
    assert desk.steps(question) == []
    assert desk.keep(question) == {"kept": False, "full": False}
    assert desk.choose(question) is False


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


def test_lines_of_writing_stay_lines(page: Page) -> None:
    """Two numbers, one below the other."""
    sheet = Image.open(EXAMPLES / "7_a_number.png").convert("L").resize((200, 200))
    both, content = Image.new("L", (200, 260), 255), io.BytesIO()
    both.paste(sheet.crop((0, 50, 200, 150)), (0, 20))
    both.paste(sheet.crop((0, 50, 200, 150)), (0, 140))
    both.save(content, "PNG")
    page.get_by_label("Read a whole number").check()
    file = {"name": "a.png", "mimeType": "image/png", "buffer": content.getvalue()}
    page.set_input_files('input[type="file"]', file)  # type: ignore[arg-type]
    expect_answer(page, "20472047")
    assert page.locator(".verdict .digit > div").all_inner_texts() == ["2047", "2047"]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "2047\n2047"


def test_boxes_go_with_what_they_were_around(number: Page) -> None:
    draw(number, ONE)
    expect_answer(number, "1")
    assert number.locator(".mark").count() == 1
    number.keyboard.press("Delete")
    assert number.locator(".mark").count() == 0
    expect(number.get_by_role("button", name="Copy")).to_be_hidden()


# --- languages ----------------------------------------------------------------------------------

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


# --- how it read this ---------------------------------------------------------------------------


def test_steps_are_worked_out_when_asked_for(page: Page) -> None:
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.post_data or ""))
    page.set_input_files('input[type="file"]', EXAMPLES / "5_photo_in_shadow.jpg")
    expect_answer(page, "3")
    assert not [call for call in calls if '"steps"' in call]
    page.get_by_role("button", name="How did it read this?").click()
    dialog = page.get_by_role("dialog", name="How did it read this?")
    expect(dialog.locator("li img")).to_have_count(5)
    assert all(dialog.locator("li").all_inner_texts())
    assert len(set(dialog.locator("img").evaluate_all("all => all.map(i => i.src)"))) == 5
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_evidence_is_laid_over_the_digit(page: Page) -> None:
    draw(page, SEVEN, at=0.3, size=0.6)
    expect_answer(page, "7")
    page.get_by_role("button", name="Evidence on the sheet").click()
    sheet, glow = (page.locator(selector).bounding_box() for selector in (".sheet", ".glow"))
    # the frame of 28 around a digit of 20 in its middle: the 7 from 0.48 to 0.72 of the sheet
    middle = (glow["x"] + glow["width"] / 2 - sheet["x"]) / sheet["width"]
    assert middle == pytest.approx(0.6, abs=0.07)
    # it is 0.71 high with its pen, 20 of the frame's 28 pixels
    assert glow["height"] / sheet["height"] == pytest.approx(0.71 * 28 / 20, abs=0.12)
    page.keyboard.press("Delete")
    expect(page.locator(".glow")).to_be_hidden()


# --- corrections --------------------------------------------------------------------------------


def kept(app_folder: Path) -> list[str]:
    return sorted(str(file.parent.name) for file in (app_folder / "feedback").rglob("*.png"))


def test_a_correction_without_consent_is_not_even_sent(page: Page, app_folder: Path) -> None:
    draw(page, SEVEN)
    expect_answer(page, "7")
    before, sent = kept(app_folder), []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="It is a 1", exact=True).click()
    expect(page.locator(".thanks")).to_have_text("Thank you. Nothing was kept.")
    assert sent == []
    assert kept(app_folder) == before


def test_a_correction_with_consent_is_kept(page: Page, app_folder: Path) -> None:
    before = kept(app_folder)
    draw(page, SEVEN)
    expect_answer(page, "7")
    page.get_by_label("Keep my drawing").check()
    page.get_by_role("button", name="It is a 2", exact=True).click()
    expect(page.locator(".thanks")).to_have_text("Thank you. It is kept.")
    assert kept(app_folder) == sorted([*before, "2"])
    # once for each answer
    expect(page.get_by_role("button", name="It is a 3", exact=True)).to_be_disabled()
    page.keyboard.press("Delete")
    expect(page.locator(".wrong")).to_be_hidden()


def test_one_digit_of_a_number_is_corrected(number: Page, app_folder: Path) -> None:
    before = kept(app_folder)
    number.locator(".verdict .digit button").nth(3).click()
    number.get_by_label("Keep my drawing").check()
    number.get_by_role("button", name="none: It is not a digit").click()
    expect(number.locator(".thanks")).to_have_text("Thank you. It is kept.")
    assert kept(app_folder) == sorted([*before, "none"])
    (file,) = (app_folder / "feedback" / "none").iterdir()
    cut_out = picture.decode(file)  # with a bit of its neighbour
    assert model.load().read(cut_out, number=True).text.endswith("7")


# --- networks -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app_with_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app with a second network and one that is none."""
    folder = tmp_path_factory.mktemp("zoo")
    facts = {"name": "Twin", "test_accuracy": 0.9831, "bytes": 408000, "latency_ms": 0.25}
    shutil.copy(model.BUNDLED, folder / "twin.tflite")
    (folder / "twin.json").write_text(json.dumps(facts))
    (folder / "broken.tflite").write_bytes(b"no network")
    (folder / "broken.json").write_text('{"name": "Broken"}')
    settings = {"MODELS_DIR": str(folder), "MODEL_REPO": ""}
    with running(tmp_path_factory.mktemp("app"), **settings) as address:
        yield address


def test_a_network_is_chosen_and_a_broken_one_refused(
    open_page: OpenPage, app_with_models: str
) -> None:
    page = open_page(app_with_models)
    picker, failed = page.get_by_label("Network"), page.locator(".model .failed")
    draw(page, SEVEN)
    expect_answer(page, "7")
    with page.expect_request(lambda request: '"model":"twin"' in (request.post_data or "")):
        picker.select_option("Twin")
    expect(page.locator(".about")).to_have_text("98.31% right on MNIST · 0.41 MB · 0.25 ms")
    picker.select_option("Broken")
    expect(failed).to_have_text("Broken cannot be loaded. Twin goes on reading.")
    expect(picker).to_have_value("twin")
    page.get_by_role("button", name="Clear").click()
    draw(page, ONE)
    expect_answer(page, "1")


def test_picker_is_hidden_where_there_is_no_choice(page: Page) -> None:
    count = page.locator(".model option").count()
    expect(page.get_by_label("Network")).to_be_visible(visible=count > 1)


# --- sharing, installing, and nobody else ---------------------------------------------------------


def test_links_and_code_to_embed_are_copied(page: Page, app: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share").click()
    copied = {}
    for name in ("link", "iframe", "app"):
        page.locator(f'[data-copy="{name}"]').click()
        expect(page.locator(f'[data-copy="{name}"]')).to_have_text("Copied")
        copied[name] = page.evaluate("navigator.clipboard.readText()")
        expect(page.locator(f'[data-snippet="{name}"]')).to_have_value(copied[name])
    assert copied["link"] == app
    assert f'<iframe src="{app}" width="600" height="500"' in copied["iframe"]
    assert f'<gradio-app src="{app}"></gradio-app>' in copied["app"]
    assert f"/{gr.__version__}/gradio.js" in copied["app"]


def test_copies_where_the_clipboard_is_kept_from_frames(page: Page) -> None:
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }"
    )
    page.evaluate("document.addEventListener('copy', () => (window.copied = "
                  "document.activeElement.value.slice(0, 7)))")  # fmt: skip
    page.get_by_role("button", name="Share").click()
    page.locator('[data-copy="iframe"]').click()
    page.wait_for_function("window.copied === '<iframe'")


def test_can_be_installed(page: Page, app: str) -> None:
    link = page.locator('link[rel="manifest"]').get_attribute("href")
    manifest = page.request.get(urljoin(app, link)).json()
    assert manifest["name"] == "Digit Reader"
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert page.request.get(urljoin(app, icon["src"])).ok


@pytest.mark.parametrize(
    ("query", "scheme", "is_dark"),
    [("", "light", False), ("", "dark", True), ("?__theme=dark", "light", True),
     ("?__theme=light", "dark", False)],
)  # fmt: skip
def test_light_and_dark_are_as_wanted(
    open_page: OpenPage, app: str, query: str, scheme: str, is_dark: bool
) -> None:
    page = open_page(app + query, color_scheme=scheme)
    red = page.evaluate("getComputedStyle(document.querySelector('.verdict')).backgroundColor")
    assert (int(re.findall(r"\d+", red)[0]) < 100) == is_dark
    # paper stays paper, so that ink is dark on light in both
    sheet = page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert sheet == "rgb(255, 253, 248)"


def test_use_via_api_is_offered(page: Page) -> None:
    page.get_by_role("button", name="Use via API").click()
    page.get_by_text("Python", exact=True).click()  # with MCP installed, that comes first
    expect(page.get_by_text("/predict").first).to_be_visible()


def test_no_request_goes_to_another_host(app: str, browser: Browser) -> None:
    """Every request of a whole visit, from the first byte on, with all that can be opened."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.goto(app)
    page.wait_for_selector(".reader canvas")
    draw(page, SEVEN)
    expect_answer(page, "7")
    page.locator("[data-example]").last.click()
    expect_answer(page, "2047")
    page.locator('[data-do="how"]').click()
    expect(page.locator(".steps li")).to_have_count(5)
    page.keyboard.press("Escape")
    page.locator('[data-do="share"]').click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    elsewhere = [url for url in asked if not url.startswith((app, "data:", "blob:"))]
    assert len(asked) > 10
    assert elsewhere == []
    context.close()


@pytest.mark.parametrize(
    ("settings", "card"),
    [
        ({"MODEL_REPO": "someone/digits", "SPACE_ID": "someone/space"}, "/someone/digits"),
        ({"SPACE_ID": "someone/space"}, "/spaces/someone/space/blob/main/README.md"),
        ({}, None),
    ],
)
def test_link_to_the_model_card(
    settings: dict[str, str], card: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MODEL_REPO", "SPACE_ID"):
        monkeypatch.setenv(name, settings.get(name, ""))
    desk = page_module.desk(Zoo(model.load()))
    assert desk.props["card"] == (card and f"https://huggingface.co{card}")


def test_a_picture_the_browser_cannot_show_is_shown_all_the_same(page: Page) -> None:
    content = io.BytesIO()
    Image.open(EXAMPLES / "4_small_and_off_centre.png").save(content, "TIFF")
    file = {"name": "a.tiff", "mimeType": "image/tiff", "buffer": content.getvalue()}
    page.set_input_files('input[type="file"]', file)  # type: ignore[arg-type]
    expect_answer(page, "9")
    expect(page.locator(".sheet.pictured")).to_be_visible()
    expect(page.locator(".mark")).to_have_count(1)


# --- the sheet ------------------------------------------------------------------------------------


def ink_of(page: Page) -> float:
    """Share of the canvas that has ink on it."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector(".reader canvas");
            const {width, height} = canvas;
            const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            return pixels.filter((value, i) => i % 4 === 3 && value > 128).length / width / height;
        }"""
    )


def test_drawing_is_sharp_and_survives_resizing(open_page: OpenPage) -> None:
    page = open_page(device_scale_factor=2)
    draw(page, SEVEN)
    expect_answer(page, "7")
    before = ink_of(page)
    for width in (700, 1100):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        side = page.locator(".reader canvas").bounding_box()["width"]
        pixels = page.evaluate("document.querySelector('.reader canvas').width")
        assert pixels == pytest.approx(2 * side, abs=2)
        assert ink_of(page) == pytest.approx(before, rel=0.05)
    expect_answer(page, "7")


def test_a_stroke_that_leaves_the_sheet_comes_back(page: Page) -> None:
    """A 7 whose corner lies outside: one stroke all the same, ended where the button is let go."""
    draw(page, [[(0.4, 0.2), (0.9, 0.2), (1.2, 0.3), (0.8, 0.4), (0.6, 0.9)]])
    expect(page.locator(".verdict")).not_to_have_attribute("data-state", "empty")
    page.keyboard.press("Control+z")
    expect(page.locator(".verdict")).to_have_attribute("data-state", "empty")
    draw(page, [[(0.5, 0.2), (0.5, 1.1)]])  # let go outside
    expect_answer(page, "1")
    box = page.locator(".reader canvas").bounding_box()
    before = ink_of(page)
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    assert ink_of(page) == before
