"""Writes the pages of the modules, ``docs/modules/NAME.md``, and those of all codes and all commands,
``docs/codes.md`` and ``docs/commands.md``, anew from declarations, from the commands, and, for codes that no
class states, from ``codes_of_the_node.toml``; and the parameters of a chain for the client in JavaScript:

python -m tests.module_pages
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.cli.exits import EXIT_BY_CODE
from p2pchain.cli.main import cli
from p2pchain.cli.manual.entries import entries
from p2pchain.cli.manual.pages import markdown_page
from p2pchain.cli.modules.arguments import IdAmbiguous, IdUnknown
from p2pchain.client.trace import MovesTooMany, PartyUnknown, PrefixesDiffer, PrefixUnknown
from p2pchain.codec.parameters import _ORDERED, PARAMETER_BOUNDS
from p2pchain.control.http import STATUS_BY_CODE
from p2pchain.ledger.refusals import REFUSALS
from p2pchain.model.parameters import Parameters
from p2pchain.model.refusal import Refusal
from p2pchain.presentation.code_page import CodeRow, codes_page
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.entry import ValueInvalid
from p2pchain.presentation.pages import module_page

FOLDER: Final = Path(__file__).parent.parent / "docs" / "modules"
CODES: Final = FOLDER.parent / "codes.md"
COMMANDS: Final = FOLDER.parent / "commands.md"
PARAMETERS: Final = FOLDER.parents[1] / "p2pchain/control/site/client/chain_parameters.js"
OF_THE_NODE: Final = Path(__file__).parent / "codes_of_the_node.toml"
OF_COMMANDS: Final = (
    ValueInvalid,
    IdUnknown,
    IdAmbiguous,
    MovesTooMany,
    PartyUnknown,
    PrefixesDiffer,
    PrefixUnknown,
)
"""Classes of what a person types."""
COMMAND: Final = "python -m tests.module_pages"


def pages() -> Mapping[str, str]:
    """The page of every module, by the name of its file."""
    return {f"{module.name}.md": module_page(module, COMMAND) for module in Directory(MODULES).newest()}


def classes() -> Iterator[type[Refusal]]:
    """All classes of refusals, the newest version's of a module."""
    yield from (*REFUSALS, *OF_COMMANDS)
    for module in Directory(MODULES).newest():
        yield from module.refusals


def code_rows() -> list[CodeRow]:
    """Rows of the codes that no class states."""
    rows: list[list[str]] = tomllib.loads(OF_THE_NODE.read_text("utf-8"))["rows"]
    return [
        CodeRow(codes=codes, guilty=guilty, meaning=meaning, next_step=next_step)
        for codes, guilty, meaning, next_step in rows
    ]


def page_of_codes() -> str:
    """The page of all codes."""
    return codes_page(tuple(classes()), code_rows(), STATUS_BY_CODE, EXIT_BY_CODE, COMMAND)


def page_of_commands() -> str:
    """The page of all commands."""
    return markdown_page(entries(cli, "p2pchain"), COMMAND)


def parameters_of_the_client() -> str:
    """The table of a chain's parameters in JavaScript."""
    defaults = Parameters()
    rows = [
        f"  {name}: [{low:_}, {high:_}, {getattr(defaults, name):_}],\n"
        for name, (low, high) in PARAMETER_BOUNDS.items()
    ]
    pairs = [f'  ["{lesser}", "{greater}"],\n' for lesser, greater in _ORDERED]
    return (
        f"/** Made by `{COMMAND}`: change the parameters there, not here. */\n\n"
        "/** Name to lowest, highest and default, in the order in which a genesis id counts them.\n"
        " * @type {Record<string, number[]>} */\n"
        f"export const PARAMETERS = {{\n{''.join(rows)}}};\n\n"
        "/** Pairs of which the first must not exceed the second. */\n"
        f"export const ORDERED = [\n{''.join(pairs)}];\n"
    )


def write() -> None:
    """Write all pages, and remove those of modules that are gone."""
    PARAMETERS.write_text(parameters_of_the_client(), encoding="utf-8")
    CODES.write_text(page_of_codes(), encoding="utf-8")
    COMMANDS.write_text(page_of_commands(), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
