"""Draw the example pictures of the page.

python -m examples.make
"""

from pathlib import Path

import cv2
import numpy as np

from train.glyphs import DIGITS, NOT_DIGITS, strokes

HERE = Path(__file__).parent
SIDE = 200


def ink(sign: str, size: float, at: tuple[float, float], pen: int) -> np.ndarray:
    """Draw a sign: (SIDE, SIDE) float in [0, 1]. `size` and `at` are shares of the side."""
    sheet = np.zeros((SIDE, SIDE), np.uint8)
    for stroke in strokes(sign):
        points = (stroke / 10 * size + np.array(at)) * SIDE * 16
        fixed = np.round(points).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(sheet, [fixed], False, 255, pen, cv2.LINE_AA, 4)
    return sheet / 255


def photographed(coverage: np.ndarray) -> np.ndarray:
    """Pencil on paper that lies half in a shadow: (SIDE, SIDE, 3) uint8, blue first."""
    rng = np.random.default_rng(7)
    yy, xx = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    light = 1 - 0.45 / (1 + np.exp(-(xx + 0.6 * yy - 0.95) * 22))
    grain = cv2.GaussianBlur(rng.normal(0, 9, (SIDE, SIDE)), (0, 0), 0.8)
    level = (226 - 95 * coverage) * light + grain
    return np.clip(level[..., None] * np.array([0.9, 0.96, 1.0]), 0, 255).astype(np.uint8)


def main() -> None:
    """Write the pictures beside this file."""
    gray = {
        "1_thin_pen": 255 - 235 * ink(DIGITS[2][0], 0.6, (0.2, 0.18), 2),
        "2_thick_pen": 255 - 235 * ink(DIGITS[5][0], 0.55, (0.25, 0.22), 25),
        "3_white_on_black": 20 + 235 * ink(DIGITS[4][0], 0.6, (0.22, 0.2), 9),
        "4_small_and_off_centre": 255 - 235 * ink(DIGITS[9][0], 0.18, (0.72, 0.74), 4),
        "6_a_letter": 255 - 235 * ink(NOT_DIGITS["A"][0], 0.6, (0.2, 0.2), 9),
    }
    for name, picture in gray.items():
        cv2.imwrite(str(HERE / f"{name}.png"), np.round(picture).astype(np.uint8))
    pencil = photographed(ink(DIGITS[3][1], 0.5, (0.28, 0.24), 6))
    cv2.imwrite(str(HERE / "5_photo_in_shadow.jpg"), pencil, [cv2.IMWRITE_JPEG_QUALITY, 82])
    several = ink(DIGITS[2][0], 0.22, (0.07, 0.36), 7) + ink(DIGITS[0][2], 0.24, (0.32, 0.36), 7)
    several = (
        several + ink(DIGITS[4][0], 0.23, (0.54, 0.36), 7) + ink(DIGITS[7][1], 0.2, (0.79, 0.38), 7)
    )
    cv2.imwrite(
        str(HERE / "7_a_number.png"), np.round(255 - 235 * np.clip(several, 0, 1)).astype(np.uint8)
    )


if __name__ == "__main__":
    main()
