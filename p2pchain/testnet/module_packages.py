"""Packages of others laid into the directory of a local network.

A package is copied, so that a network runs what it was made with, whatever its author writes meanwhile.
The copy is laid out as an installer would: beside the sources lies what says under which entry point they
are found.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from p2pchain.node.home.config import ModulesConfig
from p2pchain.node.packages.package import GROUP, Package, read_tree


def install(directory: Path, seen_from_homes: str, trees: Sequence[Path]) -> ModulesConfig:
    """Lay packages down in a directory; what the nodes' settings say of them, with the digest of each.
    ``seen_from_homes``: path of the directory from a home. ``Refused("MODULE_...")``.
    """
    if not trees:
        return ModulesConfig()
    directory.mkdir()
    packages = [read_tree(tree) for tree in trees]
    for package in packages:
        _lay_down(directory, package)
    return ModulesConfig(
        packages=tuple(package.name for package in packages),
        path=seen_from_homes,
        digests={package.name: package.digest().hex() for package in packages},
    )


def _lay_down(directory: Path, package: Package) -> None:
    shutil.copytree(
        package.folder,
        directory / package.imported_as,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    info = directory / f"{package.imported_as}-{package.release}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.release}\n"
    (info / "METADATA").write_text(metadata, "utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{package.name} = {package.reference}\n", "utf-8")
