"""Pictures the tests of the service send."""

import io
from pathlib import Path

from PIL import Image, ImageDraw

EXAMPLES = Path(__file__).parents[1] / "examples"


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def a_seven() -> bytes:
    """Draw a 7 as a person would, 280 by 280, black on white."""
    image = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(image).line([(80, 70), (200, 70), (120, 220)], fill=0, width=16, joint="curve")
    return png(image)
