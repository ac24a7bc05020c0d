"""The documents say what is so: files, links, commands, options, functions, settings, packages."""

import ast
import importlib
import json
import re
import shlex
import subprocess

import pytest

import hub
import model
import picture
from tests.documents import DOCUMENTS, ROOT, code_blocks, command_lines, documented_variables

SERVING = [
    *ROOT.glob("*.py"),
    *(
        file
        for part in ("finder", "reader", "page", "service")
        for file in ROOT.glob(f"{part}/*.py")
    ),
]
GIVEN = {"SPACE_ID"}  # by the Hub
ASKED = r'environ\.get\(\s*"([A-Z_]+)"|_number\(environ, "([A-Z_]+)"'


def slugs(text: str) -> set[str]:
    """The anchors of a document's headings, as the Hub and GitHub make them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", DOCUMENTS[name]):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert file.exists(), target
        assert not anchor or anchor in slugs(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_files_exist(name: str) -> None:
    for file in re.findall(r"`((?:[\w.]+/)*\w+\.(?:py|md|txt))`", DOCUMENTS[name]):
        assert (ROOT / file).is_file(), file


def test_the_layout_names_every_module_and_folder() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", DOCUMENTS["CONTRIBUTING.md"], re.MULTILINE)
    named = {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    parts = {path.partition("/") for path in tracked.splitlines()}
    there = {top for top, inside, _ in parts if (inside or top.endswith(".py")) and top[0] != "."}
    there |= {
        f"{top}/{name}"
        for top, _, name in parts
        if top in {"finder", "reader"} and name != "__init__.py"
    }
    if not there:
        pytest.skip("these are not the files of a checkout")
    assert there - named == set()


@pytest.mark.parametrize("line", command_lines())
def test_documented_command_exists(line: str) -> None:
    words = shlex.split(line, comments=True)
    if words[:2] == ["python", "-m"]:
        assert (ROOT / words[2].replace(".", "/")).with_suffix(".py").is_file()
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file()
    elif words[:2] == ["pip", "install"] and "-r" in words:
        assert (ROOT / words[words.index("-r") + 1]).is_file()
    elif words[:3] == ["npm", "install", "--prefix"]:
        assert (ROOT / words[3] / "package.json").is_file()
    elif words[0] != "pip":
        assert (ROOT / words[0]).stat().st_mode & 0o111


@pytest.mark.parametrize(
    "line", [line for line in command_lines() if line.startswith("python") and " -" in line]
)
def test_documented_options_exist(line: str) -> None:
    words = shlex.split(line, comments=True)
    script = words[2].replace(".", "/") + ".py" if words[1] == "-m" else words[1]
    source = (ROOT / script).read_text()
    for option in (word for word in words[2:] if re.match(r"--?[a-z]", word)):
        assert f'"{option}"' in source, option


@pytest.mark.parametrize(
    "option", re.findall(r'add\w*\(\s*"(--\w+)', (ROOT / "model.py").read_text())
)
def test_option_of_the_command_line_is_documented(option: str) -> None:
    assert f"`{option}" in DOCUMENTS["docs/api.md"]


def test_documented_functions_exist() -> None:
    names = re.findall(r"\| `([\w.]+)\.(\w+)\(", DOCUMENTS["docs/api.md"])
    assert names
    for module, function in names:
        owner = model.DigitReader if module == "DigitReader" else importlib.import_module(module)
        assert callable(getattr(owner, function))


def test_printed_answers_have_the_fields_of_real_ones() -> None:
    real = model.answer(model.load(), str(ROOT / "examples" / "1_thin_pen.png"), number=False)
    shown = [line for kind in ("json", "console") for block in code_blocks(kind)
             for line in block.splitlines() if line.startswith("{")]  # fmt: skip
    assert len(shown) >= 3
    for line in shown:
        answer = json.loads(line.replace(", ...", ""))
        assert set(real) - {"file", "error"} <= set(answer) <= set(real)
        for digit in answer["digits"]:
            assert set(digit) == set(real["digits"][0])


def test_documented_python_compiles() -> None:
    assert code_blocks("python")
    for block in code_blocks("python"):
        ast.parse(block)


def test_every_setting_is_documented() -> None:
    asked = {a or b for file in SERVING for a, b in re.findall(ASKED, file.read_text())}
    assert len(asked) > 12
    assert asked - GIVEN - set(documented_variables()) == set()


def test_defaults_of_limits_are_documented() -> None:
    sources = "".join(file.read_text() for file in SERVING)
    defaults = re.findall(r'environ\.get\("(\w+)", "(\d+)"\)', sources)
    defaults += re.findall(r'_number\(environ, "(\w+)", (\d+)', sources)
    assert len(defaults) > 6
    for name, default in defaults:
        assert documented_variables()[name] == f"`{default}`"


def test_limits_are_those_of_the_code() -> None:
    for figure in (
        f"{hub.MAX_BYTES / 1e6:g} MB",
        f"({picture.MAX_MB:g} MB)",
        f"{picture.MAX_MEGAPIXELS:g} megapixels",
    ):
        assert figure in DOCUMENTS["SECURITY.md"]


def test_each_fault_has_a_test_that_exists() -> None:
    text = DOCUMENTS["SECURITY.md"]
    rows = text.partition("| what goes wrong |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row.split("|")[3])
        assert named, row
        for file, test in named:
            assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test
