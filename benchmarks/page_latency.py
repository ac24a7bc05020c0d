"""How soon the page answers: from the pen's lifting to the new label on the screen.

    python -m benchmarks.page_latency [-n 40]

Two apps with the same reader run side by side, ours and one with Gradio's own `gr.Sketchpad` and
`gr.Label`. A headless Chromium draws n strokes on each in turn. The time runs in the page, from the
`pointerup` event to the first frame after the label's text has changed. Prints median, 95th
percentile and range in milliseconds, and how many requests a stroke took.
"""

import argparse
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import CHROMIUM, FLAGS, running

STOCK = """
import itertools, os
import gradio as gr
import model

reader, count = model.load(), itertools.count()

def read(drawing):
    ink = drawing and drawing["composite"]
    text = "" if ink is None else reader.read(ink).text
    return f"{text} ({next(count)})"  # a new label each time, so that each can be timed

with gr.Blocks(analytics_enabled=False) as demo:
    pad, label = gr.Sketchpad(elem_id="pad"), gr.Label(elem_id="label")
    pad.change(read, pad, label, trigger_mode="always_last", show_progress="hidden")

demo.launch(server_name="127.0.0.1", server_port=int(os.environ["GRADIO_SERVER_PORT"]))
"""
# Counts from each pointerup to the frame after the first change of the label's text.
STOPWATCH = """selector => {
  window.times = [];
  let lifted = null, label = null;
  const node = document.querySelector(selector);
  addEventListener("pointerup", (event) => {
    lifted = event.timeStamp;
    label = node.textContent;
  }, true);
  new MutationObserver(() => {
    if (lifted === null || node.textContent === label) return;
    const from = lifted;
    lifted = null;
    requestAnimationFrame((now) => times.push(Math.max(now, performance.now()) - from));
  }).observe(node, {subtree: true, childList: true, characterData: true});
}"""
STROKES = [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)], [(0.5, 0.2), (0.5, 0.8)]]  # a 7, a 1


def main() -> None:
    args = parser().parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as place:
        path = next((p for p in CHROMIUM if p), None)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        ours, theirs = Path(place, "ours"), Path(place, "theirs")
        ours.mkdir()
        theirs.mkdir()
        with running(ours) as our_address, running_stock(theirs) as stock_address:
            pages = [(Ours(browser, our_address)), (Stock(browser, stock_address))]
            for i in range(args.n):
                for page in pages:
                    page.stroke(STROKES[i % 2])
        print_table(pages, args.n)
        browser.close()


def parser() -> argparse.ArgumentParser:
    line = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    line.add_argument("-n", type=int, default=40, help="strokes on each page (40)")
    return line


@contextmanager
def running_stock(folder: Path) -> Iterator[str]:
    """Start the app with Gradio's own sketchpad."""
    script = folder / "stock.py"
    script.write_text(STOCK)
    with running(folder, str(script), PYTHONPATH=str(Path.cwd())) as address:
        yield address


class Ours:
    """Our page: the drawing is cleared after each stroke, so that each label is new."""

    name, label, canvas = "Digit Reader", ".verdict .digit", ".reader canvas"

    def __init__(self, browser: Browser, address: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1100, "height": 900})
        self.requests: list[str] = []
        self.page.goto(address)
        self.page.wait_for_selector(self.canvas)
        self.page.wait_for_timeout(2000)  # until the sketchpad has set itself up
        self.prepare()
        self.page.evaluate(STOPWATCH, self.label)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def prepare(self) -> None:
        """Nothing to do: the pen is in the hand."""

    def stroke(self, points: list[tuple[float, float]]) -> None:
        """Draw one stroke and wait until its time is taken."""
        before = len(self.times())
        box = self.page.locator(self.canvas).first.bounding_box()
        assert box is not None
        side = 0.8 * min(box["width"], box["height"])  # the sheet lies in the middle
        for i, (x, y) in enumerate(points):
            across = box["x"] + box["width"] / 2 + (x - 0.5) * side
            at = across, box["y"] + box["height"] / 2 + (y - 0.5) * side
            self.page.mouse.move(*at, steps=8 if i else 1)
            if i == 0:
                self.page.mouse.down()
        self.page.mouse.up()
        self.page.wait_for_function(f"window.times.length > {before}")
        self.page.wait_for_timeout(300)  # what is still on its way belongs to this stroke
        self.clear()

    def clear(self) -> None:
        self.page.keyboard.press("Delete")

    def times(self) -> list[float]:
        """Milliseconds of every stroke so far."""
        return self.page.evaluate("window.times")


class Stock(Ours):
    """Gradio's sketchpad: the brush has to be chosen first; strokes are drawn over one another."""

    name, label, canvas = "gr.Sketchpad", "#label", "#pad canvas"

    def prepare(self) -> None:
        self.page.locator('#pad button[aria-label="Brush"]').first.click()

    def clear(self) -> None:
        """Leave the drawing: after clearing, the brush would have to be chosen anew."""


def print_table(pages: list[Ours], n: int) -> None:
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, n={n}"
    )
    print("| page | median ms | 95 % ms | range ms | requests a stroke |")
    print("|---|---|---|---|---|")
    for page in pages:
        times = sorted(page.times())
        late = statistics.quantiles(times, n=20, method="inclusive")[-1]
        print(
            f"| {page.name} | {statistics.median(times):.0f} | {late:.0f} "
            f"| {times[0]:.0f} to {times[-1]:.0f} | {len(page.requests) / n:.1f} |"
        )


if __name__ == "__main__":
    main()
