"""The components by which Gradio's API and MCP take a picture's file and answer.

Methods are set on instances, since Gradio writes files beside the source of a component's subclass.
"""

import gradio as gr
from gradio.data_classes import FileData, JsonData


def picture_file() -> gr.File:
    """Make a gr.File that gives the file's path; Gradio's own leaves an empty file each time."""
    component = gr.File()

    def path_of(payload: FileData | None) -> str | None:
        return None if payload is None else payload.path

    component.preprocess = path_of  # type: ignore[method-assign, assignment]
    return component


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
