"""The page: a desk to draw or lay pictures on, and the answer beside it.

One `gr.HTML` component of Gradio's, with its markup, style and script in files of their own. The
script asks the server for a reading each time the pen is lifted, one request at a time, so that
nothing queues up behind a quick hand.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from page import words
from page.answer import data_url

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
# one after the other, these are the script
SCRIPTS = ("words", "copying", "drawing", "pictures", "asking", "answer", "start")

# {"picture": data URL, "number": whether to read a whole number} -> the answer the script shows
Read = Callable[[object], dict[str, Any]]


def desk(read: Read) -> gr.HTML:
    """Make the component; `read` is called with what is drawn or laid on the desk."""

    def ask(question: object) -> dict[str, Any]:
        return read(question)

    ask.__name__ = "read"  # its name in the script
    return gr.HTML(
        value=_examples(),
        label=words.i18n()("language"),
        html_template=_text("reader.html"),
        css_template=_text("reader.css"),
        js_on_load="\n".join(_text(f"script/{name}.js") for name in SCRIPTS),
        apply_default_css=False,
        server_functions=[ask],
        elem_id="desk",
        languages=words.LANGUAGES,
        limits=words.LIMITS,
    )


def launch_options() -> dict[str, Any]:
    """What `launch` has to know for the page."""
    return {"i18n": words.i18n()}


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _examples() -> str:
    """Buttons for the example pictures, which travel inside the page."""
    return "".join(_example(path) for path in sorted(EXAMPLES.glob("*.*g")))


def _example(path: Path) -> str:
    """A button for `3_white_on_black.png`, whose title the words have as example_white_on_black."""
    url, name = data_url(path.read_bytes(), path.suffix[1:]), path.stem.split("_", 1)[1]
    key = escape(f"example_{name}")
    return (
        f'<button type="button" data-example="{url}" data-number="{"number" in name}" '
        f'data-title="{key}"><img src="{url}" data-name="{key}"></button>'
    )
