"""The apps that benchmarks compare, and how they are started, asked and watched.

Every app runs as a process of its own, from a script, and is asked over HTTP.
"""

import json
import os
import platform
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds until an app that does not answer is given up
PAUSE = 0.02  # seconds between two tries

HELLO = """
import gradio as gr

def greet(name):
    return "Hello " + name + "!"

demo = gr.Interface(fn=greet, inputs="text", outputs="text", api_name="predict")

if __name__ == "__main__":
    demo.launch()
"""
# The Digit Reader itself, with Keras in LiteRT's place.
WITH_KERAS = f"""
import os, runpy, sys
os.chdir({str(ROOT)!r})
sys.path.insert(0, {str(ROOT)!r})
import keras
import model

class KerasNetwork:
    def __init__(self, content):
        network = keras.models.load_model(model.BUNDLED.with_suffix(".keras"), compile=False)
        maps = network.get_layer("class_maps").output
        self._network = keras.Model(network.inputs[0], [network.outputs[0], maps])
        self.classes = int(network.output_shape[-1])

    def run(self, frames):
        return self._network.predict(frames[..., None], verbose=0)

model.Network = KerasNetwork
sys.modules["__main__"].__dict__.update(runpy.run_path("main.py", run_name="__main__"))
"""
# What is usually published: Keras's own example of a network behind gr.Interface.
PUBLISHED = """
import gradio as gr
import keras
import numpy as np
from keras import layers
from PIL import Image

model = keras.Sequential([  # keras.io: Simple MNIST convnet
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax"),
])

def predict(picture):
    small = np.asarray(Image.fromarray(picture).convert("L").resize((28, 28)))
    shares = model.predict(1 - small.reshape(1, 28, 28, 1) / 255, verbose=0)[0]
    return {str(digit): float(share) for digit, share in enumerate(shares)}

gr.Interface(predict, gr.Image(), gr.Label(), api_name="predict").launch()
"""


@dataclass(frozen=True)
class App:
    """A running app: its process, and where it listens on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def base(self) -> str:
        """Address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident_mb(self) -> float:
        """Memory of the process now; Linux only."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def wait_until(self, is_right: Callable[["App"], bool]) -> None:
        """Ask until there is an answer; SystemExit where it is wrong, or the app has ended."""
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE:
            if self.process.poll() is not None:
                raise SystemExit(f"The app ended with {self.process.returncode} before an answer.")
            try:
                if is_right(self):
                    return
                raise SystemExit("The app answered, but not right.")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(PAUSE)
        raise SystemExit(f"The app did not answer within {PATIENCE} s.")


@contextmanager
def running(script: Path, folder: Path, python: str = sys.executable) -> Iterator[App]:
    """Start a script's app, without a limit on requests; `folder` is for what it keeps and logs."""
    port = free_port()
    settings = {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "FEEDBACK_DIR": str(folder / "feedback"),
        "MAX_REQUESTS_A_MINUTE": "0",
    }
    with Path(folder, "app.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [python, script], env=os.environ | settings, cwd=script.parent, stdout=log, stderr=log
        )
        try:
            yield App(process, port)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}"


# --- asking ---------------------------------------------------------------------------------------


def a_seven() -> bytes:
    """Draw a 7 as a person would: (280, 280) uint8, black on white, as PNG."""
    canvas = np.full((280, 280), 255, np.uint8)
    corners = np.array([[80, 70], [200, 70], [120, 220]], np.int32)
    cv2.polylines(canvas, [corners], isClosed=False, color=0, thickness=16, lineType=cv2.LINE_AA)
    return cv2.imencode(".png", canvas)[1].tobytes()


SEVEN = a_seven()


def post(url: str, body: bytes, content_type: str = "application/json") -> object:
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


def upload(app: App) -> str:
    """Hand the 7 to Gradio as a browser does; return the path it has there."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="seven.png"\r\n'
    body = head.encode() + b"Content-Type: image/png\r\n\r\n" + SEVEN
    body += f"\r\n--{boundary}--\r\n".encode()
    url = f"{app.base}/gradio_api/upload"
    answer = post(url, body, f"multipart/form-data; boundary={boundary}")
    return str(answer[0])  # type: ignore[index]


def predict(app: App, *values: object) -> str:
    """Call Gradio's endpoint `/predict` and return all that it answers, as text."""
    url = f"{app.base}/gradio_api/call/predict"
    called = post(url, json.dumps({"data": values}).encode())
    with urllib.request.urlopen(f"{url}/{called['event_id']}", timeout=PATIENCE) as stream:  # type: ignore[index]
        return str(stream.read().decode())


def reads_a_seven(app: App) -> bool:
    file = {"path": upload(app), "orig_name": "seven.png", "meta": {"_type": "gradio.FileData"}}
    return '"text": "7"' in predict(app, file, False)


def greets(app: App) -> bool:
    return "Hello 7!" in predict(app, "7")
