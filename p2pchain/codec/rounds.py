"""Round summaries: where a node stands and which votes it holds, the votes as bitmaps in byte strings."""

from __future__ import annotations

from typing import Final

from p2pchain.codec import fields as field
from p2pchain.model.errors import Invalid
from p2pchain.model.messages import SUMMARY_ROUNDS_MAX, RoundSummary, RoundView
from p2pchain.model.validators import VALIDATORS_MAX

STEP_MAX: Final = 3
BITMAP_BYTES_MAX: Final = (VALIDATORS_MAX + 7) // 8


def summary_fields(summary: RoundSummary) -> tuple[object, ...]:
    """Encode ``height, round, step, [[round, proposal, prevotes, precommits, polka], ...]``."""
    views = tuple(
        (view.round, view.proposal, _bitmap_bytes(view.prevotes), _bitmap_bytes(view.precommits), view.polka)
        for view in summary.rounds
    )
    return (summary.height, summary.round, summary.step, views)


def read_summary(item: object) -> RoundSummary:
    """Decode a summary from the items of its message; rounds ascend."""
    _, height, round_number, step, listed = field.fields(item, 5, "summary")
    views: list[RoundView] = []
    for index, part in enumerate(field.array(listed, 0, SUMMARY_ROUNDS_MAX, "summary.rounds")):
        view = _read_view(part, f"summary.rounds[{index}]")
        if views:
            field.ascending(views[-1].round, view.round, f"summary.rounds[{index}].round")
        views.append(view)
    return RoundSummary(
        height=field.height(height, "summary.height"),
        round=field.round_number(round_number, "summary.round"),
        step=field.integer(step, 0, STEP_MAX, "summary.step"),
        rounds=tuple(views),
    )


def _read_view(item: object, at: str) -> RoundView:
    round_number, proposal, prevotes, precommits, polka = field.fields(item, 5, at)
    return RoundView(
        round=field.round_number(round_number, f"{at}.round"),
        proposal=field.flag(proposal, f"{at}.proposal"),
        prevotes=_read_bitmap(prevotes, f"{at}.prevotes"),
        precommits=_read_bitmap(precommits, f"{at}.precommits"),
        polka=field.flag(polka, f"{at}.polka"),
    )


def _bitmap_bytes(bitmap: int) -> bytes:
    """Encode a bitmap big endian without leading zeros: one bitmap has one form, none set is the
    empty string.
    """
    return bitmap.to_bytes((bitmap.bit_length() + 7) // 8, "big")


def _read_bitmap(item: object, at: str) -> int:
    octets = field.octets(item, 0, BITMAP_BYTES_MAX, at)
    if octets[:1] == b"\x00":
        raise Invalid("CODEC_NOT_CANONICAL", {"field": at, "reason": "leading zeros"})
    bitmap = int.from_bytes(octets, "big")
    if bitmap >> VALIDATORS_MAX:
        facts = {"found": bitmap.bit_length() - 1, "high": VALIDATORS_MAX - 1}
        raise Invalid("CODEC_RANGE", {"field": f"{at} bit", **facts})
    return bitmap
