"""Loading, reading and the command line."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

import model
import picture
import preprocessing
from benchmarks import conditions, speed, strings, together
from reader import looks
from reader.network import AT_ONCE
from reader.reading import NO_INK, NOT_A_DIGIT, SEVERAL

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


@pytest.fixture(scope="module")
def network() -> model.Network:
    return model.Network(model.BUNDLED.read_bytes())


FRAMES = (DIGITS / 255).astype(np.float32)


# --- reading ---------------------------------------------------------------------------------


def test_reads_mnist(reader: model.DigitReader) -> None:
    right = [reader.read(d).text == str(y) for d, y in zip(DIGITS, LABELS, strict=True)]
    assert sum(right) >= 39


def test_a_digit_has_what_is_promised(reader: model.DigitReader) -> None:
    (digit,) = reader.read(DIGITS[12]).digits
    assert digit.digit == LABELS[12]
    assert 0.5 < digit.confidence <= 1
    assert digit.probabilities.shape == (10,)
    assert digit.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert digit.probabilities.argmax() == digit.digit
    assert digit.tensor.shape == (28, 28)
    assert digit.tensor.dtype == np.float32
    assert digit.heatmap is not None
    assert digit.heatmap.shape == (28, 28)
    assert (digit.heatmap.min(), digit.heatmap.max()) == (0, pytest.approx(1))


def test_nothing_written_is_nothing_read(reader: model.DigitReader) -> None:
    reading = reader.read(np.full((280, 280), 255, np.uint8))
    assert (reading.text, reading.digits, reading.note) == ("", [], NO_INK)


@pytest.mark.no_cover
def test_a_page_on_a_desk_is_read_where_either_might_be_the_paper(
    reader: model.DigitReader,
) -> None:
    rng = np.random.default_rng(0)
    right = []
    for i in list(range(len(DIGITS))) * 3:
        picture = conditions.page_edge(conditions.coverage(DIGITS[i], rng), rng)
        reading = reader.read(np.clip(picture, 0, 255).astype(np.uint8))
        if reading.ink.doubtful:
            right.append(reading.text == str(LABELS[i]))
    assert len(right) >= 4
    assert sum(right) >= len(right) - 1


def vignetted(ink: np.ndarray) -> np.ndarray:
    """Ink on paper that darkens towards its corners: (h, w) coverage -> (h, w) uint8."""
    yy, xx = np.mgrid[-1 : 1 : ink.shape[0] * 1j, -1 : 1 : ink.shape[1] * 1j]
    fall = 0.25 + 0.75 * np.exp(-((xx - 0.2) ** 2 + (yy + 0.1) ** 2))
    return np.clip(220 * (1 - 0.55 * ink) * fall, 0, 255).astype(np.uint8)


@pytest.mark.no_cover
def test_a_digit_that_fills_a_vignetted_photo_is_looked_at_again(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = []
    for digit in DIGITS:
        large = np.clip(cv2.resize(digit / 255.0, (380, 380), interpolation=cv2.INTER_CUBIC), 0, 1)
        thick = cv2.dilate(large.astype(np.float32), np.ones((21, 21)))
        photos.append(vignetted(thick[20:-20, 20:-20]))
    right = [reader.read(p).text == str(v) for p, v in zip(photos, LABELS, strict=True)]
    monkeypatch.setattr(preprocessing, "other_looks", lambda picture: iter(()))
    at_first = [reader.read(p).text == str(v) for p, v in zip(photos, LABELS, strict=True)]
    assert np.mean(right) >= 0.8
    assert sum(right) >= sum(at_first) + 4


def test_a_clean_drawing_is_looked_at_once() -> None:
    letter = np.full((200, 200), 255, np.uint8)
    cv2.putText(letter, "K", (60, 140), cv2.FONT_HERSHEY_SIMPLEX, 3, 0, 8, cv2.LINE_AA)
    assert list(preprocessing.other_looks(letter)) == []
    assert list(preprocessing.other_looks(np.full((50, 50), 200, np.uint8))) == []


def test_a_bitmap_cropped_tight_is_read_whatever_there_is_more_of(
    reader: model.DigitReader,
) -> None:
    """Two levels alone, up to the border: where most is ink, the paper is the other one."""
    right, mostly_ink = [], []
    for digit, label in zip(DIGITS, LABELS, strict=True):
        solid = cv2.resize(digit, (64, 64), interpolation=cv2.INTER_CUBIC) > 100
        x, y, w, h = cv2.boundingRect(solid.astype(np.uint8))
        tight = solid[y : y + h, x : x + w]
        for bitmap in (tight, ~tight):
            right.append(reader.read(np.uint8(255) * bitmap).text == str(label))
            mostly_ink.append(tight.mean() > 0.5)
    assert np.mean(right) >= 0.95
    assert sum(mostly_ink) >= 8
    assert np.mean(np.array(right)[mostly_ink]) >= 0.8


@pytest.mark.parametrize("light_ink", [False, True])
@pytest.mark.parametrize("blur", [0.0, 0.6])
def test_small_digits_cropped_tight_are_read(
    reader: model.DigitReader, blur: float, light_ink: bool
) -> None:
    """Twenty pixels high, up to the border: most of its pixels are between paper and ink."""
    right = []
    for digit, label in zip(DIGITS, LABELS, strict=True):
        x, y, w, h = cv2.boundingRect((digit > 60).astype(np.uint8))
        tight = digit[y : y + h, x : x + w]
        soft = cv2.GaussianBlur(tight, (0, 0), blur) if blur else tight
        right.append(reader.read(soft if light_ink else 255 - soft).text == str(label))
    assert np.mean(right) >= 0.95


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "condition",
    [conditions.shadow, conditions.crease, conditions.page_edge, conditions.frame,
     conditions.vignette, conditions.squared],
)  # fmt: skip
def test_numbers_are_read_as_well_under_difficulties(
    reader: model.DigitReader, condition: Callable
) -> None:
    """Most pages that are read on plain paper are read with a shadow, a crease, a desk, a frame."""
    sure = [i for i, digit in enumerate(DIGITS) if reader.read(digit).digits[0].confidence > 0.98]
    hand = strings.mnist_hand(DIGITS[sure], LABELS[sure])
    pages = zip(
        conditions.pages(conditions.plain, hand, 12),
        conditions.pages(condition, hand, 12),
        strict=True,
    )
    both = [
        [reader.read(picture, number=True).text == text for picture, text in page] for page in pages
    ]
    plain, difficult = np.array(both).sum(0)
    assert plain >= 11
    assert difficult >= plain - 1


@pytest.mark.no_cover
def test_a_number_in_light_ink_in_a_vignette_is_looked_at_again(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = [i for i, digit in enumerate(DIGITS) if reader.read(digit).digits[0].confidence > 0.98]
    hand, made = strings.mnist_hand(DIGITS[sure], LABELS[sure]), []
    what = {"light ink": True, "light": "vignette", "lines": "none", "contrast": 0.45}
    for seed in range(14):
        rng = np.random.default_rng(seed)
        page, text = strings.composed(hand, "spaced", rng)
        ink = together.drawn_number(page, (400, 500), 0.6, rng)
        photo = together.shot(ink, what | {"noise": 2.0, "blur": 0.0, "JPEG": 0}, 50, rng)
        made.append((photo, text))
    right = [reader.read(photo, number=True).text == text for photo, text in made]
    monkeypatch.setattr(preprocessing, "other_looks", lambda picture: iter(()))
    at_first = [reader.read(photo, number=True).text == text for photo, text in made]
    assert np.mean(right) >= 0.75
    assert sum(right) >= sum(at_first) + 4


def shaded_above(seed: int, picks: list[int]) -> tuple[np.ndarray, str]:
    """Two rows of five digits, the upper one in a shadow with a soft edge."""
    five = np.random.default_rng(seed).choice(picks, (2, 5), replace=False)
    ink = np.vstack([np.hstack([cv2.resize(DIGITS[i], (56, 56)) for i in row]) for row in five])
    covered = np.pad(ink / 255, ((24, 40), (40, 40)))
    light = 0.4 + 0.6 / (1 + np.exp((60 - np.arange(len(covered))) / 6))
    page = 230 * (1 - 0.55 * covered) * light[:, None]
    return page.clip(0, 255).astype(np.uint8), "".join(str(v) for v in LABELS[five.ravel()])


def test_a_row_in_a_shadow_below_which_another_is_sure_is_looked_at_again(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = [i for i, digit in enumerate(DIGITS) if reader.read(digit).digits[0].confidence > 0.98]
    made = [shaded_above(seed, sure) for seed in range(6)]
    right = [reader.read(page, number=True).text == text for page, text in made]
    monkeypatch.setattr(looks, "UNREAD", 1.0)
    at_first = [reader.read(page, number=True).text for page, _ in made]
    assert sum(right) >= 5
    assert all(text[5:].endswith(read) for (_, text), read in zip(made, at_first, strict=True))


def test_a_photographed_page_full_of_digits_is_read(reader: model.DigitReader) -> None:
    """A hundred in rows of twenty: the gaps between them are as narrow as their strokes."""
    rng = np.random.default_rng(100)
    page = speed.photo(speed.canvas(100, (1500, 2000), rng), rng)
    reading = reader.read(picture.decode(page), number=True)
    assert [len(line) for line in reading.lines] == [20] * 5


def drawn(*lines: tuple[tuple[int, int], ...]) -> np.ndarray:
    sheet = np.full((280, 280), 255, np.uint8)
    for line in lines:
        cv2.polylines(sheet, [np.array(line)], False, 0, 14, cv2.LINE_AA)
    return sheet


SIGNS = {
    "asterisk": drawn(((60, 60), (220, 220)), ((220, 60), (60, 220)), ((140, 40), (140, 240))),
    "letter A": drawn(((60, 240), (140, 40), (220, 240)), ((90, 170), (190, 170))),
    "letter E": drawn(((200, 40), (80, 40), (80, 240), (200, 240)), ((80, 140), (180, 140))),
    "hash": drawn(((100, 40), (90, 240)), ((190, 40), (180, 240)),
                  ((50, 100), (240, 100)), ((50, 180), (240, 180))),
    "dash": drawn(((50, 140), (230, 140))),
    "zigzag": drawn(((40, 60), (80, 220), (120, 60), (160, 220), (200, 60), (240, 220))),
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNS)
def test_signs_are_turned_away(reader: model.DigitReader, name: str) -> None:
    reading = reader.read(SIGNS[name])
    assert reading.text == ""
    assert [d.digit for d in reading.digits] == [None]
    assert reading.note in (NOT_A_DIGIT, SEVERAL)


def test_several_digits_are_said_to_be_several(reader: model.DigitReader) -> None:
    two = np.concatenate([DIGITS[12], DIGITS[30]], axis=1)
    reading = reader.read(two)
    assert (reading.text, reading.note) == ("", SEVERAL)
    assert reader.read(two, number=True).text == f"{LABELS[12]}{LABELS[30]}"


# --- the network -----------------------------------------------------------------------------


def test_class_maps_are_the_exact_evidence(network: model.Network) -> None:
    """A logit is the mean of its map: so the softmax of the means is the answer itself."""
    probabilities, maps = network.run(FRAMES)
    assert maps is not None
    logits = maps.astype(np.float64).mean((1, 2))
    powers = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(powers / powers.sum(1, keepdims=True), probabilities, atol=1e-5)


def without_ink(frame: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The frame with the first three tenths of its ink, in the given order, painted over."""
    painted = frame.copy()
    painted.ravel()[order[: int((frame > 0.3).sum() * 0.3)]] = 0
    return painted


def test_what_is_lit_is_what_decides(network: model.Network) -> None:
    """Painting over the ink that the map lights most costs the digit more than the rest would."""
    probabilities, maps = network.run(FRAMES)
    assert maps is not None
    left = []
    for frame, label, class_maps in zip(FRAMES, LABELS, maps, strict=True):
        heat = cv2.resize(class_maps[..., label], (28, 28))
        most = np.argsort(np.where(frame > 0.3, -heat, np.inf), axis=None)
        least = np.argsort(np.where(frame > 0.3, heat, np.inf), axis=None)
        pair = np.stack([without_ink(frame, most), without_ink(frame, least)])
        left.append(network.run(pair)[0][:, label])
    lit_gone, dim_gone = np.mean(left, axis=0)
    assert lit_gone < dim_gone - 0.05 < probabilities.max(1).mean()


def test_many_at_once_are_read_as_one_by_one(network: model.Network) -> None:
    many = np.concatenate([FRAMES, FRAMES])
    assert len(many) > AT_ONCE
    together = network.run(many)
    for i, frame in enumerate(many):
        for parts, alone in zip(together, network.run(frame[None]), strict=True):
            assert parts is not None
            assert alone is not None
            np.testing.assert_allclose(parts[i], alone[0], atol=1e-4)


def test_threads_do_not_disturb_each_other(reader: model.DigitReader) -> None:
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda d: reader.read(d).text, list(DIGITS) * 3))
    assert texts == [reader.read(d).text for d in DIGITS] * 3


def test_litert_equals_keras(network: model.Network) -> None:
    import keras

    theirs = keras.models.load_model(model.BUNDLED.with_suffix(".keras"), compile=False)
    difference = np.abs(network.run(FRAMES)[0] - np.asarray(theirs(FRAMES[..., None])))
    assert difference.max() <= 1e-5


def test_the_bundled_model_is_small() -> None:
    assert model.BUNDLED.stat().st_size < 5_000_000
    metrics = json.loads((ROOT / "metrics.json").read_text())
    assert metrics["parameters"] <= 1_200_000


# --- loading ---------------------------------------------------------------------------------


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(model.ModelError, match=r"^The model none.tflite cannot be read\.$"):
        model.load(tmp_path / "none.tflite")


@pytest.mark.parametrize("content", [b"", b"no model", b"\0" * 5000, b"TFL3" * 200])
def test_a_file_that_is_no_model_is_said(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.tflite"
    file.write_bytes(content)
    with pytest.raises(model.ModelError, match=r"^This file is not a LiteRT model\.$"):
        model.load(file)


def converted(network: object) -> bytes:
    import tensorflow as tf

    return tf.lite.TFLiteConverter.from_keras_model(network).convert()


@pytest.mark.parametrize(("side", "classes"), [(32, 10), (28, 7)])
def test_a_model_of_another_shape_is_refused(side: int, classes: int) -> None:
    import keras

    other = keras.Sequential(
        [keras.Input((side, side, 1)), keras.layers.Flatten(), keras.layers.Dense(classes)]
    )
    with pytest.raises(model.ModelError, match=r"^A model must "):
        model.Network(converted(other))


def test_a_keras_model_is_converted_and_read(tmp_path: Path, reader: model.DigitReader) -> None:
    own = model.load(model.BUNDLED.with_suffix(".keras"))
    for digit in DIGITS[::9]:
        assert own.read(digit).text == reader.read(digit).text


def test_a_plain_network_of_ten_classes_is_read() -> None:
    """Models from elsewhere have no class maps and no class for what is no digit."""
    import keras

    plain = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    (digit,) = model.DigitReader(converted(plain), "plain").read(DIGITS[0]).digits
    assert digit.digit is not None
    assert digit.heatmap is None


def test_what_is_no_keras_model_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "own.keras").write_text("no model")
    with pytest.raises(model.ModelError, match=r"own\.keras is not a Keras model\."):
        model.load(tmp_path / "own.keras")


def test_without_tensorflow_a_keras_model_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "import model\n"
        "try: model.load('mnist_model_aug.keras')\n"
        "except model.ModelError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "needs TensorFlow" in said.stdout
    assert "pip install -r train/requirements.txt" in said.stdout


# --- command line ----------------------------------------------------------------------------


def run(*arguments: str, stdin: str = "") -> tuple[int, list[dict], str]:
    done = subprocess.run(
        [sys.executable, "model.py", *arguments],
        cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_one_line_a_picture_in_order() -> None:
    names = ["3_white_on_black.png", "1_thin_pen.png", "6_a_letter.png"]
    code, lines, _ = run(*(str(EXAMPLES / n) for n in names))
    assert code == 0
    assert [line["text"] for line in lines] == ["4", "2", ""]
    for name, line in zip(names, lines, strict=True):
        assert set(line) == {"file", "text", "lines", "error", "note", "digits"}
        assert line["file"] == str(EXAMPLES / name)
        (digit,) = line["digits"]
        assert set(digit) == {"digit", "confidence", "probabilities", "box", "line"}
        assert len(digit["probabilities"]) == 10
        assert len(digit["box"]) == 4


def test_a_bad_file_gets_its_line_and_the_rest_go_on(tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture")
    files = [str(text), str(tmp_path / "none.png"), str(EXAMPLES / "2_thick_pen.png")]
    code, lines, _ = run("-", stdin="\n".join(files) + "\n")
    assert code == 1
    assert [bool(line["error"]) for line in lines] == [True, True, False]
    assert all(line["error"].endswith((".", ")")) for line in lines[:2])
    assert lines[2]["text"] == "5"


def test_numbers_on_the_command_line() -> None:
    code, lines, _ = run("--number", str(EXAMPLES / "7_a_number.png"))
    assert (code, lines[0]["text"]) == (0, "2047")
    assert [d["digit"] for d in lines[0]["digits"]] == [2, 0, 4, 7]


def test_a_bad_model_is_said_at_once(tmp_path: Path) -> None:
    code, lines, said = run("--model", str(tmp_path / "none.tflite"), "x.png")
    assert (code, lines) == (2, [])
    assert said == "The model none.tflite cannot be read.\n"


def test_boxes_are_in_the_pixels_of_the_file(tmp_path: Path) -> None:
    """Also where a large JPEG was opened at a fraction of its size."""
    canvas = np.full((4000, 4000), 255, np.uint8)
    cv2.line(canvas, (2000, 1000), (2000, 3000), 0, 160)
    file = tmp_path / "large.jpg"
    cv2.imwrite(str(file), canvas)
    _, lines, _ = run(str(file))
    assert lines[0]["text"] == "1"
    x, y, w, h = lines[0]["digits"][0]["box"]
    assert np.abs(np.array([x, y, w, h]) - [1920, 920, 160, 2160]).max() <= 30


def test_lines_come_as_they_are_read() -> None:
    """Each line is flushed: the first answer is there before the second path is known."""
    process = subprocess.Popen(
        [sys.executable, "-u", "model.py", "-"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert isinstance(process.stdin, io.TextIOBase)
    assert isinstance(process.stdout, io.TextIOBase)
    with process:
        process.stdin.write(f"{EXAMPLES / '1_thin_pen.png'}\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["text"] == "2"
        process.stdin.close()


def test_serving_needs_no_tensorflow() -> None:
    code = (
        "import sys, main; print([m for m in ('tensorflow', 'keras', 'train') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


def test_the_frame_read_is_the_frame_shown(reader: model.DigitReader) -> None:
    (digit,) = reader.read(DIGITS[20]).digits
    regions = preprocessing.split_digits(preprocessing.find_ink(DIGITS[20]))
    np.testing.assert_array_equal(digit.tensor, preprocessing.center(regions[0]))
