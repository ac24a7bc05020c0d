"""Requirements name what the code imports, and serving stays free of training."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tests.documents import DOCUMENTS, ROOT

OWN = {
    path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
}
PROVIDERS = metadata.packages_distributions()
LISTS = {
    "serving": ["requirements.txt"],
    "train": ["requirements.txt", "train/requirements.txt"],
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(files: list[str]) -> set[str]:
    lines = [line for file in files for line in (ROOT / file).read_text().splitlines()]
    names = [re.match(r"[\w.-]+", line) for line in lines if not line.startswith("-")]
    return {normal(name[0]) for name in names if name}


def imported(source: Path) -> Iterator[str]:
    """Yield the third-party packages that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        packages = {name.partition(".")[0] for name in names}
        yield from packages - OWN - set(sys.stdlib_module_names)


def sources(part: str) -> list[Path]:
    """Return the files of the serving modules and packages, or those of training."""
    if part == "train":
        return sorted((ROOT / "train").rglob("*.py"))
    folders = [ROOT / name for name in OWN - {"train", "tests", "benchmarks"}]
    return sorted([*ROOT.glob("*.py"), *(file for it in folders for file in it.rglob("*.py"))])


@pytest.mark.parametrize("part", LISTS)
def test_what_is_imported_is_listed(part: str) -> None:
    names = listed(LISTS[part])
    for source in sources(part):
        for package in imported(source):
            providers = {normal(name) for name in PROVIDERS.get(package, [package])}
            assert providers & names, f"{source.name} imports {package}"


def test_every_package_is_explained() -> None:
    lists = [f"{folder}requirements.txt" for folder in ("", "train/", "tests/")]
    rows = re.findall(r"^\| ([^|]*) \|", DOCUMENTS["docs/dependencies.md"], re.MULTILINE)
    explained = {normal(name) for row in rows for name in row.split(", ")}
    assert listed(lists) - explained == set()


def test_lists_include_one_another() -> None:
    assert "-r ../requirements.txt" in (ROOT / "train/requirements.txt").read_text()
    assert "-r ../train/requirements.txt" in (ROOT / "tests/requirements.txt").read_text()


def test_every_version_has_a_ceiling() -> None:
    for file in ("requirements.txt", "train/requirements.txt", "tests/requirements.txt"):
        for line in (ROOT / file).read_text().splitlines():
            assert line.startswith(("#", "-r")) or re.match(r"[\w.-]+(~=|==)\d", line), line


@pytest.mark.parametrize("module", ["picture", "preprocessing", "model"])
def test_serving_imports_no_tensorflow(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'keras', 'tensorflow'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
