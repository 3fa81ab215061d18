"""Parameters of a derived command: a click parameter per field of an action or query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Array, Choice, Flag, Id, Integer, Kind, Nonce, Optional
from p2pchain.presentation.entry import expected_words
from p2pchain.presentation.values import label_of

RESERVED: Final = frozenset(
    ("as", "cosigner", "dry-run", "help", "json", "key", "no-wait", "out", "timeout", "valid-for", "wait")
)
"""Options that every submitting command has; no field may be called so."""
NEGATIVE: Final = "no-"
"""How the name of a flag begins that says no itself: it has no option that takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Typed value of one field: text, several texts, a flag, or None for nothing."""

    field: Field
    value: Any


def parameters_of(fields: Sequence[Field]) -> list[click.Parameter]:
    """The click parameters of fields, arguments first; what the client draws itself has none."""
    asked = [field for field in fields if not field.entry.is_made and not isinstance(field.kind, Nonce)]
    made = [_argument(field) if is_argument(field, asked) else _option(field) for field in asked]
    return sorted(made, key=lambda parameter: isinstance(parameter, click.Option))


def typed_values(fields: Sequence[Field], options: Mapping[str, Any]) -> list[Typed]:
    """Pair fields with the typed values; ``options``: as click hands them to the command."""
    typed = [field for field in fields if not field.entry.is_made]
    return [Typed(field=field, value=options.get(field.name)) for field in typed]


def is_argument(field: Field, fields: Sequence[Field]) -> bool:
    """Decide whether a field is given by its place: its entry says so, or it is the id acted on."""
    return field.entry.is_argument or (isinstance(field.kind, Id) and field == fields[0])


def option_name(field: Field) -> str:
    """Name of a field's option, without dashes at its beginning."""
    return field.entry.option or field.name.removesuffix("_minor").replace("_", "-")


def _argument(field: Field) -> click.Argument:
    kind = _plain(field.kind)
    many = isinstance(kind, Array)
    required = not _is_open(field)
    metavar = (option_name(field) if field.entry.option else label_of(field)).upper().replace(" ", "-")
    metavar = f"{metavar}..." if many else metavar
    return click.Argument(
        [field.name],
        required=required,
        nargs=-1 if many else 1,
        metavar=metavar if required else f"[{metavar}]",
    )


def _option(field: Field) -> click.Option:
    kind, name = _plain(field.kind), option_name(field)
    assert name not in RESERVED, f"the option --{name} has a meaning of its own"
    help_ = _help(field, kind)
    if isinstance(kind, Flag):
        return _flag(field, name, help_)
    choice = click.Choice(kind.words) if isinstance(kind, Choice) else None
    return click.Option(
        [f"--{name}", field.name],
        required=not _is_open(field),
        multiple=isinstance(kind, Array),
        type=choice,
        metavar=None if choice else _metavar(kind, field),
        help=help_ + _ending(field),
    )


def _flag(field: Field, name: str, help_: str) -> click.Option:
    if field.entry.negative:
        # With a default, None even, click does not miss it.
        spelled = f"--{name}/--{field.entry.negative}"
        return click.Option([spelled, field.name], is_flag=True, required=True, help=f"{help_}.")
    is_open, says_no = isinstance(field.kind, Optional), name.startswith(NEGATIVE)
    return click.Option(
        [f"--{name}" if says_no else f"--{name}/--{NEGATIVE}{name}", field.name],
        is_flag=True,
        default=None if is_open else False,
        help=help_ + ("." if is_open or says_no else " [default: no]."),
    )


def _is_open(field: Field) -> bool:
    """Decide whether a field may be left out."""
    kind = field.kind
    may_be_empty = isinstance(kind, Array) and kind.least == 0
    return isinstance(kind, Optional) or may_be_empty or field.entry.is_open


def _help(field: Field, kind: Kind) -> str:
    text = field.kind.help or kind.help or label_of(field)
    return text[:1].upper() + text[1:]


def _ending(field: Field) -> str:
    if field.entry.is_own_organisation:
        return " [default: your organisation]."
    if field.entry.same_as:
        return f" [default: the {field.entry.same_as.replace('_', ' ')}]."
    if field.entry.of_record:
        return " [default: all of it]."
    if field.entry.default is not None:
        return f" [default: {field.entry.default!s}]."
    return f"; {expected_words(_plain(field.kind))}." if isinstance(_plain(field.kind), Integer) else "."


def _metavar(kind: Kind, field: Field) -> str:
    inner = kind.inner if isinstance(kind, Array) else kind
    return type(inner).__name__.upper()


def _plain(kind: Kind) -> Kind:
    return kind.inner if isinstance(kind, Optional) else kind
