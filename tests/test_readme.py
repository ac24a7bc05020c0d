"""The README says what is so: front matter, commands, figures, dependencies."""

import ast
import importlib
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

import model

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLANK, FRONT_MATTER, BODY = README.split("---\n", 2)
SPACE = yaml.safe_load(FRONT_MATTER)
FIGURE = re.compile(r"<!-- metrics\.json: (\S+) -->([^|]*)\|")


def requirement_files() -> list[Path]:
    return [ROOT / folder / "requirements.txt" for folder in ("", "train", "tests")]


def requirements(file: Path) -> dict[str, str]:
    """Return each package's version specifier."""
    lines = file.read_text().splitlines()
    wanted = [line.split("#")[0].split(";")[0].strip() for line in lines]
    pairs = [re.fullmatch(r"([\w.-]+)(.*)", line) for line in wanted if line and line[0] != "-"]
    return {pair[1]: pair[2] for pair in pairs if pair}


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", BODY, re.DOTALL)


def test_front_matter_comes_first() -> None:
    assert BLANK == ""


def test_space_runs_the_gradio_that_is_installed() -> None:
    assert SPACE["sdk"] == "gradio"
    assert requirements(ROOT / "requirements.txt")["gradio"] == f"=={SPACE['sdk_version']}"


def test_space_runs_a_python_that_is_new_enough() -> None:
    assert isinstance(SPACE["python_version"], str)  # unquoted, 3.10 would be 3.1
    assert tuple(map(int, SPACE["python_version"].split("."))) >= (3, 11)


def test_space_starts_an_app_that_is_there() -> None:
    assert (ROOT / SPACE["app_file"]).is_file()


def test_space_keeps_to_the_hub_rules() -> None:
    assert len(SPACE["short_description"]) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {SPACE["colorFrom"], SPACE["colorTo"]} <= colours
    assert SPACE["license"] == "apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def command_lines() -> list[str]:
    lines = [line for block in code_blocks("sh") for line in block.splitlines()]
    shown = [line[2:] for block in code_blocks("console") for line in block.splitlines()
             if line.startswith("$ ")]  # fmt: skip
    inline = re.findall(r"`((?:python |scripts/)[^`]*)`", BODY)
    return [part.strip() for line in lines + shown + inline for part in line.split("&&")]


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
    "line", [line for line in command_lines() if line.startswith("python") and "--" in line]
)
def test_documented_options_exist(line: str) -> None:
    words = shlex.split(line, comments=True)
    script = words[2].replace(".", "/") + ".py" if words[1] == "-m" else words[1]
    source = (ROOT / script).read_text()
    for option in (word for word in words if word.startswith("--")):
        assert f'"{option}"' in source


@pytest.mark.parametrize(
    "option", re.findall(r'add\w*\(\s*"(--\w+)', (ROOT / "model.py").read_text())
)
def test_option_of_the_command_line_is_documented(option: str) -> None:
    assert f"`{option}" in BODY


def test_documented_functions_exist() -> None:
    names = re.findall(r"\| `(\w+)\.(\w+)\(", BODY)
    assert names
    for module, function in names:
        owner = model.DigitReader if module == "DigitReader" else importlib.import_module(module)
        assert callable(getattr(owner, function))


def test_documented_python_compiles() -> None:
    for block in code_blocks("python"):
        ast.parse(block)


def test_every_dependency_is_explained() -> None:
    for file in requirement_files():
        for package in requirements(file):
            assert re.search(rf"^\|.*\b{re.escape(package)}\b.*\|", BODY, re.MULTILINE), package


def test_environment_variables_of_pictures_are_documented() -> None:
    source = (ROOT / "picture.py").read_text()
    for name, default in re.findall(r'environ\.get\("(\w+)", "(\w+)"\)', source):
        assert re.search(rf"\| `{name}` \|.*\| `{default}` \|", BODY)


def shown_as(value: float, shown: str) -> str:
    """Write a value as the README shows it: in per cent, with so many decimals."""
    unit = " %" if shown.endswith("%") else ""
    digits = shown.removesuffix("%").strip()
    decimals = len(digits.partition(".")[2])
    return f"{value * (100 if unit else 1):,.{decimals}f}{unit}"


@pytest.mark.skipif(not (ROOT / "metrics.json").exists(), reason="no model has been trained yet")
@pytest.mark.parametrize(("path", "shown"), FIGURE.findall(README))
def test_figures_are_those_of_the_model(path: str, shown: str) -> None:
    value = json.loads((ROOT / "metrics.json").read_text())
    for key in path.split("."):
        value = value[key]
    said = shown.strip()
    assert said == shown_as(value, said), f"metrics.json says {value}"


def test_figures_are_written_as_shown() -> None:
    assert shown_as(0.99732, "99.70 %") == "99.73 %"
    assert shown_as(288331, "288,000") == "288,331"
    assert shown_as(0.0000021, "0.000001") == "0.000002"
