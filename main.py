"""Digit Reader: draw or upload a digit and see at once what it is.

python main.py        # http://127.0.0.1:7860
"""

from typing import Any

import gradio as gr

import model
import page
import service
from service import components
from zoo import Zoo

reader = model.load()
zoo = Zoo(reader)


@service.counted
def predict(picture: str | None, number: bool = False) -> dict[str, Any]:
    """Read one handwritten digit, or with `number` a whole number, in a picture file."""
    if picture is None:
        raise gr.Error("Please send a picture.", print_exception=False)
    answer = model.answer(reader, picture, number)
    if answer["error"]:
        raise gr.Error(str(answer["error"]), print_exception=False)
    return {key: answer[key] for key in ("text", "lines", "note", "digits")}


with gr.Blocks(
    title="Digit Reader",
    analytics_enabled=False,
    fill_width=True,
) as demo:
    page.desk(zoo, service.counted)
    # what programs call, as `/predict`; people have the desk
    with gr.Row(visible=False):
        picture, number, answer = components.picture_file(), gr.Checkbox(), components.answer()
        gr.Button().click(predict, [picture, number], answer, api_name="predict", queue=False)

if __name__ == "__main__":
    service.serve(demo, zoo, page.launch_options())
