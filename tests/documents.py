"""The project's documents, as tests read them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
    for file in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "benchmarks" / "README.md")
}


def code_blocks(language: str, *names: str) -> list[str]:
    """The code in a language that the named documents, or all of them, print."""
    text = "\n".join(DOCUMENTS[name] for name in names or DOCUMENTS)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def command_lines() -> list[str]:
    """Commands of the documents, in blocks and in lines."""
    lines = [line for block in code_blocks("sh") for line in block.splitlines()]
    shown = [line[2:] for block in code_blocks("console") for line in block.splitlines()
             if line.startswith("$ ")]  # fmt: skip
    inline = [line for text in DOCUMENTS.values()
              for line in re.findall(r"`((?:python |scripts/|\.ci/)[^`]*)`", text)]  # fmt: skip
    return sorted({part.strip() for line in lines + shown + inline for part in line.split("&&")})


def documented_variables() -> dict[str, str]:
    """Environment variables in the documents' tables, with what is said of their default."""
    text = "\n".join(DOCUMENTS.values())
    return dict(re.findall(r"^\| `([A-Z_0-9]+)` \|.*\| (.*) \|$", text, re.MULTILINE))
