"""Sources of modules as a node reads them: the same wherever they lie, nothing that nobody can read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger.digest import module_digest
from p2pchain.model.errors import Refused
from p2pchain.node.home.module_sources import digest_of, digests_of, folder_of, read_sources
from tests.samples.tool_register.x_tools.module import MODULE as TOOLS

TESTS = Path(__file__).parents[2]
SHELL = "find . -name '*.py' -printf '%P\\n' | LC_ALL=C sort | xargs sha256sum | sha256sum"


def test_the_sample_has_the_digest_of_its_vector() -> None:
    sample = json.loads((TESTS / "vectors" / "module_digest.json").read_text("utf-8"))["sample"]
    told = subprocess.run(
        ["sh", "-c", SHELL], cwd=TESTS.parent / sample["folder"], capture_output=True, text=True, check=True
    )
    assert told.stdout.split()[0] == digest_of(TOOLS).hex()
    assert digest_of(TOOLS).hex() == sample["digest"], "the sample has changed: put this into the vector"


def test_every_module_says_where_its_code_lies() -> None:
    digests = digests_of(MODULES)
    assert len(set(digests.values())) == len(MODULES), "folders differ"
    assert all((folder_of(module) / "module.py").is_file() for module in MODULES)


def test_neither_place_nor_time_nor_line_ends_nor_compiled_files_count(tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(folder_of(TOOLS), copy)
    for path in copy.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        os.utime(path, (0, 0))
    subprocess.run([sys.executable, "-I", "-m", "compileall", "-q", str(copy)], check=True)
    assert list(copy.rglob("*.pyc"))
    (copy / "README.md").write_text("not code")
    assert module_digest(read_sources(copy), 1) == digest_of(TOOLS)


def test_a_source_in_any_folder_below_counts(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("A = 1\n")
    before = module_digest(read_sources(tmp_path), 1)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "rules.py").write_text("B = 2\n")
    assert set(read_sources(tmp_path)) == {"module.py", "deep/er/rules.py"}
    assert module_digest(read_sources(tmp_path), 1) != before


@pytest.mark.parametrize("name", ["rules.so", "rules.pyc", "rules.pyd", "deep/rules.cpython-311.so"])
def test_code_without_a_source_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(Refused) as refused:
        read_sources(tmp_path)
    assert (refused.value.code, refused.value.facts["file"]) == ("MODULE_SOURCES", name)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_links_are_refused(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "rules.py").write_text("A = 1\n")
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "linked.py" if kind == "file" else folder / "linked").symlink_to(
        target / "rules.py" if kind == "file" else target
    )
    with pytest.raises(Refused, match="MODULE_SOURCES"):
        read_sources(folder)


def test_a_module_that_lies_in_no_folder_is_refused() -> None:
    for source in ("", "module", "p2pchain.no_such.module", "no.such.module"):
        with pytest.raises(Refused, match="MODULE_SOURCES"):
            digest_of(replace(TOOLS, source=source))
