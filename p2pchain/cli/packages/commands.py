"""``module``: begin a package that brings a module, check it, and tell its digest."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from p2pchain.business.software import MODULES
from p2pchain.cli.exits import FAILED
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.packages.template import package_files
from p2pchain.cli.screen import show_json
from p2pchain.model.errors import Refused
from p2pchain.node.packages.loading import declaration_problems, import_versions
from p2pchain.node.packages.package import NAME, Package, read_tree
from p2pchain.sdk.replay import Trial, replay

DIRECTORY = click.Path(path_type=Path, file_okay=False)
TREE = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group(cls=Group)
def module() -> None:
    """Write a module of your own, as a package that members install."""


@module.command()
@click.argument("name")
@click.option("--dir", "directory", type=DIRECTORY, help="Where to write it [NAME].")
def new(name: str, directory: Path | None) -> None:
    """Write a small complete package: declaration, rules, page, test.

    NAME without x-: `module new tools` begins the module x-tools.
    """
    full = f"x-{name.removeprefix('x-')}"
    if NAME.fullmatch(full) is None:
        hint = "2 to 30 of a-z 0-9 -, a letter first, no - at the end"
        raise Refused("MODULE_NAME", {"module": full, "reference": None}, hint)
    top = directory or Path(full.removeprefix("x-"))
    if top.exists() and any(top.iterdir()):
        raise Refused("MODULE_EXISTS", {"path": str(top)}, "choose an empty folder: --dir")
    for path, text in package_files(full).items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text, "utf-8")
        click.echo(top / path)
    click.echo(f"next: p2pchain module check {top}")


@module.command()
@click.argument("path", type=TREE)
@json_option
def check(path: Path, as_json: bool) -> int:
    """Lint a package, check its declaration, and try its actions under two hash seeds.

    PATH: the folder with its pyproject.toml. Exit 1 where something is wrong.
    """
    package = read_tree(path)
    findings = [str(finding) for finding in package.findings()]
    problems: list[str] = []
    trial: Trial | None = None
    if not findings:
        problems = _problems(package)
    if not findings and not problems:
        trial = replay(package.reference, package.folder.parent)
    faults = [] if trial is None else list(trial.faults)
    if as_json:
        show_json(
            {
                "module": package.name,
                "digest": package.digest().hex(),
                "findings": findings,
                "problems": problems,
                "faults": faults,
                "codes": {} if trial is None else trial.codes,
            }
        )
    else:
        _tell(package, [*findings, *problems, *faults], trial)
    return FAILED if findings or problems or faults else 0


@module.command()
@click.argument("path", type=TREE)
def digest(path: Path) -> None:
    """Tell the digest of a package's sources: what members agree on, and pin in config.toml."""
    click.echo(read_tree(path).digest().hex())


def _problems(package: Package) -> list[str]:
    place = str(package.folder.parent)
    if place not in sys.path:
        sys.path.insert(0, place)
    return list(declaration_problems(package, import_versions(package), MODULES))


def _tell(package: Package, wrong: list[str], trial: Trial | None) -> None:
    for line in wrong:
        click.echo(line)
    if trial is not None:
        counted = ", ".join(f"{code} {count}" for code, count in sorted(trial.codes.items()))
        click.echo(f"tried its actions under two hash seeds: {counted}")
    word = f"{len(wrong)} things to mend" if wrong else "sound"
    click.echo(f"{package.name} {package.release}: {word}; digest {package.digest().hex()}")
