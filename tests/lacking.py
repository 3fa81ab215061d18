"""What a machine may lack. A test is marked ``needs(...)``; no other skip is accepted."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.replay.interpreters import VERSIONS, interpreter

ROOT_TESTS: Final = "P2PCHAIN_ROOT_TESTS"
"""Set to 1, it runs the tests that mount, unshare and boot; whoever sets it has seen to root and systemd."""
HOST: Final = "a host of its own"
"""Root, namespaces and a systemd that may be booted; the marker ``root`` asks for it."""
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "firefox")
NODE_RELEASE: Final = 20
DEBIAN_PYTHON: Final = Path("/usr/bin/python3")
POSTGRES: Final = Path("/usr/lib/postgresql")
REASON: Final = re.compile(r"needs ([^:]+)")


def _lacks_package_tools() -> bool:
    """Packages are made with Debian's own Python, and judged by lintian."""
    if not all(map(shutil.which, ("git", "dpkg-deb", "lintian"))) or not DEBIAN_PYTHON.exists():
        return True
    venv = [str(DEBIAN_PYTHON), "-c", "import ensurepip, venv"]
    return subprocess.run(venv, capture_output=True, timeout=30, check=False).returncode != 0


def _lacks_chromium() -> bool:
    """Playwright drives it; a browser that playwright brings itself is not taken."""
    return shutil.which("chromium") is None or importlib.util.find_spec("playwright") is None


@functools.cache
def _lacks_node() -> bool:
    """The client's tests in JavaScript need Node 20, whose release Debian 12 does not have."""
    if shutil.which("node") is None:
        return True
    asked = ["node", "--version"]
    version = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False).stdout
    return int(version.removeprefix("v").partition(".")[0] or 0) < NODE_RELEASE


def _lacks_python(version: str) -> bool:
    return interpreter(version) is None


LACKS: Final[Mapping[str, Callable[[], bool]]] = {
    HOST: lambda: os.environ.get(ROOT_TESTS) != "1",
    "root": lambda: os.geteuid() != 0,
    "systemd": lambda: shutil.which("systemd-analyze") is None,
    "tools of packages": functools.cache(_lacks_package_tools),
    "a browser": lambda: not any(map(shutil.which, BROWSERS)),
    "node 20": _lacks_node,
    "tsc": lambda: shutil.which("tsc") is None,
    "chromium": _lacks_chromium,
    "PostgreSQL": lambda: shutil.which("postgres") is None and not POSTGRES.is_dir(),
    **{f"python{version}": functools.partial(_lacks_python, version) for version in VERSIONS},
}
"""By the thing: true where this machine lacks it."""


def needs(thing: str) -> pytest.MarkDecorator:
    """Skip a test where the machine lacks the thing, a key of ``LACKS``."""
    return pytest.mark.skipif(LACKS[thing](), reason=f"needs {thing}")


def is_lacking(reason: str) -> bool:
    """Accept the reason of a skip: ``needs`` a thing that this machine lacks indeed."""
    stated = REASON.match(reason)
    return stated is not None and stated[1] in LACKS and LACKS[stated[1]]()
