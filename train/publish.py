"""Publish a trained network on the Hugging Face Hub, or this app as a Space.

    python -m train.publish OWNER/NAME --dry-run      # what would be sent; makes no request
    python -m train.publish OWNER/NAME --out runs/mine
    python -m train.publish --space OWNER/NAME

Sends the files of --out that training writes and a model card made from them, in one commit, and
prints the variables that make the app read with just that model. HF_TOKEN, or `hf auth login`,
says who you are.
"""

import json
import sys
from pathlib import Path

import hub
import model
from train import options
from train.card import card, sha256

ROOT = Path(__file__).parent.parent
MODEL_FILES = (
    *("*.keras", "*.h5", "*.tflite"),
    *("class_labels.json", "metrics.json", "*.png", "plots/*.png"),
)
SPACE_FILES = (  # what serves, and nothing that trains or tests
    *("*.py", "pyproject.toml", "requirements.txt", "metrics.json", "*.tflite"),
    *(
        "finder/*",
        "reader/*",
        "page/**/*",
        "service/**/*",
        "website/**/*",
        "models/**/*",
        "examples/**/*",
    ),
    *("*.md", "LICENSE", "docs/*"),
)


class PublishError(ValueError):
    """What cannot be published; str() is a sentence for people."""


def matching(folder: Path, patterns: tuple[str, ...]) -> dict[str, Path]:
    """Return path in the repository -> file, for all patterns; nothing hidden, no caches."""
    found = {
        file.relative_to(folder).as_posix(): file
        for pattern in patterns
        for file in sorted(folder.glob(pattern))
        if file.is_file()
    }
    return {
        path: file
        for path, file in found.items()
        if not any(part.startswith((".", "__pycache__")) for part in Path(path).parts)
    }


def model_files(folder: Path) -> dict[str, Path]:
    """Return the files of a trained network; PublishError where the app could not use them."""
    files = matching(folder, MODEL_FILES)
    for file in files.values():
        if file.suffix == ".tflite":
            _check(file)
    if not any(path.endswith(".tflite") for path in files):
        raise PublishError(
            f"There is no .tflite file in {folder}: python -m train.export makes it."
        )
    return files


def _check(file: Path) -> None:
    try:
        model.load(file)
    except model.ModelError as error:
        raise PublishError(f"{file.name} would be refused by the app: {error}") from error


def served(files: dict[str, Path]) -> str:
    """Return which of the files the app is to read with."""
    return hub.FILE if hub.FILE in files else next(p for p in files if p.endswith(".tflite"))


def card_of(repo: str, files: dict[str, Path]) -> str:
    """Return the model card of these files."""
    metrics = json.loads(files["metrics.json"].read_text()) if "metrics.json" in files else {}
    network = model.Network(files[served(files)].read_bytes())
    return card(repo.partition("/")[2] or repo, metrics, files, network.classes)


def send(repo: str, files: dict[str, Path | bytes], kind: str, private: bool) -> str:
    """Commit the files to a repository, made where it is new; return the commit's sha.

    kind: "model" or "space". Raises PublishError where that fails.
    """
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    api = HfApi()
    sdk = "gradio" if kind == "space" else None
    try:
        api.create_repo(repo, repo_type=kind, private=private, exist_ok=True, space_sdk=sdk)
        commit = api.create_commit(
            repo,
            [CommitOperationAdd(path, content) for path, content in files.items()],
            repo_type=kind,
            commit_message=f"Publish {len(files)} files",
        )
    except HFValidationError as error:
        raise PublishError(f"“{repo}” is not a name the Hub allows: use OWNER/NAME.") from error
    except HfHubHTTPError as error:
        raise PublishError(_refusal(error.response.status_code)) from error
    except Exception as error:  # from the network, its library being the client's affair
        raise PublishError(f"Publishing failed: {error}") from error
    return commit.oid


def _refusal(status: int) -> str:
    if status == 401:
        return "The Hub does not know you: `hf auth login`, or set HF_TOKEN."
    if status == 402:
        return "The Hub asks for a paid plan for this: docs/deploy.md says more."
    if status == 403:
        return "Your token may not write there: it needs the right to write, and OWNER to be you."
    return f"The Hub answered with error {status}."


def pin(repo: str, revision: str, files: dict[str, Path]) -> str:
    """Return the variables that make the app read with this model, and preload it."""
    file = served(files)
    return (
        f"MODEL_REPO={repo}\nMODEL_REVISION={revision}\nMODEL_FILE={file}\n"
        f"MODEL_SHA256={sha256(files[file])}\n\n"
        f"preload_from_hub:\n  - {repo} {file} {revision}"
    )


def _listing(files: dict[str, Path]) -> str:
    return "\n".join(f"{f.stat().st_size:>10,}  {sha256(f)[:12]}  {p}" for p, f in files.items())


def publish_model(repo: str, folder: Path, is_dry: bool, private: bool) -> None:
    """Publish a trained network and print its pin, or print what would be sent."""
    files = model_files(folder)
    text = card_of(repo, files)
    print(f"{_listing(files)}\n")
    if is_dry:
        print(f"README.md:\n{text}\n\n{pin(repo, '<commit>', files)}")
    else:
        sent: dict[str, Path | bytes] = {"README.md": text.encode(), **files}
        print(pin(repo, send(repo, sent, "model", private), files))


def publish_space(repo: str, is_dry: bool, private: bool) -> None:
    """Publish this app as a Gradio Space, or print what would be sent."""
    files = matching(ROOT, SPACE_FILES)
    print(f"{_listing(files)}\n")
    if not is_dry:
        print(f"Space {repo} is at commit {send(repo, {**files}, 'space', private)}.")


def main(arguments: list[str] | None = None) -> int:
    """Publish; return 1, with a sentence, where that fails."""
    parser = options.parser(__doc__)
    add = parser.add_argument
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("repo", nargs="?", help="OWNER/NAME of the model on the Hub")
    what.add_argument("--space", metavar="OWNER/NAME", help="send the app itself, as a Space")
    add("--out", type=Path, default=ROOT, help="folder that training wrote to (this project)")
    add("--private", action="store_true", help="a new repository is for you alone")
    add("--dry-run", action="store_true", help="show everything, send nothing")
    args = parser.parse_args(arguments)
    try:
        if args.space:
            publish_space(args.space, args.dry_run, args.private)
        else:
            publish_model(args.repo, args.out, args.dry_run, args.private)
    except PublishError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
