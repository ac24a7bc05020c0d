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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hub
from picture import PictureError, open_picture
from reader.looks import Reader
from reader.network import ModelError, Network
from reader.reading import Digit, Reading

__all__ = ["Digit", "DigitReader", "ModelError", "Network", "Origin", "Reading", "load"]

log = logging.getLogger(__name__)

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


class DigitReader(Reader):
    """Reads digits with one network. `origin` says which; safe to use from several threads."""

    def __init__(
        self, content: bytes, name: str, revision: str | None = None, note: str = ""
    ) -> None:
        super().__init__(Network(content))
        self.origin = Origin(name, hashlib.sha256(content).hexdigest(), revision, note)

    @property
    def name(self) -> str:
        """The network's name."""
        return self.origin.name


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
