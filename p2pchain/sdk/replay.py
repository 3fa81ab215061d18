"""Trial of a module with drawn arguments, under two hash seeds. The state roots of both must be equal.

Every action is run with valid and with hostile arguments. What holds for every module is looked at on the
way: no bug (``MODULE_FAULT``), a refusal leaves the records as they were, and its code is declared.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from p2pchain.codec.exact_json import read_answer, write_json
from p2pchain.ledger.module import Module
from p2pchain.model.transaction import CODE_MODULE_FAULT, CODE_OK, Receipt
from p2pchain.sdk.draws import Draws
from p2pchain.sdk.world import World

ROUNDS: Final = 30
HASH_SEEDS: Final = ("1", "2")
TIMEOUT_S: Final = 300.0
KERNEL_CODES: Final = ("TX_", "AUTH_", "POL_")
"""How codes begin that the ledger itself refuses with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Result of a trial. ``codes``: how often each code occurred; ``faults``: violations, in words;
    ``roots``: of the records after each round.
    """

    codes: dict[str, int]
    faults: tuple[str, ...]
    roots: tuple[str, ...]


def try_module(versions: Sequence[Module], rounds: int = ROUNDS) -> Trial:
    """Run each action ``rounds`` times with valid, and as often with hostile arguments."""
    world, draws = World(*versions), Draws(rounds)
    declared = {refusal.code for version in versions for refusal in version.refusals}
    codes: dict[str, int] = {}
    faults: list[str] = []
    roots: list[str] = []
    for _ in range(rounds):
        for action in world.actions:
            known = [key[-size:] for key in world.records() for size in (16, 32) if len(key) >= size]
            for args in (draws.arguments(action.fields, known), draws.spoilt(action.fields, known)):
                before = world.state_root
                receipt = world.submit(draws.signers(), action.name, *args)
                codes[receipt.code] = codes.get(receipt.code, 0) + 1
                faults.extend(_faults(action.name, receipt, declared))
                if receipt.code != CODE_OK and world.state_root != before:
                    faults.append(f"{action.name}: {receipt.code} left something behind")
        roots.append(world.state_root.hex())
    return Trial(codes=codes, faults=tuple(dict.fromkeys(faults)), roots=tuple(roots))


def _faults(action: str, receipt: Receipt, declared: set[str]) -> list[str]:
    code = receipt.code
    if code == CODE_MODULE_FAULT:
        return [f"{action}: a bug: MODULE_FAULT {dict(receipt.facts)}; the trace stands above"]
    if code != CODE_OK and code not in declared and not code.startswith(KERNEL_CODES):
        return [f"{action}: {code} is not declared: name its class in Module(refusals=...)"]
    return []


def replay(reference: str, path: Path | None = None, rounds: int = ROUNDS) -> Trial:
    """Try a module in two processes under different hash seeds. ``reference``: ``package.module:MODULE``;
    ``path``: folder that its package lies in, where it is not installed. Roots that differ are a fault.
    """
    trials = [_in_process(reference, path, rounds, seed) for seed in HASH_SEEDS]
    first, second = trials
    if first.roots == second.roots:
        return first
    place = next(
        number for number, (a, b) in enumerate(zip(first.roots, second.roots, strict=True)) if a != b
    )
    differs = f"records differ between two hash seeds after round {place + 1}: look for the order of a set"
    return Trial(codes=first.codes, faults=(*first.faults, differs), roots=first.roots)


def modules_of(reference: str) -> tuple[Module, ...]:
    """Import ``package.module:NAME``: a module, or a sequence of its versions, ascending."""
    name, _, attribute = reference.partition(":")
    value = getattr(importlib.import_module(name), attribute)
    return (value,) if isinstance(value, Module) else tuple(value)


def _in_process(reference: str, path: Path | None, rounds: int, seed: str) -> Trial:
    places = [str(path), os.environ.get("PYTHONPATH", "")] if path else [os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join(place for place in places if place),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-P", "-m", "p2pchain.sdk.replay", reference, str(rounds)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        return Trial(codes={}, faults=(f"the trial ended with: {done.stderr.strip()}",), roots=())
    *printed, last = done.stdout.splitlines()
    for line in printed:
        print(line, file=sys.stderr)
    tried: Any = read_answer(last.encode())
    return Trial(codes=tried["codes"], faults=tuple(tried["faults"]), roots=tuple(tried["roots"]))


def main() -> None:
    """Try the module named on the command line; print the result as JSON."""
    _, reference, rounds = sys.argv
    trial = try_module(modules_of(reference), int(rounds))
    print(write_json({"codes": trial.codes, "faults": trial.faults, "roots": trial.roots}))


if __name__ == "__main__":
    main()
