"""The network behind a reader: a LiteRT flatbuffer, checked before it is used."""

import threading

import numpy as np

from finder.strokes import Array
from preprocessing import FRAME

DIGITS = 10  # classes 0 to 9; an eleventh is ink that is not a digit
AT_ONCE = 64  # frames; more are no faster, and LiteRT keeps the memory that they took


class ModelError(ValueError):
    """A model that cannot be used; the message is a sentence for people."""


class Network:
    """A LiteRT flatbuffer that maps frames to probabilities, and to class maps if it has them."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError("This file is not a LiteRT model.") from error
        self._lock = threading.Lock()  # an interpreter serves one caller at a time
        self._input = self._interpreter.get_input_details()[0]
        self._batch = int(self._input["shape"][0])
        self._sort_outputs()
        self._try_out()

    def _sort_outputs(self) -> None:
        outputs = self._interpreter.get_output_details()
        shape = self._input["shape"]
        flat = [o for o in outputs if len(o["shape"]) == 2]
        if int(np.prod(shape[1:])) != FRAME * FRAME or self._input["dtype"] != np.float32:
            raise ModelError(f"A model must take 28x28 float pictures, not {tuple(shape[1:])}.")
        if len(flat) != 1 or flat[0]["shape"][1] not in (DIGITS, DIGITS + 1):
            raise ModelError("A model must return ten classes, or ten and “not a digit”.")
        self._probabilities = flat[0]
        classes = flat[0]["shape"][1]
        maps = [o for o in outputs if len(o["shape"]) == 4 and o["shape"][3] == classes]
        self._maps = maps[0] if maps else None

    def _try_out(self) -> None:
        """Run once on two frames: what fails here would fail at the first picture."""
        try:
            probabilities, _ = self.run(np.zeros((2, FRAME, FRAME), np.float32))
        except (ValueError, RuntimeError) as error:
            raise ModelError("This model does not run on several pictures at once.") from error
        sums = probabilities.sum(1)
        if not (probabilities >= 0).all() or not np.allclose(sums, 1, atol=0.05):  # int8 rounds
            raise ModelError("A model must return probabilities, which add up to 1 (softmax).")

    @property
    def classes(self) -> int:
        """10, or 11 with “not a digit”."""
        return int(self._probabilities["shape"][1])

    def run(self, frames: Array) -> tuple[Array, Array | None]:
        """Return probabilities (n, 10 or 11), and class maps (n, h, w, 10 or 11) or None.

        frames: (n, 28, 28) float32 in [0, 1].
        """
        starts = range(0, max(len(frames), 1), AT_ONCE)
        parts = [self._run(frames[start : start + AT_ONCE]) for start in starts]
        maps = [part for _, part in parts if part is not None]
        probabilities = np.concatenate([part for part, _ in parts])
        return probabilities, np.concatenate(maps) if maps else None

    def _run(self, frames: Array) -> tuple[Array, Array | None]:
        with self._lock:
            if len(frames) != self._batch:
                shape = [len(frames), *self._input["shape_signature"][1:]]
                self._interpreter.resize_tensor_input(self._input["index"], shape)
                self._interpreter.allocate_tensors()
                self._batch = len(frames)
            shaped = frames.reshape(len(frames), *self._input["shape"][1:])
            self._interpreter.set_tensor(self._input["index"], shaped)
            self._interpreter.invoke()
            maps = self._maps and self._interpreter.get_tensor(self._maps["index"])
            return self._interpreter.get_tensor(self._probabilities["index"]), maps


class Once:
    """A network that runs once on each different frame, for one reading: another look at a picture,
    or a cut beside a digit, shows again much of what was seen before.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._known: dict[bytes, tuple[Array, Array | None]] = {}  # by a frame's pixels

    def run(self, frames: Array) -> tuple[Array, Array | None]:
        """Return what `Network.run` does, of one frame or more."""
        keys = [frame.tobytes() for frame in frames]
        new = {key: i for i, key in enumerate(keys) if key not in self._known}
        if new:
            probabilities, maps = self._network.run(frames[[*new.values()]])
            of_each = zip(probabilities, [None] * len(new) if maps is None else maps, strict=True)
            self._known |= zip(new, of_each, strict=True)
        known = [self._known[key] for key in keys]
        of_frames = [of_frame for _, of_frame in known if of_frame is not None]
        return np.stack([p for p, _ in known]), np.stack(of_frames) if of_frames else None
