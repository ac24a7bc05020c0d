"""The steps of reading, as pictures that show what each has done."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from page.pictures import data_url
from page.steps import steps_of

EXAMPLES = Path(__file__).parent.parent / "examples"


def pixels(url: str) -> np.ndarray:
    content = base64.b64decode(url.partition(",")[2])
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def example(name: str) -> str:
    return data_url((EXAMPLES / name).read_bytes(), name[-3:])


def test_a_shadow_goes_and_the_ink_stays(reader: model.DigitReader) -> None:
    steps = steps_of(reader, {"picture": example("5_photo_in_shadow.jpg")})
    keys = ["step_given", "step_paper", "step_ink", "step_regions", "step_frame"]
    assert [step["key"] for step in steps] == keys
    given, paper, ink, regions, frame = (pixels(step["picture"]) for step in steps)
    corner = np.s_[-40:-5, -40:-5]  # in the shadow, without ink
    assert given[corner].mean() < 160
    assert paper[corner].mean() > 240
    assert set(np.unique(ink)) == {0, 255}
    assert 0.01 < (ink == 0).mean() < 0.2
    green = (regions[..., 1] > 90) & (regions[..., 2] < 60)
    assert green.any()
    assert frame.shape == (28, 28)


def test_a_number_shows_the_frame_of_each_digit(reader: model.DigitReader) -> None:
    steps = steps_of(reader, {"picture": example("7_a_number.png"), "number": True})
    assert pixels(steps[-1]["picture"]).shape == (28, 4 * 29 - 1)


@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3), (40, 60, 4), (1, 1)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_blank_pictures_of_any_form_have_no_region(
    reader: model.DigitReader, shape: tuple[int, ...], kind: type
) -> None:
    blank = np.full(shape, np.iinfo(kind).max, kind)
    url = data_url(cv2.imencode(".png", blank)[1].tobytes(), "png")
    steps = steps_of(reader, {"picture": url})
    assert [step["key"] for step in steps] == ["step_given", "step_paper", "step_ink"]
    assert pixels(steps[0]["picture"]).min() == 255


@pytest.mark.parametrize("question", [{}, {"picture": 5}, {"picture": "data:,"}])
def test_what_is_no_picture_has_no_steps(
    reader: model.DigitReader, question: dict[str, object]
) -> None:
    assert steps_of(reader, question) == []
