"""Events of the traced goods: one for each operation, with all its things."""

from __future__ import annotations

from typing import Final

from p2pchain.business.trace.captures import COUNT
from p2pchain.business.trace.fields import (
    ERRORS,
    EVENT,
    INPUTS_MAX,
    LOT,
    LOT_OR_NONE,
    OUTPUTS_MAX,
    PREFIX,
    QUANTITY,
    REASON,
    ROOT,
    THING,
    THINGS,
    UNIT,
    field,
)
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Array, Choice, Flag, Hash, Moment, Optional, Organisation
from p2pchain.ledger.module import EventType

ORG: Final = field("org", Organisation(help="who did it"))
TIME_MS: Final = field("time_ms", Moment(help="when it happened"))
THINGS_FIELD: Final = field("things", THINGS)
EVENT_FIELD: Final = field("event", EVENT)
WHY: Final = field("reason", Optional(inner=REASON))
MOVED: Final[tuple[Field, ...]] = (THINGS_FIELD, ORG, TIME_MS, EVENT_FIELD)
PACKED: Final = (THINGS_FIELD, field("parent", THING), ORG, TIME_MS, EVENT_FIELD)
CREATED: Final = (
    THINGS_FIELD,
    ORG,
    field("lot", LOT_OR_NONE),
    field("quantity", QUANTITY),
    field("unit", UNIT),
    TIME_MS,
    EVENT_FIELD,
)

EVENTS: Final = (
    EventType(
        name="prefix_set",
        fields=(field("prefix", PREFIX), field("org", Organisation(help="who speaks for it"))),
        sentence="{org} speaks for the company prefix {prefix}",
    ),
    EventType(name="brought_in", fields=CREATED, sentence="{org} brings in {things}[ of lot {lot}]"),
    EventType(name="adopted", fields=CREATED, sentence="{org} adopts {things}[ of lot {lot}]"),
    EventType(
        name="certified",
        fields=(
            THINGS_FIELD,
            ORG,
            field("withdrawn", Flag(help="the certificate is withdrawn")),
            field("statement", Optional(inner=Hash(help="SHA-256 of the certificate"))),
        ),
        sentence="{org} {withdrawn?certifies no longer|certifies} {things}",
    ),
    EventType(
        name="shipped",
        fields=(THINGS_FIELD, ORG, field("to", Organisation(help="to whom")), TIME_MS, EVENT_FIELD),
        sentence="{org} ships {things} to {to}",
    ),
    EventType(name="received", fields=MOVED, sentence="{org} receives {things}"),
    EventType(name="refused", fields=(*MOVED, WHY), sentence="{org} refuses {things}[: {reason}]"),
    EventType(name="withdrawn", fields=MOVED, sentence="{org} withdraws the shipment of {things}"),
    EventType(name="destroyed", fields=(*MOVED, WHY), sentence="{org} destroys {things}[: {reason}]"),
    EventType(
        name="taken_over", fields=MOVED, sentence="{org} takes over {things}, which a former member left"
    ),
    EventType(name="packed", fields=PACKED, sentence="{org} packs {things} into {parent}"),
    EventType(name="unpacked", fields=PACKED, sentence="{org} unpacks {things} from {parent}"),
    EventType(
        name="transformed",
        fields=(
            field("used", Array(inner=THING, most=INPUTS_MAX, help="what goes in")),
            field("made", Array(inner=THING, most=OUTPUTS_MAX, help="what comes out")),
            ORG,
            field("lot", LOT),
            TIME_MS,
            EVENT_FIELD,
        ),
        sentence="{org} makes {made} of lot {lot} from {used}",
    ),
    EventType(
        name="recalled",
        fields=(
            field("lot", LOT),
            ORG,
            field("reason", REASON),
            field("returns", Flag(help="custodians may ship it to whoever recalls it")),
        ),
        sentence="{org} recalls lot {lot}: {reason}; {returns?it ships back alone|nothing ships}",
    ),
    EventType(
        name="lifted",
        fields=(field("lot", LOT), ORG, field("still_recalled", Flag(help="others recall it, too"))),
        sentence="{org} lifts the recall of lot {lot}{still_recalled?; others recall it still|}",
    ),
    EventType(
        name="captured",
        fields=(
            field("root", ROOT),
            ORG,
            field("count", COUNT),
            field("first_ms", Moment(help="time of the first event")),
            field("last_ms", Moment(help="time of the last event")),
        ),
        sentence="{org} captures {count} under {root}",
    ),
    EventType(
        name="error_declared",
        fields=(
            field("event", Hash(help="hash of the event")),
            ORG,
            field("root", ROOT),
            field("reason", Choice(words=ERRORS)),
            field("corrective", EVENT),
        ),
        sentence="{org} declares an error in the event {event}: {reason}[; corrected by {corrective}]",
    ),
)
