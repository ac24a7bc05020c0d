"""A model's file from the Hugging Face Hub: pinned, checked, and within a deadline.

    pin = configured()              # MODEL_REPO, MODEL_REVISION, MODEL_FILE, MODEL_SHA256
    content = fetch(pin)            # bytes, or HubError, whose text is a sentence for people

$ python hub.py OWNER/NAME REVISION FILE
/home/me/.cache/huggingface/hub/models--OWNER--NAME/snapshots/REVISION/FILE
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = "mnist_model_aug.tflite"
MAX_BYTES = 50_000_000  # a network for 28x28 pictures has no use for more
DEADLINE = 10.0  # seconds; the client alone tries for 23 s before it gives up on a Hub out of reach


class HubError(ValueError):
    """A model that cannot be had from the Hub; str() is a sentence for people."""


@dataclass(frozen=True)
class Pin:
    """One file at one commit of one repository, and what it must contain.

    repo: OWNER/NAME on the Hub.
    revision: the commit's full sha, since branches and tags can be moved.
    file: its path there, a LiteRT model.
    sha256: of the file, or None where nothing is known of it.

    Raises HubError for everything else.
    """

    repo: str
    revision: str
    file: str = FILE
    sha256: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repo):
            raise HubError(f"“{self.repo}” is not a model on the Hub, which are called OWNER/NAME.")
        if not re.fullmatch(r"[0-9a-f]{40}", self.revision):
            raise HubError(
                f"{self.repo} must be pinned to a commit, by the 40 hexadecimal digits of its "
                f"revision, not “{self.revision}”."
            )
        if not self.file.endswith(".tflite"):
            raise HubError(f"{self.file} is not a .tflite file: other models could run code.")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise HubError("The sha256 of a model's file is 64 hexadecimal digits.")


def configured(variables: Mapping[str, str] = os.environ) -> Pin | None:
    """Return what MODEL_REPO and its fellows ask for, or None where MODEL_REPO is not set.

    Raises HubError where they do not make a pin with a checksum.
    """
    repo = variables.get("MODEL_REPO", "").strip()
    if not repo:
        return None
    wanted = [variables.get(f"MODEL_{name}", "").strip() for name in ("REVISION", "FILE", "SHA256")]
    revision, file, sha256 = wanted
    if not sha256:
        raise HubError(f"MODEL_SHA256 must say what the file from {repo} contains.")
    return Pin(repo, revision, file or FILE, sha256.lower())


def fetch(pin: Pin) -> bytes:
    """Return the pinned file's content, from the cache without a request, or from the Hub.

    Raises HubError after DEADLINE seconds at the latest.
    """
    path = _cached(pin)
    if path is not None and _is_right(content := _read(path), pin):
        return content
    content = _read(_downloaded(pin, is_spoilt=path is not None))
    if not _is_right(content, pin):
        raise HubError(f"{pin.file} of {pin.repo} is not the file that MODEL_SHA256 was made from.")
    return content


def _cached(pin: Pin) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    try:
        path = try_to_load_from_cache(pin.repo, pin.file, revision=pin.revision)
    except ValueError as error:  # the client's own rules, `..` among them
        raise HubError(f"“{pin.repo}” or “{pin.file}” is no name on the Hub.") from error
    return Path(path) if isinstance(path, str) else None


def _read(path: Path) -> bytes:
    """Return at most one byte more than the limit, which no checksum then fits."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise HubError(f"The downloaded model {path.name} cannot be read.") from error
    if len(content) > MAX_BYTES:
        raise _too_large(path.name)
    return content


def _is_right(content: bytes, pin: Pin) -> bool:
    return pin.sha256 is None or hashlib.sha256(content).hexdigest() == pin.sha256


def _too_large(file: str) -> HubError:
    return HubError(f"{file} is larger than {MAX_BYTES / 1e6:g} MB.")


def _downloaded(pin: Pin, is_spoilt: bool) -> Path:
    """Let a process of its own download: that alone can be stopped, whatever the server does."""
    command = [sys.executable, __file__, pin.repo, pin.revision, pin.file]
    if is_spoilt:
        command.append("--again")
    quiet = os.environ | {"HF_HUB_DISABLE_TELEMETRY": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - arguments were checked by Pin
            command, env=quiet, timeout=DEADLINE, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise HubError(f"The Hub took longer than {DEADLINE:g} seconds.") from error
    said = done.stdout.strip()
    if done.returncode:
        raise HubError(said or "The download from the Hub failed.")
    return Path(said)


# --- the process that downloads -----------------------------------------------------------------


def download(repo: str, revision: str, file: str, again: bool = False) -> str:
    """Download a file into the Hub's cache and return its path there; HubError says why not."""
    from huggingface_hub import hf_hub_download

    try:
        _check_what_is_there(repo, revision, file)
        return hf_hub_download(repo, file, revision=revision, force_download=again)
    except HubError:
        raise
    except Exception as error:  # from HTTP, the file system and the client's own checks
        raise HubError(_sentence(error, repo, revision, file)) from error


def _check_what_is_there(repo: str, revision: str, file: str) -> None:
    """Ask for the file's size: this fails at once where hf_hub_download tries for half a minute."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    told = get_hf_file_metadata(hf_hub_url(repo, file, revision=revision))
    if told.commit_hash != revision:
        raise HubError("What answered is not the Hub.")
    if told.size is not None and told.size > MAX_BYTES:
        raise _too_large(file)


def _sentence(error: Exception, repo: str, revision: str, file: str) -> str:
    from huggingface_hub import errors

    sentences = {
        errors.OfflineModeIsEnabled: "The Hub is switched off by HF_HUB_OFFLINE.",
        errors.RevisionNotFoundError: f"{repo} has no revision {revision} on the Hub.",
        errors.RemoteEntryNotFoundError: f"{repo} has no file {file} at {revision} on the Hub.",
        errors.RepositoryNotFoundError: f"There is no {repo} on the Hub, or HF_TOKEN must open it.",
    }
    for kind, sentence in sentences.items():
        if isinstance(error, kind):
            return sentence
    if isinstance(error, errors.HfHubHTTPError):
        return f"The Hub answered with error {error.response.status_code}."
    if isinstance(error, OSError) and "Consistency check" in str(error):
        return f"The download of {file} was cut off."
    if isinstance(error, OSError) and error.errno is not None:
        return f"{file} cannot be stored: {error.strerror}."
    return f"The Hub cannot be reached ({type(error).__name__})."


def main(arguments: list[str]) -> int:
    """Print the path of the downloaded file, or why there is none."""
    repo, revision, file, *again = arguments
    try:
        print(download(repo, revision, file, again == ["--again"]))
    except HubError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
