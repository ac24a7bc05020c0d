"""The page's words in its languages: one table, `languages.json`, for Gradio's i18n and the script.

The service's own sentences stay English, since programs get them too; the page is told which entry
of the table they are.
"""

import json
from pathlib import Path

import gradio as gr

from picture import MAX_MB, MAX_MEGAPIXELS

# {"en": {key: sentence}, ...}; sentences have {names} for what is filled in
LANGUAGES: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "languages.json").read_text(encoding="utf-8")
)
LIMITS = {"megabytes": f"{MAX_MB:g}", "megapixels": f"{MAX_MEGAPIXELS:g}"}
NOTE = "note_"  # how the keys of the service's sentences begin


def i18n() -> gr.I18n:
    """Gradio's translations: `language` is the code of the one that it chose for the browser."""
    return gr.I18n(**{code: {"language": code} for code in LANGUAGES})


def _keys() -> dict[str, str]:
    """English sentences of the service, as they are said with its limits -> their keys."""
    notes = {key: text for key, text in LANGUAGES["en"].items() if key.startswith(NOTE)}
    return {text.format(**LIMITS): key for key, text in notes.items()}


_KEYS = _keys()


def key_of(sentence: str) -> str | None:
    """The key of an English sentence of the service, or None where the table has it not."""
    return _KEYS.get(sentence)
