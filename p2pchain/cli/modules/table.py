"""Table of the groups of business modules: made from the declarations, with the parts of the client."""

from __future__ import annotations

import importlib
from typing import Final

import click

from p2pchain.cli.declarations import modules_of_home, own_modules, readable_modules
from p2pchain.cli.modules.client_part import NO_PART, ClientPart
from p2pchain.cli.modules.groups import module_group
from p2pchain.presentation.directory import Directory

PARTS: Final = {
    "certificate": "p2pchain.cli.certificate.part",
    "consent": "p2pchain.cli.consent.part",
    "evidence": "p2pchain.cli.evidence.part",
    "governance": "p2pchain.cli.governance.part",
    "listing": "p2pchain.cli.listing.part",
    "membership": "p2pchain.cli.membership.part",
    "private": "p2pchain.cli.private.part",
    "receivable": "p2pchain.cli.receivable.part",
    "registry": "p2pchain.cli.registry.part",
    "title": "p2pchain.cli.title.part",
    "trace": "p2pchain.cli.trace.part",
    "securitisation": "p2pchain.cli.securitisation.part",
}
"""By module: where its part of the client is, as ``PART``; imported when a command of it is called."""


def group_of(name: str) -> click.Group:
    """The group of commands of a module."""
    is_own = any(module.name == name for module in own_modules())
    directory = Directory(readable_modules() if is_own else modules_of_home())
    module = directory.module(name)
    assert module is not None, f"no module {name}"
    part: ClientPart = importlib.import_module(PARTS[name]).PART if name in PARTS else NO_PART
    return module_group(directory, module, part)
