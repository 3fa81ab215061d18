"""The hello of a link: who speaks, of which chain, with which software."""

from __future__ import annotations

from typing import Final

from p2pchain.codec import fields as field
from p2pchain.model.errors import Invalid
from p2pchain.model.messages import (
    MODULE_CODES_MAX,
    MODULE_NAME_CHARS_MAX,
    MODULE_VERSION_MAX,
    SOFTWARE_CHARS_MAX,
    Hello,
    ModuleCode,
)

PROTOCOL_VERSION_MAX: Final = 2**16
HELLO_ITEMS: Final = 9
"""Items of a hello, with the kind of the message before them."""


def hello_fields(hello: Hello) -> tuple[object, ...]:
    """Encode ``version, software, chain_id, genesis_id, node, key, signature, [[module, version, digest],
    ...]``.
    """
    codes = tuple((code.module, code.version, code.digest) for code in hello.modules)
    stated = (hello.version, hello.software, hello.chain_id, hello.genesis_id, hello.node)
    return (*stated, hello.consensus_key, hello.signature, codes)


def read_hello(item: object) -> Hello:
    """Decode a hello from the items of its message; its signature is not checked."""
    _, version, software, chain_id, genesis_id, node, key, signature, codes = field.fields(
        item, HELLO_ITEMS, "hello"
    )
    if (key is None) != (signature is None):
        raise Invalid(
            "CODEC_MISMATCH", {"field": "hello.signature", "reason": "key and signature go together"}
        )
    return Hello(
        version=field.integer(version, 1, PROTOCOL_VERSION_MAX, "hello.version"),
        software=field.text(software, 1, SOFTWARE_CHARS_MAX, "hello.software"),
        chain_id=field.chain_id(chain_id, "hello.chain_id"),
        genesis_id=field.digest(genesis_id, "hello.genesis_id"),
        node=field.name(node, "hello.node"),
        consensus_key=None if key is None else field.public_key(key, "hello.consensus_key"),
        signature=None if signature is None else field.signature(signature, "hello.signature"),
        modules=tuple(
            _read_code(code, f"hello.modules[{place}]")
            for place, code in enumerate(field.array(codes, 0, MODULE_CODES_MAX, "hello.modules"))
        ),
    )


def _read_code(item: object, at: str) -> ModuleCode:
    module, version, digest = field.fields(item, 3, at)
    return ModuleCode(
        module=field.text(module, 1, MODULE_NAME_CHARS_MAX, f"{at}.module"),
        version=field.integer(version, 1, MODULE_VERSION_MAX, f"{at}.version"),
        digest=field.digest(digest, f"{at}.digest"),
    )
