"""Bounds of the gateway: rates per name, connections, nonces, and the certificate's names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from p2pchain.control.gateway import nonces as nonces_module
from p2pchain.control.gateway.certificate import TRIAL_DAYS, ends_soon, read_certificate, self_signed
from p2pchain.control.gateway.nonces import STRANGERS_MAX, Nonces
from p2pchain.control.gateway.rates import BURST_S, Rates
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.control.gateway.visitors import Visitors, site_of
from p2pchain.control.gateway.worker import GatewayJob
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PublicKey

BANK, BUYER = PublicKey(b"a" * 32), PublicKey(b"b" * 32)


def test_a_rate_has_a_burst_and_fills_again() -> None:
    rates = Rates(5)
    assert [rates.take("a", 0.0) for _ in range(5 * BURST_S)] == [0.0] * 10
    assert rates.take("a", 0.0) == pytest.approx(0.2)
    assert rates.take("b", 0.0) == 0
    assert rates.take("a", 0.2) == 0
    assert rates.take("a", 0.2) > 0
    assert [rates.take("a", 1_000.0) for _ in range(11)].count(0.0) == 10


def test_names_of_a_rate_are_bounded() -> None:
    rates = Rates(1, names_max=3)
    for name in range(10):
        rates.take(name, 0.0)
    assert len(rates) == 3


async def test_the_connection_that_was_idle_for_longest_makes_room() -> None:
    visitors = Visitors(2, 2)
    with visitors.enter("a") as first, visitors.enter("b") as second:
        assert first is not None
        assert second is not None
        first.idle_since, second.idle_since = (lambda: 5.0), (lambda: 3.0)
        with visitors.enter("c") as third:
            assert third is not None
            assert second.scope.cancel_called
            assert not first.scope.cancel_called
            assert len(visitors) == 2
        first.idle_since = lambda: None
        with visitors.enter("d") as fourth, visitors.enter("e") as fifth:
            assert fourth is not None
            assert fifth is not None
            assert fourth.scope.cancel_called, "whoever is answered stays"


async def test_an_address_has_no_more_than_its_own() -> None:
    visitors = Visitors(10, 1)
    with visitors.enter("a") as first:
        assert first is not None
        with visitors.enter("a") as again, visitors.enter("b") as other:
            assert again is None
            assert other is not None
        await trio.lowlevel.checkpoint()
    with visitors.enter("a") as later:
        assert later is not None
    assert len(visitors) == 0


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_what_counts_as_one_address(host: str, site: str) -> None:
    assert site_of(host) == site


def code_of(nonces: Nonces, account: PublicKey, nonce: str, now_s: int = 0) -> str | None:
    try:
        nonces.claim(account, nonce, 100, now_s)
    except Refused as fault:
        return fault.code
    return None


def test_a_nonce_counts_once_for_its_account() -> None:
    nonces = Nonces()
    assert code_of(nonces, BANK, "n") is None
    assert code_of(nonces, BANK, "n") == "SIGNATURE_REPLAYED"
    assert code_of(nonces, BUYER, "n") is None
    nonces.known(BANK, 0)
    assert code_of(nonces, BANK, "n") == "SIGNATURE_REPLAYED"
    assert code_of(nonces, BANK, "m") is None
    assert code_of(nonces, BANK, "m") == "SIGNATURE_REPLAYED"


def test_strangers_push_out_strangers_and_nobody_else() -> None:
    nonces = Nonces()
    code_of(nonces, BANK, "n")
    nonces.known(BANK, 0)
    for number in range(STRANGERS_MAX + 1):
        assert code_of(nonces, BUYER, str(number)) is None
    assert code_of(nonces, BANK, "n") == "SIGNATURE_REPLAYED"
    assert code_of(nonces, BUYER, "0") is None


def test_nonces_of_an_account_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces_module, "ACCOUNT_NONCES_MAX", 2)
    nonces = Nonces()
    nonces.known(BANK, 0)
    assert [code_of(nonces, BANK, nonce) for nonce in "abc"] == [None, None, "SIGNATURE_TOO_MANY"]
    assert code_of(nonces, BANK, "c", now_s=101) is None, "what has expired is forgotten"
    assert code_of(nonces, BANK, "a", now_s=101) is None


def files(folder: Path, names: tuple[str, ...]) -> tuple[Path, Path]:
    certificate, key = folder / "c.pem", folder / "k.pem"
    public, secret = self_signed(names, datetime.now(UTC))
    certificate.write_bytes(public)
    key.write_bytes(secret)
    return certificate, key


def test_a_certificate_is_for_its_names(tmp_path: Path) -> None:
    certificate = read_certificate(*files(tmp_path, ("Node.Bank-A.example", "*.b.example", "192.0.2.1")))
    named = ("node.bank-a.example", "x.b.example", "192.0.2.1")
    others = ("bank-a.example", "x.y.b.example", "b.example", "192.0.2.2", "")
    assert [certificate.is_for(host) for host in named + others] == [True] * 3 + [False] * 5
    now = datetime.now(UTC)
    assert ends_soon(certificate, now) is None
    assert "ends" in (ends_soon(certificate, now + timedelta(days=TRIAL_DAYS - 1)) or "")


def test_files_that_are_no_certificate(tmp_path: Path) -> None:
    certificate, key = files(tmp_path, ("localhost",))
    other = tmp_path / "other"
    other.mkdir()
    _, foreign = files(other, ("localhost",))
    for pair in ((certificate, foreign), (key, key), (tmp_path / "none", key), (certificate, tmp_path / "x")):
        with pytest.raises(Refused) as refused:
            read_certificate(*pair)
        assert refused.value.code == "GATEWAY_CERTIFICATE"


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    job = GatewayJob(
        config=GatewayConfig(listen=":8443", streams_max=3),
        certificate=tmp_path / "c",
        key=tmp_path / "k",
        node=tmp_path / "n",
    )
    assert GatewayJob.read(job.write()) == job
