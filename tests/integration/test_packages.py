"""What ``scripts/package`` makes of a commit: the same bytes whenever and wherever, which lintian finds
sound, which name what they hold, and which pip installs by hash alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from p2pchain.telemetry.release import VERSION
from tests.integration.package_building import (
    BUILD_S,
    NEXT_VERSION,
    PYTHON,
    Release,
    clone_of,
    fetch_wheels,
    offline,
    package,
)
from tests.integration.runbook import runbooks
from tests.lacking import needs
from tests.patience import patient

BOOT = Path(__file__).parent / "boot-systemd"
STORY_S = patient(900)
DISK = "16g"
"""Of the server: with less a node warns that its disk fills. Memory is only taken for what is written."""

pytestmark = needs("tools of packages")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the locks name."""
    folder = tmp_path_factory.mktemp("wheels")
    fetch_wheels(folder)
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Release:
    """Packages of the newest commit."""
    folder = tmp_path_factory.mktemp("release")
    return package(clone_of(folder / "clone"), folder / "out", wheels)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_a_second_build_elsewhere_makes_the_same_bytes(
    release: Release, wheels: Path, tmp_path: Path
) -> None:
    """Another directory, another umask, another time of day."""
    before = os.umask(0o077)
    try:
        again = package(clone_of(tmp_path / "elsewhere"), tmp_path / "out", wheels)
    finally:
        os.umask(before)
    assert digests(again.packages) == digests(release.packages)


def test_the_checksums_are_those_of_the_files(release: Release) -> None:
    subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=release.packages, check=True)
    named = {line.split()[1] for line in (release.packages / "SHA256SUMS").read_text().splitlines()}
    assert named == {path.name for path in release.packages.iterdir()} - {"SHA256SUMS"}


def test_lintian_finds_no_error(release: Release) -> None:
    done = subprocess.run(
        ["lintian", "--fail-on", "error", str(release.debian)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_bill_of_materials_names_what_the_lock_does(release: Release) -> None:
    (file,) = release.packages.glob("*.cdx.json")
    bill = json.loads(file.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["component"]["purl"] == f"pkg:pypi/p2pchain@{VERSION}"
    held = {f"{part['name']}=={part['version']}" for part in bill["components"]}
    lines = (release.clone / "requirements.lock").read_text().splitlines()
    locked = {line.split()[0] for line in lines if "==" in line and not line.startswith(("#", " "))}
    assert held == locked
    assert not any(name.startswith("pytest") for name in held), "a server gets no tools of development"


def test_the_package_names_its_commit_and_runs_on_nothing_but_debian(
    release: Release, tmp_path: Path
) -> None:
    """Its files, laid out: the command runs with Debian's own Python, and names the commit."""
    subprocess.run(["dpkg-deb", "--extract", str(release.debian), str(tmp_path)], check=True)
    place = tmp_path / "usr" / "lib" / "p2pchain"
    python = place / (place / "current").readlink() / "bin" / "python"
    done = subprocess.run(
        [python, "-I", "-m", "p2pchain.cli", "version", "--json"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=release.clone, capture_output=True, text=True, check=True
    )
    assert (told["version"], told["commit"], told["changed"]) == (VERSION, head.stdout.strip(), False)


def test_pip_takes_the_wheel_and_its_lock_by_hash_alone(
    release: Release, wheels: Path, tmp_path: Path
) -> None:
    """No compiler is called: where one would be, there is none."""
    subprocess.run([PYTHON, "-m", "venv", tmp_path / "venv"], check=True, timeout=BUILD_S)
    inner = tmp_path / "venv" / "bin" / "python"
    environment = {**offline(wheels), "CC": "/bin/false", "CXX": "/bin/false"}
    command: list[str | Path] = [inner, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r"]
    newer_pip = release.clone / "requirements-build.lock"
    subprocess.run([*command, newer_pip], env=environment, check=True, timeout=BUILD_S)
    (requirements,) = release.packages.glob("*.requirements.txt")
    subprocess.run(
        [*command, requirements.name], cwd=release.packages, env=environment, check=True, timeout=BUILD_S
    )
    shown = subprocess.run(
        [tmp_path / "venv" / "bin" / "p2pchain", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith(f"p2pchain {VERSION} (commit ")
    altered = tmp_path / "altered.txt"
    altered.write_text(f"{requirements.read_text().rstrip()[:-8]}00000000\n")
    refused = subprocess.run(
        [*command, altered, "--force-reinstall"],
        cwd=release.packages,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert refused.returncode != 0


@pytest.fixture(scope="module")
def next_release(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Release:
    """Packages of a release after this one."""
    folder = tmp_path_factory.mktemp("next-release")
    return package(clone_of(folder / "clone", NEXT_VERSION), folder / "out", wheels)


@pytest.mark.root
def test_the_page_of_installing_is_typed_under_systemd(
    release: Release, next_release: Release, wheels: Path
) -> None:
    """Install, start, reload, upgrade, downgrade and remove, by script and by package, as the page has it."""
    binds = {
        release.clone: "/srv/p2pchain",
        release.packages: f"/srv/p2pchain-{VERSION}",
        next_release.packages: f"/srv/p2pchain-{NEXT_VERSION}",
        wheels: "/srv/wheels",
    }
    bound = [word for source, target in binds.items() for word in ("--bind", f"{source}:{target}")]
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    pip = ("PIP_NO_INDEX=1", "PIP_FIND_LINKS=/srv/wheels", "CC=/bin/false")
    story = ("/srv/p2pchain/tests/integration/install_story.py",)
    done = subprocess.run(
        [str(BOOT), *bound, "env", path, *pip, "PYTHONPATH=/srv/p2pchain", PYTHON, *story],
        env={**os.environ, "BOOT_SYSTEMD_TIMEOUT": str(STORY_S), "BOOT_SYSTEMD_DISK": DISK},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STORY_S + 60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    headings = list(runbooks((release.clone / "docs" / "install.md").read_text("utf-8")))
    assert done.stdout.splitlines() == headings
    assert headings[0] == "Install from a clone"
    assert "Downgrade the package" in headings
