"""Writes the pages of the modules, ``docs/modules/NAME.md``, anew from their declarations:

python -m tests.module_pages
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.pages import module_page

FOLDER: Final = Path(__file__).parent.parent / "docs" / "modules"
COMMAND: Final = "python -m tests.module_pages"


def pages() -> Mapping[str, str]:
    """The page of every module, by the name of its file."""
    return {f"{module.name}.md": module_page(module, COMMAND) for module in Directory(MODULES).newest()}


def write() -> None:
    """Write all pages, and remove those of modules that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
