"""Digits are counted as they are read, whichever door asked, and memory is kept small."""

import functools
import os
from collections.abc import Callable
from typing import Any, ParamSpec

from service import memory, metrics

SLOTS = max(2, os.cpu_count() or 1)  # readings at once: a 40-megapixel picture takes some 300 MB

Asked = ParamSpec("Asked")


def counted(ask: Callable[Asked, dict[str, Any]]) -> Callable[Asked, dict[str, Any]]:
    """Wrap a function that answers a picture with a dict that has `digits`."""

    @functools.wraps(ask)
    def counting(*args: Asked.args, **kwargs: Asked.kwargs) -> dict[str, Any]:
        answer = ask(*args, **kwargs)
        memory.after_reading()
        for digit in answer["digits"]:
            metrics.DIGITS.labels("none" if digit["digit"] is None else digit["digit"]).inc()
        return answer

    return counting
