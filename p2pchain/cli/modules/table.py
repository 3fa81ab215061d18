"""Table of the groups of business modules: made from the declarations, with the commands that read files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from p2pchain.cli.declarations import modules_of_home
from p2pchain.cli.modules.groups import module_group
from p2pchain.presentation.directory import Directory

OWN: Final[Mapping[str, Mapping[str, click.Command]]] = {}
"""By module and name: commands that are written by hand, since they read a file of this disk."""


def group_of(name: str) -> click.Group:
    """The group of commands of a module."""
    directory = Directory(modules_of_home())
    module = directory.module(name)
    assert module is not None, f"no module {name}"
    return module_group(directory, module, OWN.get(name, {}))
