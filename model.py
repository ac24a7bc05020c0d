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
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from numpy.typing import NDArray

import apart
import hub
import preprocessing
import rows
import small
import strays
from classifier import Classifier
from faint import with_faint
from network import ModelError, Network
from picture import PictureError, open_picture
from preprocessing import Ink, Region, Sheet
from reading import (
    Digit,
    Reading,
    as_reading,
    certainties,
    digit_certainty,
    has_more,
    is_beyond_doubt,
    is_no_edge,
    nines,
    number_certainty,
    unread,
)
from segmentation import Separator, Tries
from strokes import Array

__all__ = ["Digit", "DigitReader", "ModelError", "Network", "Origin", "Reading", "load"]

log = logging.getLogger(__name__)

# Certainty of one digit and of a number, below which a picture is looked at otherwise, and from
# which what is seen then is believed
OTHERWISE = {False: (0.97, 0.97), True: (1.0, 3.0)}
LINE = 3  # digits, from which a number's lines are looked at for their tilt ...
LOST = 2.5  # ... and certainty that laying them level may cost: by about one digit
UNREAD = 0.1  # of the ink, that is in no digit of a number, from which it is looked at otherwise
SAME = 0.3  # certainty of the digits on a sheet that reading it alone may cost
UNDERLINED = 0.5  # nines, by which it is surer without lines drawn under it than with them
BUNDLED = Path(__file__).parent / "mnist_model_aug.tflite"


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
        certainty = number_certainty if number else digit_certainty
        tries = Tries()  # of all looks together
        reading, others = self._first(picture, number, tries)
        if not number:
            reading = self._by_itself(reading)
        reading = self._in_fainter_ink(reading, number, tries)
        unsure, believed = OTHERWISE[number]
        is_unsure = certainty(reading) < unsure
        if is_unsure or (number and tries.left > 0 and unread(reading) > UNREAD):
            same = (ink for ink in others if is_unsure or ink.inverted == reading.ink.inverted)
            other = self._surest(same, number, tries, reading)
            is_believed = certainty(other) >= believed
            reading = other if is_believed and (is_unsure or has_more(other, reading)) else reading
        if number:
            reading = self._put_right(reading, tries)
        return replace(reading, seconds=time.perf_counter() - start)

    def _first(self, picture: NDArray, number: bool, tries: Tries) -> tuple[Reading, Iterator[Ink]]:
        """What is seen at first, of the whole picture or of a sheet in it, and how else that may be
        looked at.
        """
        first, others = preprocessing.first_looks, preprocessing.other_looks
        reading = None if number else self._surest(first(picture), number, tries)
        if reading is None or digit_certainty(reading) < OTHERWISE[number][0]:
            sheet = preprocessing.find_sheet(picture)
            alone = sheet and self._on_sheet(picture, sheet, number, tries)
            if sheet and alone:
                return alone, sheet.looks(others)
        return reading or self._surest(first(picture), number, tries), others(picture)

    def _put_right(self, reading: Reading, tries: Tries) -> Reading:
        """Take out of a number what is none of its digits, lay it level, add what was missed."""
        reading = self._without_pen(reading, tries)
        for without in (strays.without_closing, strays.without_lines):
            reading = replace(reading, digits=without(reading.digits, reading.ink))
        reading = self._laid_level(reading, tries)
        digits = with_faint(reading.digits, reading.ink, Classifier(self._network))
        return replace(reading, digits=strays.without_strays(digits, reading.ink))

    def _surest(self, looks: Iterator[Ink], number: bool, tries: Tries, *known: Reading) -> Reading:
        """The surest of known readings and those of all looks, or of looks up to one that shows a
        number beyond doubt, and more than is known: paper between the digits of a table, taken for
        ink, takes seconds to read.
        """
        readings = [*known]
        for ink in looks:
            readings.append(self._read(ink, number, tries))
            is_more = all(has_more(readings[-1], other) for other in known)
            if number and is_beyond_doubt(readings[-1]) and is_more:
                break
        return max(readings, key=number_certainty if number else digit_certainty)

    def _on_sheet(
        self, picture: NDArray, sheet: Sheet, number: bool, tries: Tries
    ) -> Reading | None:
        """Read what is on a sheet that lies in the picture, where nothing else is written.

        Edges of the sheet and of what it lies on are often 1s. Glances, for which nothing is cut,
        tell what is written elsewhere: a desk's grain, taken for digits that touch, takes seconds.
        """
        first, certainty = (
            preprocessing.first_looks,
            number_certainty if number else digit_certainty,
        )

        def is_clutter(seen: Reading, there: list[Digit]) -> bool:
            beyond = [d for d in seen.digits if not sheet.holds(d.box)]
            return strays.is_clutter(beyond, there, seen.ink)

        glance = self._surest(first(picture), number, Tries(0, 0))
        there = replace(glance, digits=[d for d in glance.digits if sheet.holds(d.box)])
        if not is_clutter(glance, there.digits):
            return None
        alone = self._surest(sheet.looks(first), number, tries)
        if certainty(alone) < max(OTHERWISE[number][1], certainty(there) - SAME):
            return None
        nothing = replace(glance, digits=[])
        around = self._surest(sheet.rest().looks(first), number, Tries(0, 0), nothing)
        return alone if is_clutter(around, alone.digits) else None

    def _by_itself(self, reading: Reading) -> Reading:
        """Read the one digit that stands by itself among what is none, if there is one.

        A sure 1 may be a pen that lies beside it.
        """
        is_unsure = digit_certainty(reading) < OTHERWISE[False][0]
        if not is_unsure and reading.text != "1":
            return reading
        find = apart.by_itself if is_unsure else apart.beside_pen
        found = find(reading.ink, Classifier(self._network))
        return as_reading([found[0]], [found[1]], reading.ink, False) if found else reading

    def _in_fainter_ink(self, reading: Reading, number: bool, tries: Tries) -> Reading:
        """Read what is written in fainter ink than the rest, as in pencil on a form, where the rest
        is nothing sure, or a ring or bar that might be a digit.
        """
        certainty = number_certainty if number else digit_certainty
        unsure, believed = OTHERWISE[number]
        is_sure, may_be_mark = certainty(reading) >= unsure, reading.text in apart.MARKS
        ink = preprocessing.fainter(reading.ink) if may_be_mark or not is_sure else None
        if ink is None:
            return reading
        other = self._read(ink, number, tries)
        other = other if number else self._by_itself(other)
        is_believed = not is_sure and certainty(other) >= believed
        is_believed |= may_be_mark and apart.is_marked(reading, other)
        return other if is_believed else reading

    def _without_pen(self, reading: Reading, tries: Tries) -> Reading:
        """Read a number again without what may be a pen beside it, if that leaves a digit."""
        ink = apart.without_pen(reading.ink, reading.digits)
        without = ink and self._read(ink, True, tries)
        return without if without and any(map(is_no_edge, without.digits)) else reading

    def _laid_level(self, reading: Reading, tries: Tries) -> Reading:
        """Read a number again with its lines laid level, where they are steep."""
        several = len(reading.digits) >= LINE
        ink = preprocessing.straightened(reading.ink) if several else None
        if ink is None:
            return reading
        level = self._read(ink, True, tries)
        return level if number_certainty(level) > number_certainty(reading) - LOST else reading

    def _read(self, ink: Ink, number: bool, tries: Tries) -> Reading:
        """Read ink, without lines drawn under digits if that is clearly surer."""
        reading = self._read_as_it_is(ink, number, tries)
        without = preprocessing.without_underlines(ink)
        if without is None:
            return reading
        other = self._read_as_it_is(without, number, tries)
        certainty = number_certainty if number else nines
        return other if certainty(other) > certainty(reading) + UNDERLINED else reading

    def _read_as_it_is(self, ink: Ink, number: bool, tries: Tries) -> Reading:
        classify = Classifier(self._network)
        if not number:
            regions = preprocessing.split_digits(ink)
            return as_reading(regions, classify.digits(regions), ink, number)

        separate = Separator(classify, tries)
        regions = rows.split(ink, separate)
        separate(regions)  # first of all, for rows may use up what tries there are

        def certainty(some: list[Region]) -> Array:
            return certainties(classify.digits(separate(some)))

        regions = rows.told_apart(ink, regions, separate, certainty)
        digits = small.with_low(separate(regions), ink, classify)
        return as_reading(digits, classify.digits(digits), ink, number)


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
