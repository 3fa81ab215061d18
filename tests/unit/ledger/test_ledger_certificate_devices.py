"""Metering points: who registers them, and who changes what is said of them."""

from __future__ import annotations

from tests.unit.ledger.certificate_steps import (
    CAPACITY_W,
    WIND,
    Grid,
    amend,
    meter,
    name,
    register,
)

ABSENT = bytes(32)


def test_who_registers_and_amends() -> None:
    grid = Grid()
    assert grid.refuses(("trader", "wind"), register("M-2")) == "AUTH_ROLE"
    assert grid.refuses("body-a", register("M-2")) == "CRT_NOT_OWNER"
    assert grid.refuses(("body-a", "wind"), register("M-2", owner="nobody")) == "CRT_PARTY"
    amended = amend("trader", 2 * CAPACITY_W)
    assert grid.refuses(("body-a", "wind"), amended) == "CRT_NOT_OWNER"
    assert grid.refuses(("body-a", "trader"), amended) == "CRT_NOT_OWNER"
    assert grid.refuses(("wind", "trader"), amended) == "MEMBERSHIP_NO_QUORUM"
    assert grid.refuses(("body-a-clerk", "wind", "trader"), amended) == "AUTH_ROLE"
    assert grid.refuses("wind", amend("wind", 1, device=ABSENT)) == "CRT_DEVICE_UNKNOWN"
    assert grid.refuses(("body-a", "wind"), amend("nobody", 1)) == "CRT_PARTY"
    grid.does(("body-a", "wind", "trader"), amended)
    assert grid.issued() == name("c")
    assert grid.certificate(name("c"))["holder"] == "trader"
    quorum = ("body-b", "wind", "trader", "office")
    grid.does(quorum, amend("wind"))
    assert grid.ledger.query("certificate", "device", {"device": WIND}, None)["owner"] == "wind"


def test_a_false_registration_keeps_nobody_from_a_metering_point() -> None:
    """A body and its accomplice register another's code as consumption elsewhere; the members mend it, a
    body that has registered it among them or not.
    """
    grid = Grid()
    false = register("PLANT-9", owner="trader", kind="consumption", area="SE4", technology="x")
    grid.does(("body-b", "trader"), false)
    true = register("PLANT-9")
    assert grid.refuses(("body-a", "wind"), true) == "CRT_DEVICE_DIFFERS"
    mended = amend(
        "wind",
        device=meter("PLANT-9"),
        kind="production",
        area="DK1",
        technology="T020000 F01050100",
    )
    assert grid.refuses(("body-b", "trader", "wind"), mended) == "MEMBERSHIP_NO_QUORUM"
    grid.does(("body-a", "body-b", "wind", "office"), mended)
    grid.does(("body-a", "wind"), true)
