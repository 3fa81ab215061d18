"""Messages on links, on the fetch stream and on the block topic: ``[kind, field, ...]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from p2pchain.codec import fields as field
from p2pchain.codec.block import decode_final_block, encode_final_block, read_certificate_of, read_transaction
from p2pchain.codec.cbor import pack, unpack
from p2pchain.codec.header import encode_header
from p2pchain.codec.hello import HELLO_ITEMS, hello_fields, read_hello
from p2pchain.codec.rounds import read_summary, summary_fields
from p2pchain.codec.snapshot import (
    CHUNK_BYTES_MAX,
    CHUNKS_MAX,
    decode_head,
    decode_validator_link,
    encode_head,
    encode_validator_link,
)
from p2pchain.codec.transaction import TX_BYTES_MAX
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
from p2pchain.model.ids import HASH_BYTES, INTEGER_MAX
from p2pchain.model.messages import (
    ANNOUNCED_IDS_MAX,
    BATCH_BYTES_MAX,
    BATCH_TRANSACTIONS_MAX,
    CHALLENGE_BYTES,
    FETCH_BLOCKS_MAX,
    FETCH_LINKS_MAX,
    FETCH_TX_IDS_MAX,
    FRAME_BYTES_MAX,
    PAYLOAD_PART_BYTES,
    PAYLOAD_PARTS_MAX,
    SNAPSHOTS_OFFERED_MAX,
    Announcement,
    BlocksRequest,
    BlocksResponse,
    ChunkRequest,
    ChunkResponse,
    CommitMessage,
    FetchRequest,
    FetchResponse,
    HeightQuestion,
    HeightStatement,
    Hello,
    LinkMessage,
    LinksRequest,
    LinksResponse,
    PayloadRequest,
    PayloadResponse,
    Ping,
    PolkaMessage,
    Pong,
    ProposalMessage,
    RoundSummary,
    SnapshotsRequest,
    SnapshotsResponse,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.transaction import Transaction

HELLO, PING, PONG, BATCH, HELD, SUMMARY, VOTE, PROPOSAL, POLKA, COMMIT, QUESTION, STATEMENT = range(12)
"""Kinds of link messages."""
LINK_NAMES: Final = (
    "hello",
    "ping",
    "pong",
    "transaction batch",
    "transactions held",
    "round summary",
    "vote",
    "proposal",
    "polka",
    "commit",
)
BLOCKS, TRANSACTIONS, SNAPSHOTS, LINKS, CHUNK, PAYLOAD = range(1, 7)
"""Kinds of fetch requests and of their answers."""
REQUEST_BYTES_MAX: Final = 131_072
ANNOUNCEMENT_BYTES_MAX: Final = CERTIFICATE_BYTES_MAX + 1_024
BATCH_FRAME_BYTES_MAX: Final = BATCH_BYTES_MAX + TX_BYTES_MAX + 8 * BATCH_TRANSACTIONS_MAX
"""Largest frame with a batch, heads included; one transaction may pass ``BATCH_BYTES_MAX``."""

assert BATCH_FRAME_BYTES_MAX <= FRAME_BYTES_MAX, "a batch fits a frame"
assert ANNOUNCEMENT_BYTES_MAX <= FRAME_BYTES_MAX, "so does an announcement"
assert REQUEST_BYTES_MAX >= FETCH_TX_IDS_MAX * (HASH_BYTES + 2), "all ids that a request may name fit it"
RESPONSE_TRANSACTIONS_MAX: Final = PROPOSAL_TX_IDS_MAX


def name_of(message: LinkMessage | FetchRequest | FetchResponse) -> str:
    """Return the name of a message as ``docs/formats.md`` has it, for refusals and logs."""
    match message:
        case BlocksRequest() | BlocksResponse():
            return "blocks"
        case TransactionsRequest() | TransactionsResponse():
            return "transactions"
        case SnapshotsRequest() | SnapshotsResponse():
            return "snapshots"
        case LinksRequest() | LinksResponse():
            return "links"
        case ChunkRequest() | ChunkResponse():
            return "chunk"
        case PayloadRequest() | PayloadResponse():
            return "payload"
        case RoundSummary():
            return LINK_NAMES[SUMMARY]
    kind = _link_item(message)[0]
    assert isinstance(kind, int), "a link message begins with its kind"
    return LINK_NAMES[kind]


def encode_link(message: LinkMessage) -> bytes:
    """Encode the payload of a link frame: an array that begins with the kind."""
    return pack(_link_item(message))


def decode_link(data: bytes) -> LinkMessage:
    """Decode a well-formed link message, or raise ``Invalid``; nothing in it is verified."""
    item = field.array(unpack(data, bytes_max=FRAME_BYTES_MAX), 2, HELLO_ITEMS, "link")
    kind = field.integer(item[0], HELLO, STATEMENT, "link.kind")
    match kind:
        case 0:
            return read_hello(item)
        case 1:
            return Ping(token=_read_token(field.fields(item, 2, "ping")[1], "ping"))
        case 2:
            return _read_pong(item)
        case 5:
            return read_summary(item)
    body = field.fields(item, 2, "link")[1]
    match kind:
        case 3:
            if len(data) > BATCH_FRAME_BYTES_MAX:
                raise Invalid("CODEC_TOO_LARGE", {"bytes": len(data), "bytes_max": BATCH_FRAME_BYTES_MAX})
            return TransactionBatch(transactions=_read_transactions(body, 1, BATCH_TRANSACTIONS_MAX, "batch"))
        case 4:
            return TransactionsHeld(tx_ids=field.tx_ids(body, 1, ANNOUNCED_IDS_MAX, "held"))
        case 6:
            return VoteMessage(vote=read_vote(body, "vote"))
        case 7:
            return ProposalMessage(proposal=read_proposal(body, "proposal"))
        case 8:
            return PolkaMessage(polka=read_polka(body, "polka"))
        case 9:
            return CommitMessage(certificate=read_commit(body, "commit"))
        case 10:
            return HeightQuestion(challenge=_read_challenge(body, "question"))
        case _:
            return _read_statement(body)


def encode_fetch_request(request: FetchRequest) -> bytes:
    """Encode ``[1, first, count]`` for blocks, ``[2, tx_ids, block_id | null]`` for transactions; ``[3]`` for
    heads of snapshots, ``[4, height, first]`` for links, ``[5, height, index]`` for a chunk, ``[6, root,
    index]`` for a part of a sealed payload.
    """
    match request:
        case BlocksRequest(first=first, count=count):
            return pack((BLOCKS, first, count))
        case TransactionsRequest(tx_ids=tx_ids, block_id=block_id):
            return pack((TRANSACTIONS, tx_ids, block_id))
        case SnapshotsRequest():
            return pack((SNAPSHOTS,))
        case LinksRequest(height=height, first=first):
            return pack((LINKS, height, first))
        case ChunkRequest(height=height, index=index):
            return pack((CHUNK, height, index))
        case PayloadRequest(root=root, index=index):
            return pack((PAYLOAD, root, index))


def decode_fetch_request(data: bytes) -> FetchRequest:
    """Decode a request, or raise ``Invalid``."""
    item = field.array(unpack(data, bytes_max=REQUEST_BYTES_MAX), 1, 3, "request")
    kind = field.integer(item[0], BLOCKS, PAYLOAD, "request.kind")
    if kind == SNAPSHOTS:
        field.fields(item, 1, "request")
        return SnapshotsRequest()
    _, first, second = field.fields(item, 3, "request")
    match kind:
        case 1:
            return BlocksRequest(
                first=field.height(first, "request.first"),
                count=field.integer(second, 1, FETCH_BLOCKS_MAX, "request.count"),
            )
        case 2:
            return TransactionsRequest(
                tx_ids=field.tx_ids(first, 1, FETCH_TX_IDS_MAX, "request.tx_ids"),
                block_id=field.block_id_or_nil(second, "request.block_id"),
            )
        case 4:
            return LinksRequest(
                height=field.height(first, "request.height"),
                first=field.integer(second, 0, INTEGER_MAX, "request.first"),
            )
        case 5:
            return ChunkRequest(
                height=field.height(first, "request.height"),
                index=field.integer(second, 0, CHUNKS_MAX - 1, "request.index"),
            )
        case _:
            return PayloadRequest(
                root=field.digest(first, "request.root"),
                index=field.integer(second, 0, PAYLOAD_PARTS_MAX - 1, "request.index"),
            )


def encode_fetch_response(response: FetchResponse) -> bytes:
    """Encode ``[1, [final block: bstr, ...]]``, ``[2, [transaction: bstr, ...]]``, ``[3, [head: bstr,
    ...]]``, ``[4, [link: bstr, ...]]``, ``[5, chunk: bstr | null]`` or ``[6, part: bstr | null]``.
    """
    match response:
        case BlocksResponse(blocks=blocks):
            return encode_blocks_response([encode_final_block(block) for block in blocks])
        case TransactionsResponse(transactions=transactions):
            return pack((TRANSACTIONS, tuple([transaction.raw for transaction in transactions])))
        case SnapshotsResponse(heads=heads):
            return encode_snapshots_response([encode_head(head) for head in heads])
        case LinksResponse(links=links):
            return encode_links_response([encode_validator_link(link) for link in links])
        case ChunkResponse(chunk=chunk):
            return pack((CHUNK, chunk))
        case PayloadResponse(part=part):
            return pack((PAYLOAD, part))


def encode_blocks_response(final_blocks: Sequence[bytes]) -> bytes:
    """Encode the same answer from encoded final blocks, as ``final_block_bytes`` cuts them from stored
    records.
    """
    return pack((BLOCKS, tuple(final_blocks)))


def encode_snapshots_response(heads: Sequence[bytes]) -> bytes:
    """Encode the same answer from encoded heads."""
    return pack((SNAPSHOTS, tuple(heads)))


def encode_links_response(links: Sequence[bytes]) -> bytes:
    """Encode the same answer from encoded links."""
    return pack((LINKS, tuple(links)))


def decode_fetch_response(data: bytes) -> FetchResponse:
    """Decode an answer, or raise ``Invalid``; nothing in it is verified, but blocks are consecutive."""
    kind, listed = field.fields(unpack(data, bytes_max=FRAME_BYTES_MAX), 2, "response")
    match field.integer(kind, BLOCKS, PAYLOAD, "response.kind"):
        case 1:
            return BlocksResponse(blocks=_read_blocks(listed))
        case 2:
            held = _read_transactions(listed, 0, RESPONSE_TRANSACTIONS_MAX, "response.transactions")
            return TransactionsResponse(transactions=held)
        case 3:
            heads = tuple(map(decode_head, _read_parts(listed, SNAPSHOTS_OFFERED_MAX, "response.heads")))
            return SnapshotsResponse(heads=heads)
        case 4:
            links = tuple(map(decode_validator_link, _read_parts(listed, FETCH_LINKS_MAX, "response.links")))
            return LinksResponse(links=links)
        case 5:
            chunk = None if listed is None else field.octets(listed, 0, CHUNK_BYTES_MAX, "response.chunk")
            return ChunkResponse(chunk=chunk)
        case _:
            part = None if listed is None else field.octets(listed, 0, PAYLOAD_PART_BYTES, "response.part")
            return PayloadResponse(part=part)


def encode_announcement(announcement: Announcement) -> bytes:
    """Encode ``[header: bstr, certificate]``."""
    return pack((encode_header(announcement.header), commit_item(announcement.certificate)))


def decode_announcement(data: bytes) -> Announcement:
    """Decode a header and the certificate that names it, or raise ``Invalid``; the signatures are not
    checked.
    """
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
            return (HELLO, *hello_fields(message))
        case Ping(token=token):
            return (PING, token)
        case Pong(token=token, wall_ms=wall_ms):
            return (PONG, token, wall_ms)
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
        case HeightQuestion(challenge=challenge):
            return (QUESTION, challenge)
        case HeightStatement(height=height, challenge=challenge, validator=key, signature=signature):
            return (STATEMENT, (height, challenge, key, signature))


def _read_statement(item: object) -> HeightStatement:
    height, challenge, key, signature = field.fields(item, 4, "statement")
    return HeightStatement(
        height=field.height(height, "statement.height"),
        challenge=_read_challenge(challenge, "statement"),
        validator=field.public_key(key, "statement.validator"),
        signature=field.signature(signature, "statement.signature"),
    )


def _read_challenge(item: object, at: str) -> bytes:
    return field.octets(item, CHALLENGE_BYTES, CHALLENGE_BYTES, f"{at}.challenge")


def _read_token(item: object, at: str) -> int:
    return field.integer(item, 0, INTEGER_MAX, f"{at}.token")


def _read_pong(item: object) -> Pong:
    _, token, wall_ms = field.fields(item, 3, "pong")
    return Pong(
        token=_read_token(token, "pong"), wall_ms=field.integer(wall_ms, 0, INTEGER_MAX, "pong.wall_ms")
    )


def _read_transactions(item: object, low: int, high: int, at: str) -> tuple[Transaction, ...]:
    return tuple([read_transaction(part, f"{at}[]") for part in field.array(item, low, high, at)])


def _read_parts(item: object, high: int, at: str) -> list[bytes]:
    return [field.octets(part, 0, FRAME_BYTES_MAX, f"{at}[]") for part in field.array(item, 0, high, at)]


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
