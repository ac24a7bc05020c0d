"""The page: a desk to draw or lay pictures on, and the answer beside it.

One `gr.HTML` component of Gradio's, with its markup, style and script in files of their own. The
script asks the server for a reading each time the pen is lifted, one request at a time, so that
nothing queues up behind a quick hand.
"""

import os
import threading
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from page import words
from page.answer import answer_to
from page.feedback import Feedback
from page.pictures import data_url
from page.steps import steps_of
from page.theme import theme
from zoo import Zoo

HERE = Path(__file__).parent
HUB = "https://huggingface.co"
EXAMPLES = HERE.parent / "examples"
# one after the other, these are the script
SCRIPTS = (
    *("words", "copying", "drawing", "pictures", "models", "asking"),
    *("answer", "steps", "correction", "sharing", "start"),
)
# what is asked, by anyone, -> what the script shows
Read = Callable[[object], dict[str, Any]]
STYLES = ("reader", "answer", "layout")


def desk(zoo: Zoo, counted: Callable[[Read], Read] = lambda read: read) -> gr.HTML:
    """Make the component; the zoo's own network reads, unless people choose another.

    counted: wraps what answers, to count what was read.
    """
    feedback = Feedback()
    aside = threading.Lock()  # what can wait comes one at a time, so that it takes little memory

    # What the script calls as `server.read(...)` and so on. Anyone may send anything.
    @counted
    def read(question: object) -> dict[str, Any]:
        asked = _asked(question)
        return answer_to(zoo.reader(asked.get("model")), asked)

    def steps(question: object) -> list[dict[str, Any]]:
        asked = _asked(question)
        with aside:
            return steps_of(zoo.reader(asked.get("model")), asked)

    def keep(question: object) -> dict[str, Any]:
        with aside:
            return feedback.keep(_asked(question))

    def choose(name: object) -> bool:
        return zoo.choose(name)

    return gr.HTML(
        value=_examples(),
        label=words.i18n()("language"),
        html_template=_text("reader.html"),
        css_template="".join(_text(f"{name}.css") for name in STYLES),
        js_on_load="\n".join(_text(f"script/{name}.js") for name in SCRIPTS),
        apply_default_css=False,
        server_functions=[read, steps, keep, choose],
        elem_id="desk",
        languages=words.LANGUAGES,
        limits=words.LIMITS,
        gradio=gr.__version__,
        card=_card(),
        models=zoo.facts(),
    )


def launch_options() -> dict[str, Any]:
    """What `launch` has to know for the page."""
    return {
        "i18n": words.i18n(),
        "theme": theme(),
        "favicon_path": HERE / "icon.svg",
        "pwa": True,
        "footer_links": ["api"],
    }


def _card() -> str | None:
    """Where people read about the model: its card on the Hub, or the README of this Space."""
    model, space = os.environ.get("MODEL_REPO"), os.environ.get("SPACE_ID")
    if model:
        return f"{HUB}/{model}"
    return f"{HUB}/spaces/{space}/blob/main/README.md" if space else None


def _asked(question: object) -> dict[str, Any]:
    return question if isinstance(question, dict) else {}


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
