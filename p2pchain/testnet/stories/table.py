"""The stories that ``scripts/demo`` tells: every file beside this one, but for the frame.

A story's file has ``DOES``, what it shows, in a phrase; ``tell``, which runs it, and raises
``LaunchFailed("DEMO_FAILED")`` where it goes otherwise; and ``CAST``, the organisations of its network with
the roles that their accounts have from genesis on, where any will not do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from p2pchain.testnet import stories
from p2pchain.testnet.plan import MARKET, NetworkMember
from p2pchain.testnet.stories.story import Story

FRAME: Final = ("story", "table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """One story, as its file has it."""

    name: str
    does: str
    tell: Callable[[Story], None]
    cast: Sequence[NetworkMember]


def _demo(name: str) -> Demo:
    file = import_module(f"{stories.__name__}.{name}")
    return Demo(name=name, does=file.DOES, tell=file.tell, cast=getattr(file, "CAST", MARKET))


DEMOS: Final = tuple(_demo(file.name) for file in iter_modules(stories.__path__) if file.name not in FRAME)
