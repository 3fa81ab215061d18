"""The unit file itself, judged by systemd-analyze without a running systemd."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.lacking import needs
from tests.patience import patient

UNIT = Path(__file__).parents[2] / "systemd" / "p2pchain@.service"
EXPOSURE_MAX = "15"
"""The worst exposure allowed, in tenths; systemd calls up to 2.0 fine, and an unhardened service has 9.6."""

pytestmark = needs("systemd")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze; standard error is part of the output."""
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=patient(60), check=False
    )


def installed_as_if(tmp_path: Path, text: str) -> str:
    """An instance of a unit with this text whose program exists."""
    path = tmp_path / "p2pchain@bank-a.service"
    path.write_text(text.replace("/opt/p2pchain/bin/p2pchain", "/bin/true"))
    return str(path)


def test_verify_prints_nothing(tmp_path: Path) -> None:
    verified = analyze("verify", installed_as_if(tmp_path, UNIT.read_text()))
    assert (verified.returncode, verified.stdout) == (0, "")


def test_verify_would_print_a_misspelt_key(tmp_path: Path) -> None:
    """It returns 0 then too, so only what it prints can be trusted."""
    verified = analyze("verify", installed_as_if(tmp_path, UNIT.read_text().replace("Protect", "Protekt")))
    assert "Protekt" in verified.stdout


def test_exposure() -> None:
    judged = analyze("security", "--offline=true", f"--threshold={EXPOSURE_MAX}", str(UNIT))
    assert judged.returncode == 0, judged.stdout


def test_a_failed_write_is_not_retried_and_a_crash_is() -> None:
    """74, a failed fsync, must wait for a person: what is read back then need not be on the disk."""
    (line,) = [line for line in UNIT.read_text().splitlines() if line.startswith("RestartPreventExitStatus=")]
    prevented = set(line.partition("=")[2].split())
    assert {"64", "65", "66", "74", "77", "78"} <= prevented
    assert not prevented & {"1", "69", "70", "71", "75", "SIGKILL"}
