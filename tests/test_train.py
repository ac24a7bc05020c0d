"""Training, from the files it reads to the model it writes."""

import json
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from PIL import ImageFont

from model import ModelError
from tests.training import killed_in_an_epoch
from train import data, glyphs, letters, render, strings, teach
from train.calibrate import (
    TURNED_AWAY,
    calibrate,
    expected_calibration_error,
    measured,
    softmax,
)

pytestmark = pytest.mark.no_cover  # nothing that serves runs here; it makes TensorFlow slow
FIXTURE = Path(__file__).parent / "fixtures" / "mnist.npz"
with np.load(FIXTURE) as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]
STOCK = render.Stock(DIGITS, LABELS)


# --- data ------------------------------------------------------------------------------------


def test_the_last_sixth_is_for_validation(mnist: Path) -> None:
    digits = data.mnist(mnist)
    assert (len(digits.x_train), len(digits.x_validation), len(digits.x_test)) == (150, 30, 60)
    with np.load(mnist) as archive:
        np.testing.assert_array_equal(digits.x_validation, archive["x_train"][-30:])


def test_limit_is_for_a_quick_try(mnist: Path) -> None:
    digits = data.mnist(mnist, limit=50)
    assert (len(digits.x_train), len(digits.x_validation), len(digits.x_test)) == (50, 10, 10)


@pytest.mark.parametrize(
    "arrays",
    [
        {"x_train": DIGITS},
        {"x_train": DIGITS[:, :20], "y_train": LABELS, "x_test": DIGITS, "y_test": LABELS},
        {"x_train": DIGITS / 255, "y_train": LABELS, "x_test": DIGITS, "y_test": LABELS},
        {"x_train": DIGITS, "y_train": LABELS[:5], "x_test": DIGITS, "y_test": LABELS},
    ],
)
def test_a_wrong_file_is_named_with_what_was_expected(tmp_path: Path, arrays: dict) -> None:
    file = tmp_path / "wrong.npz"
    np.savez(file, **arrays)
    with pytest.raises(ValueError, match=r"wrong\.npz: expected "):
        data.mnist(file)


def row(label: int, strokes: list, writer: str | None = None) -> str:
    return json.dumps({"y": label, "strokes": strokes} | ({"writer": writer} if writer else {}))


def test_strokes_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "strokes.jsonl"
    file.write_text("\n".join(row(7, [[[0, 0], [10, 0], [4, 20]]], f"w{i}") for i in range(10)))
    (down, *_), _ = data.pen_strokes(str(file))
    (up, *_), _ = data.pen_strokes(f"{file}:up")
    assert down.label == 7
    np.testing.assert_array_equal(down.strokes[0] * [1, -1], up.strokes[0])


def test_writers_do_not_stand_on_both_sides(tmp_path: Path) -> None:
    """Each writer writes a stroke of a length of their own, by which they are known again."""
    file = tmp_path / "strokes.jsonl"
    lines = [row(1, [[[0, 0], [0, 10 + w]]], f"w{w:02}") for w in range(20) for _ in range(3)]
    file.write_text("\n".join(lines))
    sides = [{float(np.ptp(s.strokes[0])) for s in side} for side in data.pen_strokes(str(file))]
    assert not sides[0] & sides[1]
    assert len(sides[1]) == 4


def test_stray_points_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "strokes.jsonl"
    file.write_text(row(1, [[[0, 0], [1, 100]], [[900, 900]]]) + "\n" + row(4, [[[5, 5]]]))
    training, held = data.pen_strokes(str(file))
    (only,) = training + held
    assert len(only.strokes) == 1


@pytest.mark.parametrize("line", ["{", '{"y": 3}', '{"y": 12, "strokes": [[[0, 0]]]}', "[1]"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "strokes.jsonl"
    file.write_text(row(1, [[[0, 0], [1, 100]]]) + "\n" + line)
    with pytest.raises(ValueError, match=r"strokes\.jsonl, line 2: expected "):
        data.pen_strokes(str(file))


# --- rendering -------------------------------------------------------------------------------


def samples() -> list[render.Sample]:
    drawn = render.Sample(7, strokes=tuple(glyphs.strokes(glyphs.DIGITS[7][0])))
    return [render.Sample(int(LABELS[i]), picture=DIGITS[i]) for i in range(0, 40, 3)] + [drawn]


@pytest.mark.parametrize("seed", range(4))
def test_every_picture_is_a_frame_with_ink(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = [render.render(s, STOCK, rng) for s in samples()]
    made += [render.not_a_digit(STOCK, rng) for _ in range(30)]
    made += [render.render(render.rare_digit(STOCK, rng), STOCK, rng) for _ in range(20)]
    for picture in made:
        assert picture.shape == (28, 28)
        assert picture.dtype == np.uint8
        assert picture.max() == 255
        assert picture.mean() > 3


def font_folder(folder: Path, names: str) -> Path:
    """Pillow's own font under several names, where Fontsource would have as many fonts."""
    for name in names.split():
        (folder / name / "files").mkdir(parents=True)
        file = folder / name / "files" / f"{name}-latin-400-normal.woff"
        file.write_bytes(ImageFont.load_default(20).font_bytes)
    return folder


def test_fonts_are_split_like_writers(tmp_path: Path) -> None:
    training, held = letters.glyphs(font_folder(tmp_path, "a b c d e f"))
    assert [len(part.digits) for part in (training, held)] == [40, 20]
    assert len(training.signs) == 2 * len(held.signs) > 4 * 30
    labels = [s.label for s in held.digits]
    assert labels == [*range(10)] * 2


def test_glyphs_of_a_font_lie_in_the_box_of_mnist(tmp_path: Path) -> None:
    _, held = letters.glyphs(font_folder(tmp_path, "a"))
    for sample in held.digits + held.signs:
        _, _, width, height = cv2.boundingRect(sample.picture)
        assert sample.picture.shape == (letters.SIDE, letters.SIDE)
        assert max(width, height) == letters.INK
    different = {s.picture.tobytes() for s in held.digits + held.signs}
    assert len(different) == len(held.digits + held.signs) - len(letters.LIKE_DIGITS)


def test_a_folder_without_fonts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected font files named"):
        letters.glyphs(tmp_path)


def test_letters_of_fonts_become_signs(tmp_path: Path) -> None:
    glyphs_of_font = letters.glyphs(font_folder(tmp_path, "a"))[1]
    stock = render.Stock(DIGITS, LABELS, (), glyphs_of_font.digits, glyphs_of_font.signs)
    rng = np.random.default_rng(5)
    for _ in range(40):
        assert render.not_a_digit(stock, rng).max() == 255
        assert render.render(render.rare_digit(stock, rng), stock, rng).max() == 255


def test_the_rest_of_a_neighbour_lies_beside_the_digit() -> None:
    sheet = np.zeros((render.SIDE, render.SIDE), np.float32)
    cv2.rectangle(sheet, (70, 30), (100, 140), 1.0, -1)
    for seed in range(8):
        joined = render.beside_rest(sheet, DIGITS[seed], np.random.default_rng(seed))
        pad = render.SIDE // 2
        inner = joined[pad:-pad, pad:-pad]
        assert (inner >= sheet).all()
        added = np.flatnonzero((inner > sheet + 0.1).any(0))
        assert len(added)
        assert (added > 100 - 8).all() or (added < 70 + 8).all()


def tall_digits(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    return [strings.sized(DIGITS[i] / np.float32(255), rng) for i in range(count)]


def pieces_of(ink: np.ndarray) -> int:
    return cv2.connectedComponents((ink > 0.5).astype(np.uint8))[0] - 1


@pytest.mark.parametrize("seed", range(5))
def test_touching_digits_touch_and_spaced_ones_do_not(seed: int) -> None:
    digits = [d for d in tall_digits(12) if pieces_of(d) == 1][:6]
    rng = np.random.default_rng(seed)
    assert pieces_of(strings.spaced(digits, rng).ink) == len(digits)
    assert pieces_of(strings.touching(digits, rng, share=1).ink) <= 2
    assert pieces_of(strings.linked(digits, rng).ink) <= 2


def test_a_line_tells_where_its_digits_are() -> None:
    line = strings.spaced(tall_digits(5), np.random.default_rng(0))
    for ink, x, y in line.digits:
        height, width = ink.shape
        np.testing.assert_array_equal(line.ink[y : y + height, x : x + width], ink)


def test_pieces_are_digits_or_none() -> None:
    rng = np.random.default_rng(2)
    drawn = [s for s in samples() if s.strokes]
    stock = render.Stock(DIGITS, LABELS, drawn)
    made = [piece for _ in range(20) for piece in strings.pieces(stock, rng)]
    labels = [label for _, label in made]
    assert {render.NOT_A_DIGIT} < set(labels)
    assert 0.1 < np.mean([label == render.NOT_A_DIGIT for label in labels]) < 0.6
    assert all(p.shape == (28, 28) and p.max() == 255 for p, _ in made)


def test_a_seed_repeats_its_pictures() -> None:
    def make(seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return np.stack([render.render(s, STOCK, rng) for s in samples()])

    np.testing.assert_array_equal(make(3), make(3))
    assert (make(3) != make(4)).any()


def test_pens_are_as_wide_as_asked() -> None:
    line = (np.array([[0, 0], [0, 10]], np.float32),)
    widths = []
    for width in (1.0, 2.0, 4.0):
        ink = np.median(
            [
                render.drawn(line, np.random.default_rng(s), width)[80:90].sum(1).mean()
                for s in range(12)
            ]
        )
        widths.append(ink / render.OVERSAMPLE)
    np.testing.assert_allclose(widths, [1, 2, 4], rtol=0.35)


def test_a_slash_strikes_the_zero_through() -> None:
    ring = np.zeros((render.SIDE, render.SIDE), np.float32)
    cv2.ellipse(ring, (84, 84), (35, 55), 0, 0, 360, 1.0, 8)
    struck = render.slashed(ring, np.random.default_rng(0))
    assert (struck >= ring).all()
    assert struck[70:98, 70:98].sum() > 50 > ring[70:98, 70:98].sum()


@pytest.mark.parametrize("seed", range(6))
def test_the_flag_of_a_one_hangs_from_its_head_to_the_left(seed: int) -> None:
    stem = np.zeros((render.SIDE, render.SIDE), np.float32)
    cv2.line(stem, (84, 28), (84, 140), 1.0, 8)
    added = render.flagged(stem, np.random.default_rng(seed)) - stem
    assert added.min() >= 0
    flag = np.argwhere(added[:125] > 0.5)  # above the foot that some have
    assert flag[:, 1].max() <= 92
    assert flag[:, 0].min() < 40
    assert 84 - flag[:, 1].min() < 0.8 * (flag[:, 0].max() - 28) * np.tan(np.deg2rad(62)) + 8


def test_a_one_with_a_flag_gets_no_other() -> None:
    one = np.zeros((render.SIDE, render.SIDE), np.float32)
    cv2.polylines(one, [np.array([[30, 90], [90, 28], [90, 140]], np.int32)], False, 1.0, 8)
    np.testing.assert_array_equal(render.flagged(one, np.random.default_rng(0)), one)


def test_a_seven_is_crossed_at_its_stem() -> None:
    seven = np.zeros((render.SIDE, render.SIDE), np.float32)
    cv2.polylines(seven, [np.array([[50, 28], [110, 28], [80, 140]], np.int32)], False, 1.0, 8)
    for seed in range(6):
        bar = np.argwhere(render.crossed(seven, np.random.default_rng(seed)) - seven > 0.5)
        assert 60 < bar[:, 0].mean() < 110
        assert bar[:, 1].min() < 85
        assert bar[:, 1].max() > 105


def test_an_outline_is_hollow() -> None:
    bar = np.zeros((render.SIDE, render.SIDE), np.float32)
    bar[30:140, 70:100] = 1
    outline = render.outlined(bar, np.random.default_rng(0))
    assert outline[80:90, 82:88].max() < 0.05
    assert outline[80:90].max() > 0.8


@pytest.mark.parametrize(("width", "least", "most"), [(8, 9, 63), (60, 61, 113), (140, 140, 141)])
def test_ink_is_stretched_towards_a_square(width: int, least: int, most: int) -> None:
    """A bare stroke gets half as wide as high at most, and what is no narrower stays."""
    ink = np.zeros((render.SIDE, render.SIDE), np.float32)
    left = (render.SIDE - width) // 2
    ink[28:140, left : left + width] = 1
    for seed in range(6):
        made = render.stretched(ink, np.random.default_rng(seed)) > 0.5
        rows, columns = made.any(1), made.any(0)
        assert rows.sum() == 112
        assert least <= columns.sum() <= most


@pytest.mark.parametrize("name", [*glyphs.NOT_DIGITS, *map(str, glyphs.DIGITS)])
def test_glyphs_are_strokes_on_their_grid(name: str) -> None:
    forms = glyphs.NOT_DIGITS[name] if name in glyphs.NOT_DIGITS else glyphs.DIGITS[int(name)]
    for form in forms:
        for stroke in glyphs.strokes(form):
            assert stroke.ndim == 2
            assert stroke.shape[1] == 2
            assert -2 <= stroke.min() <= stroke.max() <= 13


def test_a_hand_moves_points_and_keeps_joints() -> None:
    sign = "0,0 6,0 2,4; ~2,4 7,5 6,9 0,9"
    as_it_is = glyphs.strokes(sign)
    for part, same in zip(as_it_is, glyphs.strokes(sign, np.random.default_rng(0)), strict=True):
        np.testing.assert_array_equal(part, same)
    first, second = glyphs.strokes(sign, np.random.default_rng(0), spread=0.4)
    np.testing.assert_array_equal(first[-1], second[0])
    apart = np.abs(np.concatenate([first, second]) - np.concatenate(as_it_is))
    assert 0.05 < apart.mean() < 0.8


# --- calibration -----------------------------------------------------------------------------


def test_calibration_error_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    confidence, right = rng.random(500), rng.random(500) < 0.6
    slow = 0.0
    for b in range(15):
        inside = (confidence >= b / 15) & (confidence < (b + 1) / 15)
        if inside.any():
            gap = abs(confidence[inside].mean() - right[inside].mean())
            slow += inside.mean() * gap
    assert expected_calibration_error(confidence, right) == pytest.approx(slow)
    assert expected_calibration_error(confidence[:0], right[:0]) == 0


def test_calibrated_answers_have_little_error() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.3, 1, 200_000)
    right = rng.random(200_000) < confidence
    assert expected_calibration_error(confidence, right) < 0.005
    assert expected_calibration_error(confidence, right & (rng.random(200_000) < 0.8)) > 0.05


class Logits:
    """Stands in for a network whose last layer multiplies given logits."""

    def __init__(self, logits: np.ndarray) -> None:
        self.layers = [self]
        self.weights = [np.ones((1, 1, 1, logits.shape[1])), np.zeros(logits.shape[1])]

    def predict(self, given: np.ndarray, **_: object) -> np.ndarray:
        kernel, offset = self.weights
        return given * kernel[0, 0, 0] + offset

    def get_weights(self) -> list[np.ndarray]:
        return self.weights

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = weights


class Labelled:
    def __init__(self, logits: np.ndarray, y: np.ndarray) -> None:
        self.logits, self.y = logits, y

    def tensors(self) -> np.ndarray:
        return self.logits


def test_temperature_and_bias_are_found_and_put_into_the_weights() -> None:
    rng = np.random.default_rng(2)
    true = rng.normal(0, 2, (20_000, 11))
    true[:, 10] -= 6
    y = np.array([rng.choice(11, p=p) for p in softmax(true)])
    keep = y < 10
    part = Labelled(3 * true[keep], y[keep])  # three times too certain
    network = Logits(true)
    fitted = calibrate(network, {"strokes": part})
    assert fitted["temperature"] == pytest.approx(3, rel=0.1)
    answers = network.predict(part.logits).argmax(1)
    assert (answers == 10).mean() == pytest.approx(TURNED_AWAY["strokes"], rel=0.1)


def test_a_digit_that_is_turned_away_is_no_confident_mistake() -> None:
    logits = np.full((100, 11), -20.0)
    logits[np.arange(80), np.arange(80) % 10] = 0
    logits[80:, 10] = 0
    part = Labelled(logits, np.arange(100) % 10)
    found = measured(Logits(logits), {"strokes": part})["strokes"]
    assert (found["accuracy"], found["turned_away"]) == (0.8, 0.2)
    assert found["calibration_error"] == pytest.approx(0, abs=1e-6)
    part.y[:20] = (part.y[:20] + 1) % 10  # a quarter of what is named is wrong
    found = measured(Logits(logits), {"strokes": part})["strokes"]
    assert found["calibration_error"] == pytest.approx(0.25, abs=1e-6)


# --- export and fit --------------------------------------------------------------------------


@pytest.fixture
def thin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of bare convolutions with few filters, which TensorFlow builds in a moment."""
    from keras import layers

    from train import architectures

    def convolution(_: int, side: int = 3) -> list[keras.Layer]:
        return [layers.Conv2D(8, side, padding="same")]

    monkeypatch.setattr(architectures, "_convolution", convolution)


@pytest.mark.usefixtures("thin")
def test_what_litert_makes_is_compared_with_keras(tmp_path: Path) -> None:
    from train import architectures, export

    keras.utils.set_random_seed(0)
    source = tmp_path / "fresh.keras"
    export.save_keras(architectures.cnn_aug(), source)
    assert export.to_litert(source, tmp_path / "fresh.tflite") <= export.TOLERANCE


@pytest.mark.usefixtures("thin")
def test_a_broken_network_is_refused(tmp_path: Path) -> None:
    from train import architectures, export

    broken = architectures.cnn_aug()
    kernel, offset = broken.get_layer("class_maps").get_weights()
    broken.get_layer("class_maps").set_weights([kernel * np.nan, offset])
    source = tmp_path / "broken.keras"
    export.save_keras(broken, source)
    with pytest.raises(ModelError, match="must return probabilities"):
        export.to_litert(source, tmp_path / "broken.tflite")


def fit(mnist: Path, folder: Path, *more: str) -> dict:
    from train import fit as training

    where = ["--out", str(folder / "out"), "--cache", str(folder / "cache")]
    few = ["--limit", "120", "--passes", "1", "--batch", "32", "--epochs", "3"]
    training.main(["--data", str(mnist), *where, *few, *more])
    return json.loads((folder / "out" / "metrics.json").read_text())


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments for a network that is trained in a moment, and goes on from a saved one."""
    from keras import layers

    from train import architectures

    def network(classes: int = architectures.CLASSES) -> keras.Sequential:
        parts = [
            keras.Input(architectures.INPUT),
            layers.Conv2D(8, 5, strides=4, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.SpatialDropout2D(0.3),
            layers.Conv2D(classes, 1, name="class_maps"),
            layers.GlobalAveragePooling2D(dtype="float32"),
        ]
        return keras.Sequential(parts, name="tiny")

    monkeypatch.setitem(architectures.ARCHITECTURES, "tiny", network)
    keras.utils.set_random_seed(3)
    network().save(tmp_path / "tiny.keras")
    return ["--architecture", "tiny", "--from", str(tmp_path / "tiny.keras")]


def test_training_goes_on_after_a_kill(mnist: Path, tmp_path: Path, tiny: list[str]) -> None:
    whole = fit(mnist, tmp_path / "whole", *tiny)
    assert len(whole["history"]) == 3
    with killed_in_an_epoch(3):
        fit(mnist, tmp_path / "killed", *tiny)
    resumed = fit(mnist, tmp_path / "killed", *tiny)
    for again, once in zip(resumed["history"], whole["history"], strict=True):
        assert again.pop("seconds") > 0 < once.pop("seconds")
        assert again == pytest.approx(once, rel=1e-3, abs=1e-4)


def test_epochs_are_compared_without_their_bias_for_no_digit() -> None:
    from train.learning import Run
    from train.run import Part

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 11, 300).astype(np.uint8)
    run = Run.__new__(Run)
    run.parts = {"mnist": Part(np.zeros((300, 28, 28), np.uint8), labels)}
    logits = rng.normal(0, 1, (300, 11)) + 3 * np.eye(11)[labels]
    biased = logits + 1.3 * np.eye(11)[10]
    worse = logits - 0.3 * np.eye(11)[labels]
    loss = run._loss({"mnist": logits})
    assert run._loss({"mnist": biased}) == pytest.approx(loss, abs=1e-3)
    assert run._loss({"mnist": worse}) > loss + 0.05


def test_training_goes_on_from_a_model(mnist: Path, tmp_path: Path, tiny: list[str]) -> None:
    """With no learning rate to speak of, the model stays what it was."""
    metrics = fit(mnist, tmp_path, *tiny, "--rate", "1e-9", "--epochs", "1")
    assert metrics["arguments"]["start"] == "tiny.keras"
    assert metrics["arguments"]["data"] == "mnist.npz"
    assert metrics["start"] is None  # nothing beside it says how it was made
    before, after = (
        keras.models.load_model(file, compile=False)
        for file in (tiny[-1], tmp_path / "out" / "mnist_model_aug.keras")
    )
    np.testing.assert_allclose(*first_kernels(before, after), atol=1e-6)


def first_kernels(*networks: keras.Model) -> list[np.ndarray]:
    """Of the first convolutions: calibration changes the last."""
    kind = keras.layers.Conv2D
    return [
        next(np.asarray(layer.kernel) for layer in network.layers if isinstance(layer, kind))
        for network in networks
    ]


def test_a_network_of_another_kind_is_named(
    mnist: Path, tmp_path: Path, tiny: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = ["--architecture", "cnn_five", *tiny[2:]]
    with pytest.raises(SystemExit, match=r"tiny\.keras is no cnn_five"):
        fit(mnist, tmp_path, *other)
    with pytest.raises(SystemExit, match=r"tiny\.keras is no cnn_eight"):
        fit(mnist, tmp_path, "--architecture", "cnn_five", "--beside", tiny[-1])
    with pytest.raises(SystemExit):
        fit(mnist, tmp_path, *tiny, "--beside", tiny[-1])
    assert "--beside goes with cnn_eight and cnn_five" in capsys.readouterr().err


@pytest.mark.usefixtures("thin")
def test_a_tower_is_trained_beside_another(mnist: Path, tmp_path: Path) -> None:
    """With no learning rate to speak of, and none of the answers, the other is all there is."""
    from train.architectures import ARCHITECTURES

    keras.utils.set_random_seed(7)
    other = ARCHITECTURES["cnn_eight"]()
    other.save(tmp_path / "eight.keras")
    few = ["--rate", "1e-9", "--epochs", "1", "--share", "1"]
    beside = ["--architecture", "cnn_five", "--beside", str(tmp_path / "eight.keras")]
    metrics = fit(mnist, tmp_path, *few, *beside)
    both = keras.models.load_model(tmp_path / "out" / "mnist_model_aug.keras", compile=False)
    frames = DIGITS[:8, ..., None].astype(np.float32) / 255
    logits = other.predict(frames, verbose=0) / metrics["calibration"]["temperature"]
    logits[:, 10] += metrics["calibration"]["bias"]
    np.testing.assert_allclose(both.predict(frames, verbose=0), softmax(logits), atol=1e-4)


def test_a_blend_keeps_what_the_model_was_and_its_precision(
    mnist: Path, tmp_path: Path, tiny: list[str]
) -> None:
    """Trained to ruin in half the bits, and blended with nothing but what it was before."""
    fit(mnist, tmp_path, *tiny, "--rate", "1", "--epochs", "1",
        "--precision", "mixed_bfloat16", "--blend", "1")  # fmt: skip
    files = (tiny[-1], tmp_path / "out" / "mnist_model_aug.keras")
    before, after = (keras.models.load_model(file, compile=False) for file in files)
    assert {layer.compute_dtype for layer in after.layers} == {"float32"}
    np.testing.assert_allclose(*first_kernels(before, after), atol=1e-6)


def test_a_blend_needs_something_to_blend_with(
    mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        fit(mnist, tmp_path, "--blend", "0.5")
    assert "--blend takes a share" in capsys.readouterr().err


def test_teachers_are_believed_where_they_know_the_label() -> None:
    from model import BUNDLED

    frames = DIGITS.astype(np.float32) / 255
    (teacher,) = teach.load([BUNDLED])
    answers, _ = teacher.run(frames)
    names = LABELS.copy()
    names[::2] = (LABELS[::2] + 1) % 10  # which the teacher does not believe
    learned = teach.targets([teacher, teacher], DIGITS, names).astype(np.float32)
    alone = np.eye(11)[names]
    known = answers.argmax(1) == names
    assert known.any()
    assert not known.all()
    expected = np.where(known[:, None], 0.3 * alone + 0.7 * answers, alone)
    np.testing.assert_allclose(learned, expected, atol=2e-3)
    np.testing.assert_array_equal(teach.targets([], DIGITS, names), alone)


def test_a_run_learns_what_its_teacher_answers(
    mnist: Path, tmp_path: Path, tiny: list[str]
) -> None:
    from model import BUNDLED

    own = [*tiny, "--rate", "1e-9", "--epochs", "1"]
    taught = fit(mnist, tmp_path / "taught", *own, "--teacher", str(BUNDLED))
    alone = fit(mnist, tmp_path / "alone", *own)
    assert taught["arguments"]["teachers"] == ["mnist_model_aug.tflite"]
    assert taught["history"][0]["loss"] != pytest.approx(alone["history"][0]["loss"], rel=1e-5)
    assert taught["history"][0]["mnist_loss"] == pytest.approx(alone["history"][0]["mnist_loss"])


def test_a_run_that_is_over_asks_no_teacher(
    mnist: Path, tmp_path: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from model import BUNDLED

    own = [*tiny, "--epochs", "1"]
    fit(mnist, tmp_path, *own, "--teacher", str(BUNDLED))
    monkeypatch.setattr(teach, "kept_targets", lambda *_: pytest.fail("asked"))
    blended = fit(mnist, tmp_path, *own, "--teacher", str(BUNDLED), "--blend", "0.5")
    assert blended["epochs"] == 1


def test_what_teachers_answer_is_kept_for_the_same_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model import BUNDLED

    teachers = teach.load([BUNDLED])

    def kept(x: np.ndarray, y: np.ndarray, file: Path = BUNDLED) -> np.ndarray:
        return teach.kept_targets(teachers, [file], x, y, tmp_path)

    first = kept(DIGITS, LABELS)
    monkeypatch.setattr(teach, "targets", lambda *_: np.zeros(1))
    np.testing.assert_array_equal(kept(DIGITS, LABELS), first)
    np.testing.assert_array_equal(first, np.load(next(tmp_path.glob("targets_*.npy"))))
    assert first.shape == (len(DIGITS), 11)
    for others in [(255 - DIGITS, LABELS), (DIGITS, LABELS[::-1]), (DIGITS, LABELS, FIXTURE)]:
        assert kept(*others).shape == (1,)


def test_what_cannot_teach_is_named(mnist: Path, tmp_path: Path) -> None:
    from model import BUNDLED

    for file in (BUNDLED.with_suffix(".keras"), BUNDLED.parent / "models" / "dense.tflite"):
        with pytest.raises(SystemExit, match=f"{file.name} cannot teach: "):
            fit(mnist, tmp_path, "--teacher", str(file))


def test_a_hand_is_learned_without_forgetting_mnist(mnist: Path, tmp_path: Path) -> None:
    """A hand that writes 2, 4 and 7 as others see them in a mirror, by the bundled network."""
    from model import BUNDLED

    for label in (2, 4, 7):
        (tmp_path / "hand" / str(label)).mkdir(parents=True)
        for i in range(24):
            digit = DIGITS[label == LABELS][i % 4]
            page = np.full((90, 80), 255, np.uint8)
            large = cv2.resize(255 - digit[:, ::-1], (56 + i, 56), interpolation=cv2.INTER_AREA)
            page[10:66, : 56 + i] = large
            cv2.imwrite(str(tmp_path / "hand" / str(label) / f"{i}.png"), page)
    found = fit(
        tmp_path / "hand", tmp_path, "--mnist", str(mnist), "--rate", "2e-3", "--epochs", "3",
        "--from", str(BUNDLED.with_suffix(".keras")),
    )  # fmt: skip
    before, after = found["test_before"], found["test"]
    assert after["own"]["accuracy"] >= before["own"]["accuracy"] + 0.3
    assert after["mnist"]["accuracy"] >= before["mnist"]["accuracy"] - 0.05
    assert found["arguments"]["mnist"] == "mnist.npz"
    made = json.loads(BUNDLED.with_name("metrics.json").read_text())
    assert found["start"] == {k: made[k] for k in ("arguments", "epochs", "start", "beside")}
    for name in ("mnist_model_aug.keras", "mnist_model_aug.tflite"):
        assert (tmp_path / "out" / name).stat().st_size > 100_000
