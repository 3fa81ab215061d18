"""Identities of a party: what of all that an invoice says of it can lead to its invoices, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from p2pchain.documents.facts import Party, SchemedId
from p2pchain.documents.folding import fold_country, fold_identifier, fold_name, name_forms
from p2pchain.documents.registrations import Registration, read_registration, registration_of_vat
from p2pchain.documents.vat_ids import VatId, read_vat_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyIdentity:
    """One identity of a party, folded; ``strong`` and ``apart`` as for ``InvoiceName``.

    Of a ``main`` identity there is a name with the loose number, too.
    """

    scheme: str
    text: str
    strong: bool
    apart: bool
    main: bool = False


_VAT: Final = "vat"
_VAT_NUMBER: Final = "vat-number"
_REGISTER: Final = "reg"
_REGISTER_AND_NAME: Final = "reg-name"
_COURT: Final = "court"
_NAME: Final = "name"
_TAX: Final = "tax"
_ID: Final = "id"


def identities_of(party: Party) -> tuple[PartyIdentity, ...]:
    """Return the identities of a party, each text of a scheme once, in the order of ``docs/documents.md``."""
    vat = read_vat_id(party.vat_id or "", party.country)
    legal = read_registration(party.legal_id) if party.legal_id else None
    names = name_forms(party.name or "")
    main = (
        *_vat_identities(vat),
        *_legal_identities(legal, party.legal_id, names),
        *(_weak(_NAME, name, main=True) for name in names),
    )
    beside = (
        *(identity for held in party.ids for identity in _schemed(held, is_own=True)),
        *_vat_tails(vat),
        *_tax_identities(party, vat),
        *(_weak(_NAME, fold_name(name)) for name in party.trading_names if fold_name(name)),
        *(identity for held in _some(party.endpoint) for identity in _schemed(held, is_own=False)),
    )
    return _once((*main, *beside))


def shares_identity(one: Party, other: Party) -> bool:
    """Return whether two parties have an identity in common, and no scheme tells them apart."""
    ours, theirs = identities_of(one), identities_of(other)
    common = {(held.scheme, held.text) for held in ours} & {(held.scheme, held.text) for held in theirs}
    for scheme in {held.scheme for held in ours if held.apart}:
        mine = {held.text for held in ours if held.apart and held.scheme == scheme}
        their = {held.text for held in theirs if held.apart and held.scheme == scheme}
        if their and mine.isdisjoint(their):
            return False
    return bool(common)


def _vat_identities(vat: VatId | None) -> Iterator[PartyIdentity]:
    if vat is not None:
        yield PartyIdentity(scheme=_VAT, text=vat.text, strong=vat.is_valid, apart=vat.is_valid, main=True)


def _vat_tails(vat: VatId | None) -> Iterator[PartyIdentity]:
    """Return the number without its country, and the number of the company's register that it holds."""
    if vat is None:
        return
    yield _weak(_VAT_NUMBER, vat.number)
    derived = registration_of_vat(vat.country, vat.number) if vat.is_valid else None
    if derived is not None:
        yield _weak(derived.register, derived.number)


def _legal_identities(
    legal: Registration | None, held: SchemedId | None, names: Iterable[str]
) -> Iterator[PartyIdentity]:
    if legal is None or held is None:
        return
    if legal.is_valid:
        scheme, text = legal.register, legal.number
        if legal.register.startswith(_COURT):
            scheme, text = _COURT, f"{legal.register.partition(':')[2]} {legal.number}"
        yield PartyIdentity(scheme=scheme, text=text, strong=True, apart=True)
    yield PartyIdentity(scheme=_REGISTER, text=legal.number, strong=False, apart=True, main=True)
    if not legal.register:
        word = fold_name(held.scheme)
        for name in names:
            yield PartyIdentity(
                scheme=_REGISTER_AND_NAME, text=f"{word} {legal.number} {name}", strong=True, apart=False
            )


def _schemed(held: SchemedId, *, is_own: bool) -> Iterator[PartyIdentity]:
    """Return the identity of BT-29; or of an electronic address, which may be a service provider's."""
    vat = read_vat_id(held.text, None) if fold_name(held.scheme).startswith("99") else None
    if vat is not None and vat.is_valid:
        yield PartyIdentity(scheme=_VAT, text=vat.text, strong=is_own, apart=is_own)
        return
    read = read_registration(held)
    if read is None:
        return
    if read.register.startswith("icd:") or read.register == "euid":
        strong = is_own and read.is_valid
        yield PartyIdentity(scheme=read.register, text=read.number, strong=strong, apart=strong)
    elif is_own:
        yield _weak(_ID, read.number)


def _tax_identities(party: Party, vat: VatId | None) -> Iterator[PartyIdentity]:
    """Return tax registrations under other words: a VAT identifier all the same, or a number of a tax
    office.
    """
    for text in party.tax_ids:
        read = read_vat_id(text, None)
        if read is not None and read.is_valid:
            yield PartyIdentity(scheme=_VAT, text=read.text, strong=vat is None, apart=vat is None)
        elif read is not None:
            yield _weak(_TAX, fold_country(party.country or "") + fold_identifier(text))


def _weak(scheme: str, text: str, *, main: bool = False) -> PartyIdentity:
    return PartyIdentity(scheme=scheme, text=text, strong=False, apart=False, main=main)


def _some(held: SchemedId | None) -> tuple[SchemedId, ...]:
    return (held,) if held else ()


def _once(identities: Iterable[PartyIdentity]) -> tuple[PartyIdentity, ...]:
    """Return each (scheme, text) once, with all that any of them was."""
    held: dict[tuple[str, str], PartyIdentity] = {}
    for identity in identities:
        known = held.setdefault((identity.scheme, identity.text), identity)
        held[identity.scheme, identity.text] = replace(
            known,
            strong=known.strong or identity.strong,
            apart=known.apart or identity.apart,
            main=known.main or identity.main,
        )
    return tuple(held.values())
