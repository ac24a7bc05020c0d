"""Accuracy of the reader on lines of words and numbers in fonts of handwriting.

    python -m benchmarks.lettering FONT [FONT ...]

Fonts are files that FreeType reads (.ttf, .otf, .woff). Every second one is written on a sheet in
uneven light. Prints in how many of the fonts each line gives just its digits, and what others give.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import model
from train.photos import Rng

LINES = [
    "Tel 0160 48213", "50 EUR", "A4", "7 h", "20 Uhr", "Nr. 12", "12 cm", "3 kg", "B 612", "5 km",
    "10 min", "10:30 Uhr", "37 C", "LH 404", "No 5", "Seite 23", "Total 48", "page 7", "Room 12",
    "id 8843", "code 9264", "x = 5", "Hello", "John", "see you", "1600 m", "25 ml", "Apt 3b",
    "15 B", "Kapitel 2", "0160 48213", "12 50", "3.99", "2024", "48 213 77", "17", "1,5", "9264 15",
]  # fmt: skip
SIZES = 70, 100  # pixels, of fonts
MARGIN = 60  # pixels


def written(text: str, font: Path, on_sheet: bool, rng: Rng) -> np.ndarray:
    """A line in a font, dark on light: (h, w) uint8, or (h, w, 3) on a sheet in uneven light."""
    size = int(rng.integers(*SIZES))
    face = ImageFont.truetype(str(font), size)
    width = round(face.getlength(text)) + 2 * MARGIN
    page = Image.new("L", (width, round(1.5 * size) + 2 * MARGIN))
    ImageDraw.Draw(page).text((MARGIN, MARGIN), text, 255, font=face)
    ink = np.asarray(page, np.float32) / 255
    if not on_sheet:
        return np.round(255 * (1 - ink)).astype(np.uint8)
    down, across = (np.linspace(0, 1, side) for side in ink.shape)
    light = 200 + 40 * across - 30 * down[:, None]
    sheet = light * (1 - ink) + 60 * ink + rng.normal(0, 4, ink.shape)
    return np.repeat(np.clip(sheet, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("fonts", type=Path, nargs="+", metavar="FONT")
    args = parser.parse_args()
    reader, right = model.load(), 0
    print(f"| line | read, of {len(args.fonts)} | other answers |\n|---|---|---|")
    for line in LINES:
        pages = [
            written(line, font, i % 2 == 1, np.random.default_rng(i))
            for i, font in enumerate(args.fonts)
        ]
        answers = Counter(reader.read(page, number=True).text for page in pages)
        same = answers.pop(re.sub(r"\D", "", line), 0)
        others = ", ".join(f"{text or '-'} ({n})" for text, n in answers.most_common(4))
        print(f"| `{line}` | {same} | {others} |", flush=True)
        right += same
    print(f"| all, of {len(LINES) * len(args.fonts)} | {right} | |")


if __name__ == "__main__":
    main()
