"""Files that people upload to Gradio: whole or not at all, and never until the disk is full."""

import contextlib
import shutil
from pathlib import Path

from gradio.route_utils import GradioMultiPartParser
from gradio.utils import get_upload_folder
from starlette.datastructures import FormData

DESK = "/gradio_api/component_server"  # the page, which sends pictures that are never stored


def stores(path: str) -> bool:
    """Whether what is posted to a path is stored in a file."""
    return path.startswith("/gradio_api/") and not path.startswith(DESK)


def has_room(megabytes: int) -> bool:
    """Whether Gradio's folder can be written to, with so much left on its disk."""
    folder = Path(get_upload_folder())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(folder).free >= megabytes * 1_000_000
    except OSError:
        return False


def forget_what_is_cut_off() -> None:
    """Have Gradio remove the file of an upload that did not end; it keeps it for ever."""
    GradioMultiPartParser.parse = _whole_or_nothing  # type: ignore[assignment, method-assign]


_parse = GradioMultiPartParser.parse


async def _whole_or_nothing(parser: GradioMultiPartParser) -> FormData:
    try:
        return await _parse(parser)
    except BaseException:  # the client has left, time is over, or the disk is full
        for file in parser._files_to_close_on_error:  # noqa: SLF001
            with contextlib.suppress(OSError):
                file.close()
            with contextlib.suppress(OSError):
                Path(file.name).unlink()
        raise
