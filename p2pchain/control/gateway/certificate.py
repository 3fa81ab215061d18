"""The gateway's certificate: read for TLS 1.3, its names and its end, and a self-signed one for trials."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from p2pchain.model.errors import Refused

FILE_BYTES_MAX: Final = 262_144
TRIAL_DAYS: Final = 90
"""How long a self-signed certificate is good for."""
WARNED_DAYS: Final = 14
"""So long before its end ``status`` warns of it."""
HINT: Final = "correct gateway.certificate and gateway.key; for a trial: p2pchain gateway cert"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCertificate:
    """A certificate that was read. ``names``: hosts that it is for, in lower case; ``context``: for TLS."""

    context: ssl.SSLContext
    names: tuple[str, ...]
    not_after: datetime

    def is_for(self, host: str) -> bool:
        """Decide whether ``host`` is one of its names; ``*`` stands for one label (RFC 9525 §6.3)."""
        parent = host.partition(".")[2]
        return host in self.names or (bool(parent) and f"*.{parent}" in self.names)


def read_certificate(certificate: Path, key: Path) -> GatewayCertificate:
    """Read both files. Raises ``Refused("GATEWAY_CERTIFICATE")``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    try:
        if certificate.stat().st_size > FILE_BYTES_MAX:
            raise _refused(certificate, f"more than {FILE_BYTES_MAX} bytes")
        parsed = x509.load_pem_x509_certificate(certificate.read_bytes())
        # A key under a passphrase is refused: nobody is there to be asked.
        context.load_cert_chain(certificate, key, password=_no_passphrase)
    except OSError as error:  # ssl.SSLError is one.
        raise _refused(certificate, error.strerror or str(error)) from error
    except ValueError as error:
        raise _refused(certificate, str(error)) from error
    names = _names_of(parsed)
    if not names:
        raise _refused(certificate, "it names no host (subjectAltName)")
    return GatewayCertificate(context=context, names=names, not_after=parsed.not_valid_after_utc)


def self_signed(names: Sequence[str], now: datetime) -> tuple[bytes, bytes]:
    """Make a certificate for hosts and addresses, signed by its own key (P-256); both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "p2pchain gateway")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=TRIAL_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret


def ends_soon(certificate: GatewayCertificate, now: datetime) -> str | None:
    """Say that a certificate ends within ``WARNED_DAYS``, or has ended; None where it does not."""
    if now + timedelta(days=WARNED_DAYS) < certificate.not_after:
        return None
    ends = certificate.not_after.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"the gateway's certificate ends at {ends}: replace its files, then reload the node"


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        stated = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = [name.lower() for name in stated.get_values_for_type(x509.DNSName)]
    return (*hosts, *map(str, stated.get_values_for_type(x509.IPAddress)))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host.lower())
    except ValueError as error:
        raise Refused("GATEWAY_CERTIFICATE", {"host": host, "reason": str(error)}, "name a host") from error


def _no_passphrase() -> str:
    raise ValueError("the key is under a passphrase")


def _refused(path: Path, reason: str) -> Refused:
    return Refused("GATEWAY_CERTIFICATE", {"file": str(path), "reason": reason}, HINT)
