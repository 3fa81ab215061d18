"""Returned payments of an account, over one or several statements of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from p2pchain.documents.bank_statement import Booking

_Key = tuple[str, bool, str, int]
_Shape = tuple[str, bool, bool, bool, str, int, str]


def merged(statements: Sequence[Sequence[Booking]]) -> tuple[tuple[int, Booking], ...]:
    """Merge statements by day of booking: each booking with the place of its file, from 0.

    A booking that two files report (a statement and its notification) is one, as the file has it that knows
    more of it: same account, direction, day and amount, and a reference or id in common.
    """
    held: list[tuple[int, Booking]] = []
    by_shape: dict[_Shape, list[int]] = {}
    for number, bookings in enumerate(statements):
        for booking in bookings:
            alike = by_shape.setdefault(_shape(booking), [])
            same = next(
                (
                    place
                    for place in alike
                    if held[place][0] != number and not _marks(held[place][1]).isdisjoint(_marks(booking))
                ),
                None,
            )
            if same is None:
                alike.append(len(held))
                held.append((number, booking))
            elif len(_marks(booking)) > len(_marks(held[same][1])):
                held[same] = (number, booking)
    return tuple(sorted(held, key=lambda item: item[1].day))


def undone(bookings: Sequence[Booking]) -> dict[int, Booking]:
    """Find the payments that were returned: by place among ``bookings``, the booking that undoes it.

    A booking undoes a payment of the same account and the other direction that shares an id with it; one that
    is marked as a return also by an equal reference of the creditor and amount. Each undoes one, the latest
    before it. ``bookings``: in the order in which they were made.
    """
    open_by_key: dict[_Key, list[int]] = {}
    gone: dict[int, Booking] = {}
    for place, booking in enumerate(bookings):
        if not booking.is_booked:
            continue
        keys = (*_by_id(booking), *(_by_reference(booking) if booking.is_return else ()))
        before = {
            known for key in keys for known in open_by_key.get((key[0], not key[1], *key[2:]), ())
        } - gone.keys()
        if before:
            gone[max(before)] = booking
        elif not booking.is_return:
            for key in (*_by_id(booking), *_by_reference(booking)):
                open_by_key.setdefault(key, []).append(place)
    return gone


def _by_id(booking: Booking) -> Iterator[_Key]:
    for id_ in booking.ids:
        yield booking.account, booking.is_credit, f"id {id_}", 0


def _by_reference(booking: Booking) -> Iterator[_Key]:
    for reference in booking.creditor_references:
        yield booking.account, booking.is_credit, f"reference {reference}", booking.amount_minor


def _shape(booking: Booking) -> _Shape:
    return (
        booking.account,
        booking.is_credit,
        booking.is_booked,
        booking.is_return,
        booking.day,
        booking.amount_minor,
        booking.currency,
    )


def _marks(booking: Booking) -> frozenset[str]:
    return frozenset((*booking.ids, *booking.servicer_references))
