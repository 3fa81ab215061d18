"""Interpreters of this machine, each with the few distributions that a replay needs."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).parents[2]
VERSIONS: Final = ("3.11", "3.12", "3.13")
"""Those that the software supports."""
SETUP_S: Final = 300


def interpreter(version: str) -> Path | None:
    """Find the interpreter of a version: this one, ``python3.X`` on the path, or one that pyenv keeps."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.base_prefix) / "bin" / f"python{version}"
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *kept.glob(f"{version}.*/bin/python{version}")]
    return next((Path(each) for each in candidates if each is not None and _runs(Path(each), version)), None)


def ready(python: Path, version: str, names: tuple[str, ...]) -> Path:
    """Put an interpreter into ``.venv-3.X`` with these distributions of the lock; made once for each lock."""
    place, requirements = TOP / f".venv-{version}", locked(names)
    mark, digest = place / "made-of", hashlib.sha256(requirements.encode()).hexdigest()
    inner = place / "bin" / "python"
    if mark.exists() and mark.read_text("utf-8") == digest and _runs(inner, version):
        return inner
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run([python, "-m", "venv", place], check=True, timeout=SETUP_S)
    listed = place / "requirements.txt"
    listed.write_text(requirements, "utf-8")
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
    install: list[str | Path] = [inner, "-m", "pip", "install", "-q", *options, "-r", listed]
    subprocess.run(install, check=True, timeout=SETUP_S)
    mark.write_text(digest, "utf-8")
    return inner


def locked(names: tuple[str, ...]) -> str:
    """The lines of ``requirements.lock`` for these distributions, with their hashes."""
    blocks = re.split(r"\n(?=\S)", (TOP / "requirements.lock").read_text("utf-8"))
    kept = [block for block in blocks if block.split("==")[0] in names]
    assert len(kept) == len(names), f"the lock has {len(kept)} of {names}"
    return "\n".join(kept) + "\n"


def _runs(python: Path, version: str) -> bool:
    """Whether it is that version: a shim may stand on the path for an interpreter that is not there."""
    told = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", told], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return False
    return done.stdout.strip() == version
