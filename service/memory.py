"""Memory that large pictures took is given back: glibc by itself keeps it, in each thread's arena.

Where the C library is another one, as on macOS, nothing is done.
"""

import contextlib
import ctypes
import itertools

OPTIONS = {  # glibc's mallopt, by its numbers in malloc.h
    -8: 2,  # M_ARENA_MAX: threads share two heaps
    -3: 4 << 20,  # M_MMAP_THRESHOLD: blocks of so many bytes go back at once; small ones are faster
    -1: 16 << 20,  # M_TRIM_THRESHOLD: free bytes at a heap's end before they go back
}
READINGS = 100  # from one time that free memory is given back to the next: it takes milliseconds

_readings = itertools.count(1)


def keep_small() -> None:
    """Set glibc's options; to be called before there are threads."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for option, value in OPTIONS.items():
            library.mallopt(option, value)


def after_reading() -> None:
    """Give free memory back to the system now and then."""
    if next(_readings) % READINGS == 0:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
