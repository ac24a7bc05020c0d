"""Readings of all doors come through here: a few at once, since memory is bounded, and counted."""

import functools
import os
import threading
from collections.abc import Callable
from typing import Any, ParamSpec

from service import metrics

SLOTS = max(2, os.cpu_count() or 1)  # a 40-megapixel picture takes some 300 MB while it is read
_slots = threading.BoundedSemaphore(SLOTS)

Asked = ParamSpec("Asked")


def reading(ask: Callable[Asked, dict[str, Any]]) -> Callable[Asked, dict[str, Any]]:
    """Wrap a function that answers a picture with a dict that has `digits`."""

    @functools.wraps(ask)
    def within_slots(*args: Asked.args, **kwargs: Asked.kwargs) -> dict[str, Any]:
        with _slots:
            answer = ask(*args, **kwargs)
        for digit in answer["digits"]:
            metrics.DIGITS.labels("none" if digit["digit"] is None else digit["digit"]).inc()
        return answer

    return within_slots
