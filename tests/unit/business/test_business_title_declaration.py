"""Titles and listings are what their declarations say: in the worlds of their tests, and in their sources."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from p2pchain.business.listing import refusals as of_listings
from p2pchain.business.listing.module import MODULE as LISTING
from p2pchain.business.title import refusals as of_titles
from p2pchain.business.title.module import MODULE as TITLE
from tests.unit.business.declaration_worlds import (
    check_actions,
    check_answer,
    check_events,
    check_records,
    check_refusals,
    worlds_of,
)
from tests.unit.ledger import test_ledger_listing, test_ledger_title
from tests.unit.ledger.title_steps import HOME, WANG, Town, mortgage, right, sign


def test_all_that_titles_and_listings_write_and_emit_is_declared() -> None:
    worlds = worlds_of(test_ledger_title, test_ledger_listing)
    for module in (TITLE, LISTING):
        check_events(module, worlds)
        check_records(module, worlds)


def test_all_that_titles_and_listings_refuse_is_declared() -> None:
    for module, refusals in ((TITLE, of_titles), (LISTING, of_listings)):
        check_refusals(module, refusals, folder_of(refusals))


def folder_of(module: ModuleType) -> Path:
    """Where the sources of a module lie."""
    assert module.__file__ is not None
    return Path(module.__file__).parent


def test_titles_and_listings_say_what_they_do() -> None:
    for module in (TITLE, LISTING):
        check_actions(module)


def test_answers_are_what_the_declarations_say() -> None:
    town = Town()
    town.does("bureau", mortgage(), right("lease", holder=WANG, until=300))
    listing = town.offered(revision=3)
    town.does("agent-a", sign(listing, revision=3))
    asked: dict[str, dict[str, Any]] = {
        "title": {"show": {"unit": HOME}, "history": {"unit": HOME}, "list": {}},
        "listing": {
            "show": {"listing": listing},
            "qr": {"listing": listing},
            "check": {"code": listing.hex()},
            "list": {},
        },
    }
    for module in (TITLE, LISTING):
        assert {query.name for query in module.queries} == set(asked[module.name])
        for query in module.queries:
            check_answer(
                query, town.ledger.query(module.name, query.name, asked[module.name][query.name], None)
            )
