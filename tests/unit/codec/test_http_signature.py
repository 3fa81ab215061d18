"""Signature bases of HTTP requests against RFC 9421, and structured fields read strictly."""

from __future__ import annotations

import base64

import pytest

from p2pchain.codec.http_signature import (
    HttpMessage,
    content_digest,
    covered_parts,
    read_signature,
    signature_base,
)
from p2pchain.codec.structured_fields import InnerList, read_dictionary, write_inner_list
from p2pchain.crypto.ed25519 import SigningKey, verify
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import PublicKey

SEED = base64.b64decode("n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU=")
"""RFC 9421 B.1.4, test-key-ed25519: the last 32 bytes of the private key in PKCS #8."""
PUBLIC = base64.b64decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
REQUEST = HttpMessage(
    method="POST",
    host="example.com",
    target="/foo?param=Value&Pet=dog",
    fields=(
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        (
            "content-digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("content-length", "18"),
    ),
    body=b'{"hello": "world"}',
)
"""RFC 9421 B.2, test-request."""
COVERED = '("date" "@method" "@path" "@authority" "content-type" "content-length")'
INPUT = f'sig-b26={COVERED};created=1618884473;keyid="test-key-ed25519"'
SIGNATURE = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="


def covered_of(text: str) -> InnerList:
    """The only member of a dictionary."""
    (member,) = read_dictionary(text).values()
    assert isinstance(member, InnerList)
    return member


def test_the_vector_of_the_rfc() -> None:
    """RFC 9421 B.2.6: base, key and signature."""
    base = signature_base(REQUEST, covered_of(INPUT))
    assert base.decode() == (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n'
        '"@method": POST\n'
        '"@path": /foo\n'
        '"@authority": example.com\n'
        '"content-type": application/json\n'
        '"content-length": 18\n'
        f'"@signature-params": {COVERED};created=1618884473;keyid="test-key-ed25519"'
    )
    key = SigningKey(SEED)
    assert key.public_key == PUBLIC
    assert key.sign(base) == base64.b64decode(SIGNATURE)
    verify(PUBLIC, base64.b64decode(SIGNATURE), base)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("@target-uri", "https://example.com/foo?param=Value&Pet=dog"),
        ("@request-target", "/foo?param=Value&Pet=dog"),
        ("@query", "?param=Value&Pet=dog"),
        ("@scheme", "https"),
    ],
)
def test_derived_components(name: str, value: str) -> None:
    """RFC 9421 §2.2.2 to §2.2.7."""
    base = signature_base(REQUEST, InnerList(items=(name,), parameters=()))
    assert base.decode().splitlines()[0] == f'"{name}": {value}'


def test_a_query_that_is_not_there_is_a_question_mark() -> None:
    bare = HttpMessage(method="GET", host="example.com:443", target="/a", fields=(), body=b"")
    base = signature_base(bare, InnerList(items=("@query", "@authority"), parameters=()))
    assert base.decode().splitlines()[:2] == ['"@query": ?', '"@authority": example.com']


def test_values_of_a_field_are_joined() -> None:
    """RFC 9421 §2.1."""
    twice = HttpMessage(method="GET", host="n", target="/", fields=(("a", " 1 "), ("a", "2")), body=b"")
    assert signature_base(twice, InnerList(items=("a",), parameters=())).startswith(b'"a": 1, 2\n')


@pytest.mark.parametrize("items", [("@method", "@method"), ("@status",), ("x-lacking",), ("@query-param",)])
def test_components_that_cannot_be(items: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        signature_base(REQUEST, InnerList(items=items, parameters=()))
    assert refused.value.code == "SIGNATURE_MALFORMED"


@pytest.mark.parametrize(
    "text",
    [
        "sig=",
        "sig=(",
        'sig=("a" "b"',
        'sig=("a"x)',
        'sig=("a";sf)',
        "sig=token",
        "SIG=:AAAA:",
        "sig=:A:",
        "sig=:AAAA:,",
        "sig=:AAAA: sig2=:AAAA:",
        'sig=("a");created=1.5',
        'sig=("a");created=1234567890123456',
        'sig=("\xfc")',
        'sig=("a\\b")',
        "sig=()" + " " * 5_000 + "x",
        "sig=(" + '"a" ' * 33 + ")",
        ", ".join(f"s{number}=:AAAA:" for number in range(9)),
    ],
)
def test_fields_that_are_none(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_dictionary(text)
    assert refused.value.code == "HTTP_FIELD"


def test_what_is_read_is_written_in_one_form() -> None:
    loose = 'a=(  "x"   "y\\"z" );  b=?1;c=:AQ==: ;d=-5;e="t"'.replace(": ;d", ":;d")
    assert write_inner_list(covered_of(loose)) == '("x" "y\\"z");b;c=:AQ==:;d=-5;e="t"'
    assert read_dictionary("a=:AQ==:, a=:Ag==:") == {"a": b"\x02"}


KEY = SigningKey(b"k" * 32)


def signed_fields(**changed: object) -> tuple[tuple[str, str], ...]:
    stated = dict(covered_parts(False, KEY.public_key, 100, 200, "n" * 16).parameters) | changed
    parameters = tuple((name, value) for name, value in stated.items() if value is not None)
    covered = write_inner_list(InnerList(items=("@method",), parameters=parameters))  # type: ignore[arg-type]
    octets = base64.b64encode(bytes(64)).decode()
    return ("signature-input", f"s={covered}"), ("signature", f"s=:{octets}:")


def request_with(fields: tuple[tuple[str, str], ...]) -> HttpMessage:
    return HttpMessage(method="GET", host="n", target="/", fields=fields, body=b"")


def test_a_signature_is_read_with_its_parameters() -> None:
    signature = read_signature(request_with(signed_fields()))
    assert signature is not None
    assert (signature.account, signature.created, signature.expires) == (KEY.public_key, 100, 200)
    assert read_signature(request_with(())) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"tag": None},
        {"tag": "other"},
        {"alg": "hmac-sha256"},
        {"created": None},
        {"created": "100"},
        {"created": True},
        {"expires": None},
        {"nonce": None},
        {"nonce": "short"},
        {"nonce": "n" * 65},
        {"keyid": "ab"},
        {"keyid": "zz" * 32},
        {"keyid": "AB" * 32},
        {"keyid": None},
    ],
)
def test_parameters_that_are_missing_or_wrong(changed: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        read_signature(request_with(signed_fields(**changed)))
    assert refused.value.code == "SIGNATURE_MALFORMED"


def test_a_digest_names_its_hash() -> None:
    """RFC 9530, Appendix D: the digest of this body."""
    assert content_digest(b'{"hello": "world"}\n') == (
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    )


def test_sign_bytes_of_other_kinds_begin_otherwise() -> None:
    covered = covered_parts(True, PublicKey(PUBLIC), 1, 2, "n" * 16)
    with pytest.raises(Invalid):
        signature_base(request_with(()), covered)
    covered = covered_parts(False, PublicKey(PUBLIC), 1, 2, "n" * 16)
    assert signature_base(request_with(()), covered)[:1] == b'"'
