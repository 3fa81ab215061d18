"""A file of assets, whichever of the known formats it has."""

from __future__ import annotations

from p2pchain.documents.refusals import DocumentTooLarge
from p2pchain.documents.safe_xml import parse_xml
from p2pchain.documents.tape import TAPE_BYTES_MAX, TapeAsset
from p2pchain.documents.tape_csv import read_csv
from p2pchain.documents.tape_ex102 import CURRENCY, ROOT, read_ex102
from p2pchain.documents.tape_refusals import TapeRowInvalid, TapeUnknown


def read_tape(data: bytes, currency: str) -> tuple[TapeAsset, ...]:
    """Read the assets of a file, whose amounts are in ``currency``.

    Raises ``DocumentTooLarge``, what ``parse_xml`` raises, ``TapeUnknown``, ``TapeTooLong``,
    ``TapeRowInvalid``.
    """
    if len(data) > TAPE_BYTES_MAX:
        raise DocumentTooLarge(size_bytes=len(data), bytes_max=TAPE_BYTES_MAX)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        root = parse_xml(data, "file of assets")
        if root.tag != ROOT:
            raise TapeUnknown(missing="a root element assetData of commercial mortgages")
        if currency != CURRENCY:
            raise TapeRowInvalid(row=1, column="currency", stated=CURRENCY, expected=currency)
        return read_ex102(root)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise TapeUnknown(missing="an encoding in UTF-8") from fault
    return read_csv(text, currency)
