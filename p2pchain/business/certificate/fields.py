"""Kinds of the fields that several messages, events and records of the certificates share."""

from __future__ import annotations

from typing import Annotated, Final

from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import (
    Array,
    Choice,
    Day,
    Hash,
    Id,
    Integer,
    Moment,
    Optional,
    Organisation,
    Row,
    Text,
)
from p2pchain.model.ids import CHAIN_ID_CHARS_MAX, HASH_BYTES

WATT_HOURS_MAX: Final = 10**15
"""Most watt-hours of one period: a thousand terawatt-hours."""
POWER_MAX: Final = 10**12
"""Largest capacity, in watts."""
CODE_BYTES_MAX: Final = 64
AREA_BYTES_MAX: Final = 24
TECHNOLOGY_BYTES_MAX: Final = 32
PERIODS_MAX: Final = 96
"""Most periods of one issue: the quarter-hours of a day."""
PARTS_MAX: Final = 32
"""Most parts of one split."""
BULK_MAX: Final = 100
"""Most certificates that one operation cancels or expires."""

PRODUCTION: Final = "production"
CONSUMPTION: Final = "consumption"
EECS: Final = "eecs"
I_REC: Final = "i-rec"
ENERGYTAG: Final = "energytag"
CHINA: Final = "china"
STANDARDS: Final = (EECS, I_REC, ENERGYTAG, CHINA)

ID: Final = Id(size=HASH_BYTES, of="certificate.certificate", help="id of the certificate")
OPTIONAL_ID: Final = Optional(inner=ID)
DEVICE: Final = Id(size=HASH_BYTES, of="certificate.device", help="the metering point, by its id")
ISSUE_ID: Final = Id(size=HASH_BYTES, of="certificate.issue", help="the issue, by the id of its certificate")
KIND: Final = Choice(words=(PRODUCTION, CONSUMPTION), help="what the meter counts")
STANDARD: Final = Choice(words=STANDARDS, help="by whose rules it is issued")
AREA: Final = Text(bytes_max=AREA_BYTES_MAX, help="bidding zone or province, such as SE4")
TECHNOLOGY: Final = Text(
    bytes_max=TECHNOLOGY_BYTES_MAX, help="such as T010000 F01010100, by the codes of the AIB"
)
WATT_HOURS: Final = Integer(low=1, high=WATT_HOURS_MAX, unit="Wh")
WATT_HOURS_OR_NONE: Final = Integer(high=WATT_HOURS_MAX, unit="Wh")
CAPACITY: Final = Integer(low=1, high=POWER_MAX, unit="W", help="most that it can yield or draw, in watts")
START: Final = Moment(help="beginning of the metered period")
END: Final = Moment(help="end of the metered period")
EXPIRES: Final = Optional(inner=Moment(help="it counts for nothing from then on"))
ORG_OR_NONE: Final = Optional(inner=Organisation())
LEDGER: Final = Text(bytes_max=CHAIN_ID_CHARS_MAX, help="chain id of another ledger")
LEDGER_OR_OWN: Final = Optional(inner=LEDGER)
DAY_OR_NONE: Final = Optional(inner=Day())
STATEMENT: Final = Hash(
    label="root of the statement", help="root of the private terms that say for whom and what"
)
PERIODS: Final = Array(
    inner=Row(columns=(("start_ms", START), ("end_ms", END), ("wh", WATT_HOURS_OR_NONE))),
    least=1,
    most=PERIODS_MAX,
    help="metered periods, ascending, with what was metered",
)
PARTS: Final = Array(
    inner=WATT_HOURS,
    least=2,
    most=PARTS_MAX,
    is_distinct=False,
    help="watt-hours of the parts, in their order",
)
CERTIFICATES: Final = Array(inner=ID, least=1, most=BULK_MAX, help="ids of the certificates")

CertificateId = Annotated[bytes, ID, Entry(is_argument=True)]
"""The certificate that a message is about."""
DeviceId = Annotated[bytes, DEVICE, Entry(is_argument=True)]
"""The metering point that a message is about."""
