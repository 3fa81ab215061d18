"""What nodes say on links, on the fetch stream and on the block topic: ``[kind, field, ...]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.block import decode_final_block, encode_final_block, read_certificate_of, read_transaction
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.header import encode_header
from p2pchain.codec.rounds import read_summary, summary_fields
from p2pchain.codec.voting import (
    CERTIFICATE_BYTES_MAX,
    PROPOSAL_TX_IDS_MAX,
    commit_item,
    polka_item,
    proposal_item,
    read_commit,
    read_header,
    read_polka,
    read_proposal,
    read_vote,
    vote_item,
)
from p2pchain.model.chain import FinalBlock
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    BATCH_TRANSACTIONS_MAX,
    FETCH_BLOCKS_MAX,
    FETCH_TX_IDS_MAX,
    FRAME_BYTES_MAX,
    Announcement,
    BlocksRequest,
    BlocksResponse,
    CommitMessage,
    FetchRequest,
    FetchResponse,
    Hello,
    LinkMessage,
    Ping,
    PolkaMessage,
    Pong,
    ProposalMessage,
    RoundSummary,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.transaction import Transaction

HELLO, PING, PONG, BATCH, HELD, SUMMARY, VOTE, PROPOSAL, POLKA, COMMIT = range(10)
"""Kinds of link messages."""
BLOCKS, TRANSACTIONS = 1, 2
"""Kinds of fetch requests and of their answers."""
REQUEST_BYTES_MAX: Final = 131_072
ANNOUNCEMENT_BYTES_MAX: Final = CERTIFICATE_BYTES_MAX + 1_024
RESPONSE_TRANSACTIONS_MAX: Final = PROPOSAL_TX_IDS_MAX
_PROTOCOL_VERSION_MAX: Final = 2**16


def encode_link(message: LinkMessage) -> bytes:
    """The payload of a link frame: an array that begins with the kind."""
    return pack(_link_item(message))


def decode_link(data: bytes) -> LinkMessage:
    """A well-formed link message, or ``Invalid``; nothing in it is verified."""
    item = field.array(unpack(data, bytes_max=FRAME_BYTES_MAX), 2, 7, "link")
    kind = field.integer(item[0], HELLO, COMMIT, "link.kind")
    match kind:
        case 0:
            return _read_hello(item)
        case 1:
            return Ping(token=_read_token(item, "ping"))
        case 2:
            return Pong(token=_read_token(item, "pong"))
        case 5:
            return read_summary(item)
    body = field.fields(item, 2, "link")[1]
    match kind:
        case 3:
            return TransactionBatch(transactions=_read_transactions(body, 1, BATCH_TRANSACTIONS_MAX, "batch"))
        case 4:
            return TransactionsHeld(tx_ids=field.tx_ids(body, 1, ANNOUNCED_IDS_MAX, "held"))
        case 6:
            return VoteMessage(vote=read_vote(body, "vote"))
        case 7:
            return ProposalMessage(proposal=read_proposal(body, "proposal"))
        case 8:
            return PolkaMessage(polka=read_polka(body, "polka"))
        case _:
            return CommitMessage(certificate=read_commit(body, "commit"))


def encode_fetch_request(request: FetchRequest) -> bytes:
    """``[1, first, count]`` for blocks, ``[2, tx_ids, block_id | null]`` for transactions."""
    match request:
        case BlocksRequest(first=first, count=count):
            return pack((BLOCKS, first, count))
        case TransactionsRequest(tx_ids=tx_ids, block_id=block_id):
            return pack((TRANSACTIONS, tx_ids, block_id))


def decode_fetch_request(data: bytes) -> FetchRequest:
    """A request, or ``Invalid``."""
    kind, first, second = field.fields(unpack(data, bytes_max=REQUEST_BYTES_MAX), 3, "request")
    if field.integer(kind, BLOCKS, TRANSACTIONS, "request.kind") == BLOCKS:
        return BlocksRequest(
            first=field.height(first, "request.first"),
            count=field.integer(second, 1, FETCH_BLOCKS_MAX, "request.count"),
        )
    return TransactionsRequest(
        tx_ids=field.tx_ids(first, 1, FETCH_TX_IDS_MAX, "request.tx_ids"),
        block_id=field.block_id_or_nil(second, "request.block_id"),
    )


def encode_fetch_response(response: FetchResponse) -> bytes:
    """``[1, [final block: bstr, ...]]`` or ``[2, [transaction: bstr, ...]]``."""
    match response:
        case BlocksResponse(blocks=blocks):
            return encode_blocks_response([encode_final_block(block) for block in blocks])
        case TransactionsResponse(transactions=transactions):
            return pack((TRANSACTIONS, tuple([transaction.raw for transaction in transactions])))


def encode_blocks_response(final_blocks: Sequence[bytes]) -> bytes:
    """The same answer out of encoded final blocks, as ``final_block_bytes`` cuts them from stored records."""
    return pack((BLOCKS, tuple(final_blocks)))


def decode_fetch_response(data: bytes) -> FetchResponse:
    """An answer, or ``Invalid``; nothing in it is verified, but blocks are consecutive."""
    kind, listed = field.fields(unpack(data, bytes_max=FRAME_BYTES_MAX), 2, "response")
    if field.integer(kind, BLOCKS, TRANSACTIONS, "response.kind") == BLOCKS:
        return BlocksResponse(blocks=_read_blocks(listed))
    held = _read_transactions(listed, 0, RESPONSE_TRANSACTIONS_MAX, "response.transactions")
    return TransactionsResponse(transactions=held)


def encode_announcement(announcement: Announcement) -> bytes:
    """``[header: bstr, certificate]``."""
    return pack((encode_header(announcement.header), commit_item(announcement.certificate)))


def decode_announcement(data: bytes) -> Announcement:
    """A header and the certificate that names it, or ``Invalid``; the signatures are not checked."""
    item = unpack(data, bytes_max=ANNOUNCEMENT_BYTES_MAX)
    header_bytes, certificate = field.fields(item, 2, "announcement")
    header, block_id = read_header(header_bytes, "announcement.header")
    at = "announcement.certificate"
    return Announcement(
        header=header, certificate=read_certificate_of(certificate, header.height, block_id, at)
    )


def _link_item(message: LinkMessage) -> tuple[object, ...]:
    match message:
        case Hello():
            stated = (message.version, message.chain_id, message.genesis_id, message.node)
            return (HELLO, *stated, message.consensus_key, message.signature)
        case Ping(token=token):
            return (PING, token)
        case Pong(token=token):
            return (PONG, token)
        case TransactionBatch(transactions=transactions):
            return (BATCH, tuple([transaction.raw for transaction in transactions]))
        case TransactionsHeld(tx_ids=tx_ids):
            return (HELD, tx_ids)
        case RoundSummary():
            return (SUMMARY, *summary_fields(message))
        case VoteMessage(vote=vote):
            return (VOTE, vote_item(vote))
        case ProposalMessage(proposal=proposal):
            return (PROPOSAL, proposal_item(proposal))
        case PolkaMessage(polka=polka):
            return (POLKA, polka_item(polka))
        case CommitMessage(certificate=certificate):
            return (COMMIT, commit_item(certificate))


def _read_hello(item: object) -> Hello:
    _, version, chain_id, genesis_id, node, key, signature = field.fields(item, 7, "hello")
    if (key is None) != (signature is None):
        raise Invalid(
            "CODEC_MISMATCH", {"field": "hello.signature", "reason": "key and signature go together"}
        )
    return Hello(
        version=field.integer(version, 1, _PROTOCOL_VERSION_MAX, "hello.version"),
        chain_id=field.chain_id(chain_id, "hello.chain_id"),
        genesis_id=field.digest(genesis_id, "hello.genesis_id"),
        node=field.name(node, "hello.node"),
        consensus_key=None if key is None else field.public_key(key, "hello.consensus_key"),
        signature=None if signature is None else field.signature(signature, "hello.signature"),
    )


def _read_token(item: object, at: str) -> int:
    return field.integer(field.fields(item, 2, at)[1], 0, INTEGER_MAX, f"{at}.token")


def _read_transactions(item: object, low: int, high: int, at: str) -> tuple[Transaction, ...]:
    return tuple([read_transaction(part, f"{at}[]") for part in field.array(item, low, high, at)])


def _read_blocks(item: object) -> tuple[FinalBlock, ...]:
    blocks: list[FinalBlock] = []
    for part in field.array(item, 0, FETCH_BLOCKS_MAX, "response.blocks"):
        if type(part) is not bytes:
            raise field.mistyped(part, "bytes", "response.blocks[]")
        block = decode_final_block(part)
        if blocks and block.block.header.height != blocks[-1].block.header.height + 1:
            facts = {"found": block.block.header.height, "after": blocks[-1].block.header.height}
            raise Invalid("CODEC_ORDER", {"field": "response.blocks[].height", **facts})
        blocks.append(block)
    return tuple(blocks)
