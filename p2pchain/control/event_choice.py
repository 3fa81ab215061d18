"""Choice of events for one stream: those that its reader may see and asks for, as lines or as an event
stream.

``text/event-stream`` (WHATWG HTML, Server-sent events) has for each event its id ``HEIGHT.PLACE``, which
``Last-Event-ID`` takes again; a height up to which all was told has the id ``HEIGHT``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from p2pchain.codec.exact_json import write_json
from p2pchain.control.arguments import bad_argument
from p2pchain.control.http import Request
from p2pchain.control.port import EventChoice, NodePort
from p2pchain.control.time_share import TimeShare
from p2pchain.model.ids import Height, PublicKey

SSE_TYPE: Final = "text/event-stream"
LAST_EVENT_ID: Final = "last-event-id"
_ID: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9}))?")
_RECORD: Final = re.compile(r"[0-9a-f]{2,128}")


def choice_of(port: NodePort, request: Request, share: TimeShare) -> tuple[EventChoice | None, Height | None]:
    """Read a stream's choice, None where everything is asked for as lines by whoever sees everything; and
    the height from which on ``Last-Event-ID`` resumes. ``org``: organisation that has a part; ``record``: a
    value of a field, in hexadecimal.
    """
    fields = dict(request.headers)
    org, record = request.query.get("org"), request.query.get("record")
    if record is not None and not _RECORD.fullmatch(record):
        raise bad_argument("record", record, "hexadecimal digits in lower case")
    as_events = SSE_TYPE in fields.get("accept", "")
    after, first = _resumed(fields.get(LAST_EVENT_ID))
    if request.reader.is_unlimited and not (as_events or org or record or after[0]):
        return None, first
    rights, reader = port.rights, request.reader

    def sees(event: Mapping[str, Any], signers: Sequence[PublicKey]) -> bool:
        if record is not None and not _holds(event["fields"], record):
            return False
        if org is not None and not rights.concerns(org, event, signers):
            return False
        return rights.may_see(reader, event, signers)

    write = _event if as_events else _line
    return EventChoice(sees=sees, write=write, after=after, share=share), first


def _resumed(text: str | None) -> tuple[tuple[int, int], Height | None]:
    if text is None:
        return (0, 0), None
    parts = _ID.fullmatch(text)
    if parts is None:
        raise bad_argument(LAST_EVENT_ID, text, "HEIGHT or HEIGHT.PLACE")
    height = int(parts[1])
    if parts[2] is None:
        return (0, 0), Height(height + 1)
    return (height, int(parts[2])), Height(max(height, 1))


def _holds(value: object, record: str) -> bool:
    if isinstance(value, list):
        return any(_holds(item, record) for item in value)
    return value == record


def _line(line: Mapping[str, Any]) -> bytes:
    return write_json(line).encode() + b"\n"


def _event(line: Mapping[str, Any]) -> bytes:
    is_event = "tx_id" in line
    name = f"{line['module']}.{line['name']}" if is_event else "height"
    place = f"{line['height']}.{line['place']}" if is_event else f"{line['height']}"
    return f"id: {place}\nevent: {name}\ndata: {write_json(line)}\n\n".encode()
