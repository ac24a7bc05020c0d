"""Files that people upload to Gradio: those alone are read, and stored whole while there is room.

Left to itself, Gradio keeps what is cut off, downloads what it is given the address of, and copies
any file of the server that it is given the path of, if there is an end to that or not.
"""

import contextlib
import shutil
from pathlib import Path
from urllib.parse import unquote

import gradio as gr
from gradio.blocks import Block
from gradio.route_utils import GradioMultiPartParser
from gradio.utils import get_upload_folder
from starlette.datastructures import FormData

UPLOADED = "/gradio_api/file="
NO_ADDRESS = "Please send the picture itself, as a file or a data URL, not its address."
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


def guard(demo: gr.Blocks) -> None:
    """Have Gradio keep to what was uploaded, and remove the file of an upload that did not end."""
    demo.has_launched = True  # else it checks no path: it does not know that it is mounted
    Block.async_move_resource_to_block_cache = _only_uploads  # type: ignore[assignment, method-assign]
    GradioMultiPartParser.parse = _whole_or_nothing  # type: ignore[assignment, method-assign]


_move = Block.async_move_resource_to_block_cache
_parse = GradioMultiPartParser.parse


async def _only_uploads(block: Block, url_or_file_path: str | Path | None) -> str | None:
    place = url_or_file_path
    return await _move(block, None if place is None else _uploaded(str(place)))


def _uploaded(place: str) -> Path:
    """The file that was uploaded here before, by path or as agents name it; gr.Error for others."""
    if place.startswith(("http://", "https://")):
        place = unquote(place.partition(UPLOADED)[2])
    with contextlib.suppress(OSError, ValueError):
        path = Path(place).resolve()
        if path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file():
            return path
    raise gr.Error(NO_ADDRESS, print_exception=False)


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
