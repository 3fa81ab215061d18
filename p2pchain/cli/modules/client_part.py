"""A module's part of the client: what it reads on this disk, or makes with a secret key, for its commands.

A declaration says which fields nobody types (``Entry.is_made``); all else of a command is derived from it. A
part names a ``FileReader`` for an action or a query, what stands ``Beside`` an answer, and commands that no
declaration can have, such as those that open a sealed file.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import click

from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.ledger.fields import Field
from p2pchain.model.ids import PublicKey
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.directory import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A command at work. ``directory``: the declarations. ``signer``: the first that signs, or who asks;
    None where nobody does. ``values``: of the fields that were typed, by name; ``options``: of the reader's
    own parameters.
    """

    directory: Directory
    session: Session
    client: NodeClient
    signer: PublicKey | None
    values: Mapping[str, Value]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Result of a reader. ``values``: of the fields that nobody types; ``before``: operations that go before
    in the same transaction; ``report``, ``notes``, ``undo``: as in ``submission.Prepared``.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    before: tuple[Operation, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    undo: Callable[[], Awaitable[object]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """Makes the fields of an action or query that nobody types. ``parameters``: of its own. ``only_reads``:
    it writes and sends nothing, so that an action may be rehearsed.
    """

    make: Callable[[Work], Awaitable[Made]]
    parameters: tuple[click.Parameter, ...] = ()
    only_reads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """This home's additions to an answer, or to each row of its list. ``fields``: the added names."""

    fields: tuple[Field, ...]
    add: Callable[[Session, Fields], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPart:
    """One module's part. ``about``: what help says of the group beside its declaration. ``readers`` and
    ``beside``: by name of the action or query. ``commands`` stand in place of derived ones of their name;
    ``covered``: queries that one of them answers, without a command of their own.
    """

    about: str = ""
    readers: Mapping[str, FileReader] = field(default_factory=dict)
    beside: Mapping[str, Beside] = field(default_factory=dict)
    commands: tuple[click.Command, ...] = ()
    covered: frozenset[str] = frozenset()


NO_PART = ClientPart()
