"""The pages of the modules say what the declarations say."""

from __future__ import annotations

import pytest

from tests.module_pages import (
    CODES,
    COMMAND,
    COMMANDS,
    FOLDER,
    PARAMETERS,
    page_of_codes,
    page_of_commands,
    pages,
    parameters_of_the_client,
)


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_is_as_the_declaration_says(name: str) -> None:
    """Whoever changes a declaration writes its page anew."""
    path = FOLDER / name
    assert path.is_file(), f"write it: {COMMAND}"
    assert path.read_text("utf-8") == pages()[name], f"stale; write it anew: {COMMAND}"


def test_no_page_is_of_a_module_that_is_gone() -> None:
    """A page without a module would be read in vain."""
    assert sorted(path.name for path in FOLDER.glob("*.md")) == sorted(pages())


def test_the_page_of_codes_is_as_the_classes_and_the_table_say() -> None:
    """Meaning, next step, status and exit code of a refusal are those of its class."""
    assert CODES.read_text("utf-8") == page_of_codes(), f"stale; write it anew: {COMMAND}"


def test_the_page_of_commands_is_as_the_commands_say() -> None:
    """A command or option that is added, renamed or removed is so on the page, too."""
    assert COMMANDS.read_text("utf-8") == page_of_commands(), f"stale; write it anew: {COMMAND}"


def test_the_client_in_javascript_has_the_parameters_of_a_chain() -> None:
    """A genesis id counts all of them, defaults included."""
    stated = PARAMETERS.read_text("utf-8")
    assert stated == parameters_of_the_client(), f"stale; write it anew: {COMMAND}"
