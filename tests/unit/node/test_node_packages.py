"""Packages of others: what is refused before it runs, what comes out, and how deep their rules may call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.packages.template import package_files
from p2pchain.ledger.context import Context
from p2pchain.ledger.fault_containment import MachineExhausted
from p2pchain.ledger.module import Module
from p2pchain.model.errors import Refused
from p2pchain.node.home.config import ModulesConfig
from p2pchain.node.home.layout import Home
from p2pchain.node.packages.loading import declaration_problems, load, load_packages
from p2pchain.node.packages.own_stack import RuleTooDeep, on_own_stack
from p2pchain.node.packages.package import Package, read_tree
from p2pchain.node.packages.software import software_of
from tests.unit.ledger.ledger_world import operation
from tests.unit.ledger.probing import go, probe_module, probed

BUILT_IN = tuple(module.name for module in MODULES)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Package]:
    """Write a package of a name, with files of it replaced; its folder can be imported from."""

    def made(name: str, **texts: str) -> Package:
        package = name.replace("-", "_")
        for path, text in package_files(name).items():
            stem = path.rpartition("/")[2].removesuffix(".py")
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(texts.get(stem, text))
        for module in [module for module in sys.modules if module.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.syspath_prepend(str(tmp_path))
        return read_tree(tmp_path)

    return made


def installed(tmp_path: Path, name: str) -> None:
    """Lay down what an installer would, so that the entry point is found."""
    info = tmp_path / f"p2pchain_{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: p2pchain-{name}\nVersion: 0.1.0\n")
    reference = f"{name.replace('-', '_')}.module:MODULE"
    (info / "entry_points.txt").write_text(f"[p2pchain.modules]\n{name} = {reference}\n")


def refused(package: Package, pinned: str | None = None) -> Refused:
    """Why it is not loaded."""
    with pytest.raises(Refused) as caught:
        load(package, pinned, MODULES)
    return caught.value


def test_what_is_begun_is_sound(make: Callable[..., Package]) -> None:
    package = make("x-sound")
    (module,) = load(package, package.digest().hex(), MODULES)
    assert (module.name, module.version, module.at_genesis) == ("x-sound", 1, False)


def test_an_impure_package_is_refused_before_a_line_of_it_runs(make: Callable[..., Package]) -> None:
    package = make("x-impure", rules="import os\nraise SystemExit\n")
    fault = refused(package)
    assert (fault.code, fault.facts["findings"]) == ("MODULE_IMPURE", 1)
    assert str(fault.facts["found"]).startswith("rules.py:1: import: imports os; ")
    assert "x_impure" not in sys.modules


def test_another_digest_than_the_pinned_one_is_refused(make: Callable[..., Package]) -> None:
    package = make("x-pinned")
    fault = refused(package, bytes(32).hex())
    assert fault.code == "MODULE_DIGEST"
    assert fault.facts["found"] == package.digest().hex()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"name": "x-other"}, "the module is called x-other, not as its entry point"),
        ({"source": ""}, "it does not say source=__name__"),
        ({"version": 2}, "versions [2] are not 1, 2, ..."),
        ({"roles": ("lender",)}, "it brings roles: lender"),
        ({"does": ""}, "it does not say what it is for: does"),
        ({"genesis": print}, "it writes at genesis, but governance brings it in"),
        (
            {"refusals": MODULES[-1].refusals[:1]},
            f"another module refuses with {MODULES[-1].refusals[0].code}",
        ),
    ],
)
def test_a_declaration_that_does_not_fit(
    make: Callable[..., Package], changed: dict[str, Any], problem: str
) -> None:
    package = make("x-declared")
    (module,) = load(package, None, MODULES)
    assert problem in list(declaration_problems(package, (replace(module, **changed),), MODULES))


def test_a_package_that_does_not_import_is_named(make: Callable[..., Package]) -> None:
    fault = refused(make("x-broken", module="MODULE = missing\n"))
    assert (fault.code, fault.facts["module"]) == ("MODULE_UNLOADABLE", "x-broken")


def test_a_home_names_its_packages(make: Callable[..., Package], tmp_path: Path) -> None:
    """Its modules come behind those of this software; a home without settings has no other."""
    digest = make("x-homely").digest().hex()
    installed(tmp_path, "x-homely")
    home = Home(tmp_path / "home")
    home.root.mkdir()
    assert [module.name for module in software_of(home)] == [*BUILT_IN]
    home.config.write_text(
        f'[modules]\npackages = ["x-homely"]\npath = ".."\n[modules.digests]\nx-homely = "{digest}"\n'
    )
    assert [module.name for module in software_of(home)] == [*BUILT_IN, "x-homely"]


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        load_packages(ModulesConfig(packages=("x-nowhere",)), tmp_path)
    assert (caught.value.code, caught.value.facts["module"]) == ("MODULE_NOT_INSTALLED", "x-nowhere")


def deeper(rule: Callable[..., int], depth: int) -> int:
    """A rule that calls itself where the lint does not see it."""
    return rule(rule, depth + 1)


def below(frames: int, call: Callable[[], None]) -> None:
    """Call from further up the stack."""
    if frames:
        below(frames - 1, call)
    else:
        call()


def test_too_deep_a_rule_is_a_bug_at_the_same_depth_wherever_the_node_stands() -> None:
    """So its receipt is the same on every node; without the stack of its own it ends the node."""
    reached: list[list[int]] = []

    def rule(_context: Context, _word: str) -> None:
        def count(_: object, depth: int) -> int:
            reached[-1].append(depth)
            return deeper(count, depth)

        count(None, 0)

    world = probed(rule)
    (action,) = on_own_stack(probe_module(rule)).actions
    context: Any = None
    for frames in (0, 60):
        reached.append([])

        def run() -> None:
            with pytest.raises(RuleTooDeep, match="without an end at"):
                action.run(context, action.read("probe", ("word",)))

        below(frames, run)
    first, second = (max(depths) for depths in reached)
    assert first == second > 100
    with pytest.raises(MachineExhausted, match="reason=RecursionError"):
        world.submit("bank-a", go())


def test_everything_of_a_package_runs_on_that_stack() -> None:
    def rule(context: Context, word: str) -> None:
        context.call("probe", "public")

    def public(_context: Context) -> int:
        return deeper(deeper, 0)

    module = on_own_stack(replace(probe_module(rule), publics={"public": public}))
    world = probed(rule).__class__(modules=(*MODULES, module))
    receipt = world.submit("bank-a", operation("probe", "go", ""))
    assert receipt.code == "MODULE_FAULT"
    assert isinstance(module, Module)
