"""Load a model and read digits with it.

reader = load()
reader.read(picture).text        # "7"

$ python model.py seven.png
{"file": "seven.png", "text": "7", "lines": ["7"], "error": null, "digits": [{"digit": 7, ...}]}
"""

import argparse
import hashlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import hub
import preprocessing
import rows
import segmentation
from network import DIGITS, ModelError, Network
from picture import PictureError, open_picture
from preprocessing import FRAME, Ink, Region
from segmentation import Tries
from strokes import Array

__all__ = ["Digit", "DigitReader", "ModelError", "Network", "Origin", "Reading", "load"]

log = logging.getLogger(__name__)

# Odds of "not a digit", times what they were in training: people ask of all sorts of drawings what
# digit they are, and beside sure digits of a number hardly anything else is written.
ALONE, AMONG_DIGITS = 2.7, 1 / 8
# Certainty of one digit and of a number, below which a picture is looked at otherwise, and from
# which what is seen then is believed
OTHERWISE = {False: (0.9, 0.97), True: (1.0, 3.0)}
FEW, SURE_NUMBER = 3, 1.25  # digits, and their mean certainty, from which a look is beyond doubt
LINE = 3  # digits, from which a number's lines are looked at for their tilt ...
LOST = 2.5  # ... and certainty that laying them level may cost: by about one digit
SAME = 0.3  # certainty of the digits on a sheet that reading it alone may cost
UNDERLINED = 0.5  # nines, by which it is surer without lines drawn under it than with them
BUNDLED = Path(__file__).parent / "mnist_model_aug.tflite"
NO_INK = "There is nothing to read yet: draw or upload a digit."
NOT_A_DIGIT = "This does not look like a digit."
SEVERAL = "There is more than one digit here: write just one, or choose to read a whole number."


@dataclass(frozen=True)
class Digit:
    """One piece of ink and what was read in it.

    digit: 0 to 9, or None where it is not a digit.
    confidence: calibrated probability in [0, 1] that `digit` is right; for None, that it is none.
    probabilities: (10,) float32, sum 1, of each digit, given that it is one.
    box: x, y, w, h in the picture's pixels.
    line: the line of writing that it stands in, from 0 at the top.
    tensor: (28, 28) float32 in [0, 1], what the network saw.
    heatmap: (28, 28) float32 in [0, 1], where the network found the evidence for its answer (class
        activation map, Zhou et al. 2016), or None for networks without class maps.
    """

    digit: int | None
    confidence: float
    probabilities: Array
    box: tuple[int, int, int, int]
    line: int
    tensor: Array
    heatmap: Array | None


@dataclass(frozen=True)
class Reading:
    """What was read in one picture: `note` is a sentence where something is to be said of it."""

    digits: list[Digit]
    note: str
    ink: Ink
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The digits read, in reading order; "" where there are none."""
        return "".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The digits read, line by line from the top; lines without any are left out."""
        read = [d for d in self.digits if d.digit is not None]
        return ["".join(str(d.digit) for d in row) for _, row in groupby(read, lambda d: d.line)]


@dataclass(frozen=True)
class Origin:
    """Where a network is from.

    name: the file's without its ending, for the Hub OWNER/NAME.
    sha256: of the LiteRT model.
    revision: its commit on the Hub, or None for a local file.
    note: why it is not the one that was asked for, or "".
    """

    name: str
    sha256: str
    revision: str | None = None
    note: str = ""


class DigitReader:
    """Reads digits with one network. `origin` says which; safe to use from several threads."""

    def __init__(
        self, content: bytes, name: str, revision: str | None = None, note: str = ""
    ) -> None:
        self.origin = Origin(name, hashlib.sha256(content).hexdigest(), revision, note)
        self._network = Network(content)

    @property
    def name(self) -> str:
        """The network's name."""
        return self.origin.name

    def read(self, picture: NDArray, number: bool = False) -> Reading:
        """Read one digit, or with `number` every digit in reading order.

        picture: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16. Raises ValueError, with
        a sentence for people, for other arrays.
        """
        start = time.perf_counter()
        certainty = _of_number if number else _of_digit
        tries = Tries()  # of all looks together
        reading = self._surest(preprocessing.first_looks(picture), number, tries)
        unsure, believed = OTHERWISE[number]
        if number or certainty(reading) < unsure:
            reading = self._on_sheet(picture, number, reading, tries)
        if certainty(reading) < unsure:
            looks = (self._read(ink, number, tries) for ink in preprocessing.other_looks(picture))
            other = max(looks, key=certainty, default=reading)
            reading = other if certainty(other) >= believed else reading
        if number:
            reading = self._laid_level(reading, tries)
        return replace(reading, seconds=time.perf_counter() - start)

    def _surest(self, looks: Iterator[Ink], number: bool, tries: Tries) -> Reading:
        """Read all looks, or those up to one that shows a number beyond doubt: paper between the
        digits of a table, taken for ink, takes seconds to read.
        """
        readings = []
        for ink in looks:
            readings.append(self._read(ink, number, tries))
            if number and _is_beyond_doubt(readings[-1]):
                break
        return max(readings, key=_of_number if number else _of_digit)

    def _on_sheet(self, picture: NDArray, number: bool, reading: Reading, tries: Tries) -> Reading:
        """Read what is on a sheet that lies in the picture, where nothing else is written.

        Edges of the sheet and of what it lies on are often 1s.
        """
        sheet = preprocessing.find_sheet(picture)
        if sheet is None:
            return reading
        there = [d for d in reading.digits if sheet.holds(d.box)]
        if sum(map(_is_written, reading.digits)) > sum(map(_is_written, there)):
            return reading
        certainty = _of_number if number else _of_digit
        alone = max((self._read(ink, number, tries) for ink in sheet.looks()), key=certainty)
        least = max(OTHERWISE[number][1], certainty(replace(reading, digits=there)) - SAME)
        return alone if certainty(alone) >= least else reading

    def _laid_level(self, reading: Reading, tries: Tries) -> Reading:
        """Read a number again with its lines laid level, where they are steep."""
        several = len(reading.digits) >= LINE
        ink = preprocessing.straightened(reading.ink) if several else None
        if ink is None:
            return reading
        level = self._read(ink, True, tries)
        return level if _of_number(level) > _of_number(reading) - LOST else reading

    def _read(self, ink: Ink, number: bool, tries: Tries) -> Reading:
        """Read ink, without lines drawn under digits if that is clearly surer."""
        reading = self._read_as_it_is(ink, number, tries)
        without = preprocessing.without_underlines(ink)
        if without is None:
            return reading
        other = self._read_as_it_is(without, number, tries)
        nines = _of_number if number else _nines
        return other if nines(other) > nines(reading) + UNDERLINED else reading

    def _read_as_it_is(self, ink: Ink, number: bool, tries: Tries) -> Reading:
        regions = preprocessing.split_digits(ink, number)
        classify = _Classifier(self._network)
        if not number:
            return _reading(regions, classify, ink, number)

        separate = segmentation.Separator(classify, tries)
        separate(regions)  # first of all, for rows may use up what tries there are

        def certainty(some: list[Region]) -> Array:
            return _certainty(classify.digits(separate(some)))

        regions = rows.told_apart(ink, regions, separate, certainty)
        return _reading(separate(regions), classify, ink, number)


def _reading(regions: list[Region], classify: "_Classifier", ink: Ink, number: bool) -> Reading:
    digits = classify.digits(regions)
    return Reading(digits, _note(regions, digits, number), ink)


def _of_digit(reading: Reading) -> float:
    """How sure a reading of one digit is, in [0, 1]; more where it has several."""
    return sum(d.confidence for d in reading.digits if d.digit is not None)


def _nines(reading: Reading) -> float:
    """How sure a reading of one digit is, as the logarithm of its odds of being wrong."""
    return -float(np.log10(1 + 1e-6 - min(1.0, _of_digit(reading))))


def _of_number(reading: Reading) -> float:
    """How sure a reading of a number is.

    Many doubtful digits, as grain and lines of a paper taken for ink give, are worse than none.
    """
    return float(_certainty(reading.digits).sum())


def _certainty(digits: list[Digit]) -> Array:
    """How sure each of the digits is that were read: (m,), its nines less one, from -1 to 2."""
    doubts = [1 - d.confidence for d in digits if d.digit is not None]
    return -np.log10(np.array(doubts, np.float32) + np.float32(1e-3)) - 1


def _is_beyond_doubt(reading: Reading) -> bool:
    """Whether a number has a few digits, and nothing else, and they are sure on average."""
    count = len(reading.digits)
    return count >= FEW and _of_number(reading) >= SURE_NUMBER * count


def _is_written(digit: Digit) -> bool:
    """Whether a digit is too sure to be an edge, and no 1."""
    return digit.digit not in (None, 1) and digit.confidence >= segmentation.SURE


class _Classifier:
    """Frames regions and runs the network on them, once on each, in one reading."""

    def __init__(self, network: Network) -> None:
        self._network = network
        # by the id of a region's ink, which is kept, so that no other gets its id: ink, frame,
        # probabilities, class maps
        self._known: dict[int, tuple[Array, Array, Array, Array | None]] = {}

    def __call__(self, regions: Sequence[Region]) -> Array:
        """Probabilities (n, 10 or 11) of the regions' classes."""
        new = [region for region in regions if id(region.strength) not in self._known]
        if new:
            frames = np.stack([preprocessing.center(region) for region in new])
            probabilities, maps = self._network.run(frames)
            for i, region in enumerate(new):
                of_region = None if maps is None else maps[i]
                ink = region.strength
                self._known[id(ink)] = ink, frames[i], probabilities[i], of_region
        return np.stack([self._known[id(region.strength)][2] for region in regions])

    def digits(self, regions: Sequence[Region]) -> list[Digit]:
        if not regions:
            return []
        believed = self(regions)
        alone = ALONE if len(regions) == 1 else 1.0
        among = _among_digits(regions, believed)
        believed = _weighed(believed, np.where(among, AMONG_DIGITS, alone))
        known = [self._known[id(region.strength)] for region in regions]
        return [
            _digit(region, frame, p, maps)
            for region, (_, frame, _, maps), p in zip(regions, known, believed, strict=True)
        ]


def _among_digits(regions: Sequence[Region], probabilities: Array) -> NDArray[np.bool_]:
    """Mark (n,) what has a sure digit beside it in its line."""
    sure = probabilities[:, :DIGITS].max(1) >= segmentation.SURE
    _, line = np.unique([region.line for region in regions], return_inverse=True)
    return np.bincount(line, weights=sure)[line] > sure  # others in its line than itself


def _weighed(probabilities: Array, odds: NDArray[np.float64]) -> Array:
    """Probabilities (n, 10 or 11) where "not a digit" is so many times as frequent as it was in
    training (Saerens et al. 2002).
    """
    weighed = probabilities.copy()
    weighed[:, DIGITS:] *= odds.reshape(-1, 1)
    return weighed / weighed.sum(1, keepdims=True)


def _digit(region: Region, frame: Array, probabilities: Array, maps: Array | None) -> Digit:
    ten = probabilities[:DIGITS]
    best = int(ten.argmax())
    none = float(probabilities[DIGITS]) if len(probabilities) > DIGITS else 0.0
    is_digit = none <= float(ten[best])
    answer = best if is_digit else DIGITS
    return Digit(
        digit=best if is_digit else None,
        confidence=float(ten[best]) if is_digit else none,
        probabilities=ten / max(float(ten.sum()), 1e-9),
        box=region.box,
        line=region.line,
        tensor=frame,
        heatmap=None if maps is None else _heatmap(maps[..., answer]),
    )


def _heatmap(class_map: Array) -> Array:
    """Positive evidence of one class, enlarged to the frame and scaled to 1."""
    positive = np.maximum(class_map, 0)
    large = cv2.resize(positive, (FRAME, FRAME), interpolation=cv2.INTER_LINEAR)
    return large / max(float(large.max()), 1e-6)


def _note(regions: list[Region], digits: list[Digit], number: bool) -> str:
    if not digits:
        return NO_INK
    if any(d.digit is not None for d in digits):
        return ""
    return SEVERAL if regions[0].pieces > 1 and not number else NOT_A_DIGIT


def load(
    source: str | os.PathLike[str] | None = None,
    revision: str | None = None,
    sha256: str | None = None,
) -> DigitReader:
    """Load a model: a .tflite, .keras or .h5 file, or "OWNER/NAME" of the Hub at a commit.

    For None it is the one that MODEL_REPO names; where that is not set, or anything is wrong with
    what it names, the bundled one: this never fails, and `DigitReader.origin` says what happened.

    revision: full sha of a commit, for models of the Hub. sha256: what a file of the Hub must have.
    Raises ModelError, with a sentence for people, where `source` cannot be used.
    """
    if source is None:
        return _configured_or_bundled()
    if isinstance(source, str) and _is_on_hub(source):
        try:
            return _of_hub(hub.Pin(source, revision or "", sha256=sha256))
        except hub.HubError as error:
            raise ModelError(str(error)) from error
    return _of_file(Path(source))


def _is_on_hub(source: str) -> bool:
    path = Path(source)
    return bool(re.fullmatch(r"[\w.-]+/[\w.-]+", source)) and not (
        path.suffix in (".tflite", ".keras", ".h5") or path.exists()
    )


def _configured_or_bundled() -> DigitReader:
    note = ""
    try:
        pin = hub.configured()
        if pin is not None:
            return _of_hub(pin)
    except (hub.HubError, ModelError) as error:
        note = f"The model that MODEL_REPO names is not used: {error}"
        log.warning("%s The bundled %s is used instead.", note, BUNDLED.stem)
    return DigitReader(BUNDLED.read_bytes(), BUNDLED.stem, note=note)


def _of_hub(pin: hub.Pin) -> DigitReader:
    return DigitReader(hub.fetch(pin), pin.repo, pin.revision)


def _of_file(path: Path) -> DigitReader:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model {path.name} cannot be read.") from error
    if path.suffix in (".keras", ".h5"):
        content = _converted(path)
    return DigitReader(content, path.stem)


def _converted(path: Path) -> bytes:
    """Convert a Keras model with TensorFlow, where that is installed."""
    try:
        from train.export import litert_bytes
    except ImportError as error:
        raise ModelError(
            f"{path.name} is a Keras model and needs TensorFlow to be converted: "
            "pip install -r train/requirements.txt, or use its .tflite file."
        ) from error
    return litert_bytes(path)


# --- command line -----------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Print one JSON line a picture; return 1 where one could not be read."""
    parser = _parser()
    args = parser.parse_args(arguments)
    if bool(args.files) == bool(args.csv):
        parser.error("name pictures, or a folder with --csv")
    try:
        reader = load(args.model)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 2
    if args.csv:
        return int(_into_csv(reader, args.csv, args.number))
    failed = False
    for file in _files(args.files):
        line = answer(reader, file, args.number)
        failed = failed or line["error"] is not None
        print(json.dumps(line), flush=True)
    return int(failed)


def _into_csv(reader: DigitReader, folder: Path, number: bool) -> bool:
    """Read a folder; return whether some picture could not be read."""
    import batch

    if not folder.is_dir():
        raise SystemExit(f"{folder} is not a folder.")
    read, failed = batch.read_folder(lambda file: answer(reader, file, number), folder)
    print(f"{read} read, {failed} of them not pictures: {folder / batch.RESULT}", file=sys.stderr)
    return failed > 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Read handwritten digits; prints one JSON object a picture.",
        epilog='Output: {"file", "text", "lines", "error", "note", "digits": [{"digit", '
        '"confidence", "probabilities", "box", "line"}]}',
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="pictures; - for paths on stdin")
    parser.add_argument("--csv", type=Path, metavar="FOLDER",
        help="read a whole folder into its readings.csv; a second run goes on")  # fmt: skip
    parser.add_argument("--number", action="store_true", help="read every digit, in reading order")
    parser.add_argument("--model", type=Path, help=".tflite, .keras or .h5 file (the bundled one)")
    return parser


def _files(names: list[str]) -> Iterator[str]:
    for name in names:
        if name == "-":
            yield from (line for raw in sys.stdin if (line := raw.rstrip("\r\n")))
        else:
            yield name


def answer(reader: DigitReader, file: str, number: bool) -> dict[str, object]:
    """Read one file into the JSON of the command line; a bad file gets its `error`."""
    line: dict[str, object] = {
        "file": file, "text": "", "lines": [], "error": None, "note": "", "digits": [],
    }  # fmt: skip
    try:
        opened = open_picture(file)
        reading = reader.read(opened.pixels, number)
    except PictureError as error:
        return line | {"error": str(error)}
    scale = opened.size[0] / opened.pixels.shape[0]  # large JPEGs are opened at a fraction
    digits = [as_json(d, scale) for d in reading.digits]
    return line | {
        "text": reading.text,
        "lines": reading.lines,
        "note": reading.note,
        "digits": digits,
    }


def as_json(digit: Digit, scale: float = 1.0) -> dict[str, object]:
    """A digit's fields as JSON has them; boxes are brought to the opened file's pixels."""
    return {
        "digit": digit.digit,
        "confidence": round(digit.confidence, 6),
        "probabilities": [round(float(p), 6) for p in digit.probabilities],
        "box": [round(v * scale) for v in digit.box],
        "line": digit.line,
    }


if __name__ == "__main__":
    sys.exit(main())
