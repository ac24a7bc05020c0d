"""What the command lines of training share."""

import argparse
from pathlib import Path


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """The description as it is written, and each option's default where that says something."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        is_place = isinstance(action.default, Path) and action.default.is_absolute()
        untold = is_place or action.default is None or action.default is False
        return action.help if untold else super()._get_help_string(action)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Make a parser that a module's docstring describes."""
    return argparse.ArgumentParser(description=doc, formatter_class=_Help)
