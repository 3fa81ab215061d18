"""Table of the groups of business modules: made from the declarations, with the commands that read files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.groups import module_group
from p2pchain.presentation.directory import Directory

DIRECTORY: Final = Directory(MODULES)
OWN: Final[Mapping[str, Mapping[str, click.Command]]] = {}
"""By module and name: commands that are written by hand, since they read a file of this disk."""


def group_of(name: str) -> click.Group:
    """The group of commands of a module."""
    module = DIRECTORY.module(name)
    assert module is not None, f"no module {name}"
    return module_group(DIRECTORY, module, OWN.get(name, {}))
