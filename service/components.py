"""The components by which Gradio's API and MCP take a picture's file and answer.

Methods are set on instances, since Gradio writes files beside the source of a component's subclass.
"""

from pathlib import Path
from urllib.parse import unquote

import gradio as gr
from gradio.data_classes import JsonData
from gradio.utils import get_upload_folder

UPLOADED = "/gradio_api/file="
NO_ADDRESS = "Please send the picture itself, as a file or a data URL, not its address."


def picture_file() -> gr.File:
    """Make a gr.File that fetches nothing: Gradio's downloads have no limit, and tell who asked."""
    component = gr.File()
    keep = component.async_move_resource_to_block_cache

    async def keep_files(url_or_file_path: str | Path | None) -> str | None:
        if str(url_or_file_path).startswith(("http://", "https://")):
            return await keep(_uploaded(str(url_or_file_path)))
        return await keep(url_or_file_path)

    component.async_move_resource_to_block_cache = keep_files  # type: ignore[method-assign]
    return component


def _uploaded(address: str) -> Path:
    """The file that was uploaded here before, as agents name it; gr.Error for other addresses."""
    path = Path(unquote(address.partition(UPLOADED)[2])).resolve()
    if not path.is_relative_to(Path(get_upload_folder()).resolve()) or not path.is_file():
        raise gr.Error(NO_ADDRESS, print_exception=False)
    return path


class _JsonText(JsonData):
    def __str__(self) -> str:
        return self.model_dump_json()  # what MCP sends; Python's own form is no JSON


def answer() -> gr.JSON:
    """Make a gr.JSON that is JSON to agents too."""
    component = gr.JSON()

    def as_json(value: dict | list | str | None) -> JsonData:
        return _JsonText(value)

    component.postprocess = as_json  # type: ignore[method-assign]
    return component
