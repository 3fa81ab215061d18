"""The bytes that an account signs of an HTTP request (RFC 9421 §2.5), and the digest of a body (RFC 9530).

A signature base is lines of text that begin with a quotation mark. Sign-bytes of transactions, votes and
questions are CBOR arrays: none of them begins with that byte, so no signature of the one kind is one of the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.codec.structured_fields import (
    BareItem,
    InnerList,
    read_dictionary,
    write_inner_list,
    write_octets,
)
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, PublicKey, Signature

TAG: Final = "p2pchain"
"""Parameter ``tag`` of every signature of a request to a gateway."""
ALGORITHM: Final = "ed25519"
DIGEST: Final = "sha-256"
SCHEME: Final = "https"
DEFAULT_PORT: Final = ":443"
NONCE_CHARS_MIN: Final = 16
NONCE_CHARS_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMessage:
    """A request as it is sent. ``host``: the field ``Host`` in lower
    case; ``target``: path and query; ``fields``: names in
    lower case with their values, in their order.
    """

    method: str
    host: str
    target: str
    fields: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSignature:
    """A signature that nobody has verified yet. ``covered``: components and parameters, in their order;
    ``created`` and ``expires``: seconds since 1970.
    """

    covered: InnerList
    signature: Signature
    account: PublicKey
    created: int
    expires: int
    nonce: str


def covered_parts(has_body: bool, account: PublicKey, created: int, expires: int, nonce: str) -> InnerList:
    """Components that a client of a gateway covers, with the parameters that it states."""
    items = ("@method", "@target-uri", *(("content-type", "content-digest") if has_body else ()))
    parameters: tuple[tuple[str, BareItem], ...] = (
        ("created", created),
        ("expires", expires),
        ("nonce", nonce),
        ("keyid", account.hex()),
        ("alg", ALGORITHM),
        ("tag", TAG),
    )
    return InnerList(items=items, parameters=parameters)


def content_digest(body: bytes) -> str:
    """Field ``Content-Digest`` of a body (RFC 9530 §2)."""
    return write_octets({DIGEST: sha256(body)})


def signature_base(message: HttpMessage, covered: InnerList) -> bytes:
    """Bytes that are signed (RFC 9421 §2.5). ``Invalid("SIGNATURE_MALFORMED")`` where a component is
    repeated, not known here, or a field that the message lacks.
    """
    if len(set(covered.items)) != len(covered.items):
        raise _malformed("a component twice")
    lines = [f'"{name}": {_component(message, name)}' for name in covered.items]
    lines.append(f'"@signature-params": {write_inner_list(covered)}')
    try:
        return "\n".join(lines).encode("ascii")
    except UnicodeEncodeError:
        raise _malformed("a component that is no ASCII") from None


def read_signature(message: HttpMessage) -> RequestSignature | None:
    """Read the signature with our tag; None where the request has none at all.
    ``Invalid("SIGNATURE_MALFORMED")`` where it lacks a parameter, ``HTTP_FIELD`` where a field is none.
    """
    stated = _field(message, "signature-input")
    if stated is None:
        return None
    inputs, signatures = read_dictionary(stated), read_dictionary(_field(message, "signature") or "")
    for label, covered in inputs.items():
        if isinstance(covered, InnerList) and dict(covered.parameters).get("tag") == TAG:
            signature = signatures.get(label)
            if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
                raise _malformed(f"signature is not {SIGNATURE_BYTES} bytes under the same label")
            return _read_parameters(covered, Signature(signature))
    raise _malformed(f'no signature has the parameter tag="{TAG}"')


def digest_of(message: HttpMessage) -> bytes | None:
    """Digest that the request states of its body, None where it states none of ``sha-256``."""
    stated = _field(message, "content-digest")
    digest = None if stated is None else read_dictionary(stated).get(DIGEST)
    return digest if isinstance(digest, bytes) else None


def _read_parameters(covered: InnerList, signature: Signature) -> RequestSignature:
    stated = dict(covered.parameters)
    if stated.get("alg", ALGORITHM) != ALGORITHM:
        raise _malformed(f"alg is not {ALGORITHM}")
    created, expires, nonce = stated.get("created"), stated.get("expires"), stated.get("nonce")
    if type(created) is not int or type(expires) is not int:
        raise _malformed("created and expires have to be integers")
    if not isinstance(nonce, str) or not NONCE_CHARS_MIN <= len(nonce) <= NONCE_CHARS_MAX:
        raise _malformed(f"nonce has to be text of {NONCE_CHARS_MIN} to {NONCE_CHARS_MAX} characters")
    return RequestSignature(
        covered=covered,
        signature=signature,
        account=_account(stated.get("keyid")),
        created=created,
        expires=expires,
        nonce=nonce,
    )


def _account(keyid: BareItem | None) -> PublicKey:
    try:
        key = bytes.fromhex(keyid) if isinstance(keyid, str) else b""
    except ValueError:
        key = b""
    if len(key) != PUBLIC_KEY_BYTES or key.hex() != keyid:
        raise _malformed("keyid is not the account's public key, 64 hexadecimal digits in lower case")
    return PublicKey(key)


def _component(message: HttpMessage, name: str) -> str:
    path, mark, query = message.target.partition("?")
    authority = message.host.removesuffix(DEFAULT_PORT)
    match name:
        case "@method":
            return message.method
        case "@target-uri":
            return f"{SCHEME}://{authority}{message.target}"
        case "@authority":
            return authority
        case "@scheme":
            return SCHEME
        case "@request-target":
            return message.target
        case "@path":
            return path or "/"
        case "@query":
            return f"?{query}" if mark else "?"
    value = None if name.startswith("@") else _field(message, name)
    if value is None:
        raise _malformed("a component that is not there", component=name[:64])
    return value


def _field(message: HttpMessage, name: str) -> str | None:
    """The values of a field, joined as RFC 9421 §2.1 says; None where it is not there."""
    values: Sequence[str] = [value.strip(" \t") for known, value in message.fields if known == name]
    return ", ".join(values) if values else None


def _malformed(reason: str, **facts: Fact) -> Invalid:
    return Invalid("SIGNATURE_MALFORMED", {"reason": reason, **facts})
