"""The modules that a home's node runs: those of this software, and those of the packages that it names."""

from __future__ import annotations

from p2pchain.business.software import MODULES
from p2pchain.ledger.module import Module
from p2pchain.node.home.config import ModulesConfig, parse_modules
from p2pchain.node.home.layout import Home
from p2pchain.node.packages.loading import load_packages


def software_of(home: Home) -> tuple[Module, ...]:
    """Every module that the node of a home has. Raises ``ConfigError``, ``Refused("MODULE_...")``.

    Only the table ``[modules]`` of its settings is looked at: whoever examines a chain must not be stopped by
    another setting.
    """
    return (*MODULES, *load_packages(packages_of(home), home.root))


def packages_of(home: Home) -> ModulesConfig:
    """The packages that the settings of a home name; none where it has no settings."""
    try:
        return parse_modules(home.config.read_bytes())
    except FileNotFoundError:
        return ModulesConfig()
