"""Events of EPCIS: hashes as they are published, XML and JSON-LD alike, moves of custody, hostile files.

``tests/samples/trace-reference.*`` are of github.com/RalphTro/epcis-event-hash-generator (MIT, its licence
lies beside them), the rest is ours. Where ``../shared/data/epcis`` is beside the repository, all its pairs
are tried.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from p2pchain.documents.doubles import double_text
from p2pchain.documents.epcis import CustodyMove, EventFile, read_events, thousandths
from p2pchain.documents.epcis_hash import canonical_value, event_hash, hash_uri, utc_time
from p2pchain.documents.gs1_uris import canonical_uri, company_prefix
from p2pchain.model.errors import Refused
from p2pchain.proofs.merkle import verify_inclusion

TOP: Final = Path(__file__).parents[3]
SAMPLES: Final = TOP / "tests" / "samples"
COLLECTION: Final = TOP.parent / "shared" / "data" / "epcis" / "hash"
PUBLISHED: Final = "ni:///sha-256;6ae96341e0acc6d7a261364751f60e68278a81cdf51da0abb6b4e617014e39d7?ver=CBV2.0"
PLANT_ROOT: Final = "9a68bc78ee2a3d09711a2d1f21d62cde7c82fe4bed65acb03775837d588d1b69"


def plant(syntax: str = "jsonld") -> EventFile:
    """Five events of a plant."""
    return read_events((SAMPLES / f"trace-plant.{syntax}").read_bytes())


def changed(**fields: object) -> bytes:
    """The first event of the plant alone, with some fields others; None leaves one out."""
    document = json.loads((SAMPLES / "trace-plant.jsonld").read_bytes())
    event = {**document["epcisBody"]["eventList"][0], **fields}
    kept = {name: value for name, value in event.items() if value is not None}
    return json.dumps({**document, "epcisBody": {"eventList": [kept]}}).encode()


def moves(data: bytes) -> tuple[CustodyMove, ...]:
    """What a file moves."""
    return read_events(data).moves()


def code_of(data: bytes) -> str:
    """The code with which a file, or its moves, are refused."""
    with pytest.raises(Refused) as refused:
        moves(data)
    return refused.value.code


@pytest.mark.parametrize("syntax", ["jsonld", "xml"])
def test_the_published_hash(syntax: str) -> None:
    events = read_events((SAMPLES / f"trace-reference.{syntax}").read_bytes())
    assert [hash_uri(leaf) for leaf in events.leaves] == [PUBLISHED]


@pytest.mark.parametrize("syntax", ["jsonld", "xml"])
def test_the_root_of_a_plants_file_is_the_same_in_both_syntaxes(syntax: str) -> None:
    events = plant(syntax)
    assert events.root.hex() == PLANT_ROOT
    for number, leaf in enumerate(events.leaves, 1):
        verify_inclusion(events.root, leaf, number - 1, len(events.leaves), events.path(number))


def pairs() -> list[Path]:
    """Files of the collection that have hashes beside them."""
    files = [*COLLECTION.glob("*.jsonld"), *COLLECTION.glob("*.xml")]
    return sorted(file for file in files if file.with_suffix(".hashes").exists())


if pairs():

    @pytest.mark.parametrize("file", pairs(), ids=lambda file: file.name)
    def test_every_published_hash(file: Path) -> None:
        expected = file.with_suffix(".hashes").read_text("ascii").split()
        assert [hash_uri(leaf) for leaf in read_events(file.read_bytes()).leaves] == expected

    def test_the_collection_is_whole() -> None:
        assert len(pairs()) >= 38


def test_what_a_plants_file_moves() -> None:
    for syntax in ("jsonld", "xml"):
        made = plant(syntax).moves()
        assert [move.action for move in made] == ["bring_in", "bring_in", "pack", "ship"]
        assert [len(move.things) for move in made] == [3, 1, 2, 1]
        assert made[0].lot == "https://id.gs1.org/01/04012345111224/10/A7"
        assert made[1].lot is None
        assert made[3].party == "urn:epc:id:pgln:4099999.00000"
        assert [move.event for move in made] == list(plant(syntax).leaves[:4])


def test_a_hash_forgets_order_form_and_what_did_not_happen() -> None:
    same = {
        "eventID": "urn:uuid:1",
        "recordTime": "2024-03-04T11:00:00Z",
        "eventTime": "2024-03-04T08:00:00.0004Z",
        "bizStep": "urn:epcglobal:cbv:bizstep:commissioning",
        "epcList": [
            "https://id.gs1.org/01/04012345111224/21/7003",
            "https://example.com/gtin/4012345111224/lot/A7/ser/7001?x=1",
            "urn:epc:id:sgtin:4012345.011122.7002",
        ],
        "rdfs:comment": "said by the way",
    }
    (leaf,) = read_events(changed(**same)).leaves
    assert leaf == plant().leaves[0]
    for other in (
        {"example:line": "4"},
        {"action": "DELETE"},
        {"eventTime": "2024-03-04T09:00:00.001+01:00"},
    ):
        assert read_events(changed(**other)).leaves[0] != leaf


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "01/04012345111118/21/9876"),
        (
            "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
            "01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29",  # of the published pairs
        ),
        ("urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:grai:401234512345..1", "8003/040123451234561"),
        ("urn:epc:id:gdti:987659999999..9", "253/98765999999929"),
        ("urn:epc:id:cpi:0614141.11-A%23.1234", "8010/061414111-A%23/8011/1234"),
        ("urn:epc:id:itip:4012345.011111.01.02.987", "8006/040123451111180102/21/987"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "01/04012345123456/10/Lot987"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "01/04012345123456"),
        ("https://id.gs1.org/01/04012345123456/22/2A/10/L/21/S?a=b", "01/04012345123456/21/S"),
        ("https://shop.example.com/p/gtin/12345670", "01/00000012345670"),
    ],
)
def test_identifiers_have_one_form(uri: str, link: str) -> None:
    assert canonical_uri(uri) == f"https://id.gs1.org/{link}"
    assert canonical_value(uri) == f"https://id.gs1.org/{link}"


@pytest.mark.parametrize(
    "uri", ["urn:epc:id:sgtin:4012345.11111.9876", "https://example.com/x", "geo:1.2,3.4", "", "a" * 9_999]
)
def test_anything_else_stays_as_it_is(uri: str) -> None:
    assert canonical_uri(uri) is None
    assert canonical_value(uri) == uri


@pytest.mark.parametrize(
    ("uri", "known", "prefix"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", (), "4012345"),
        ("https://id.gs1.org/01/04012345111118/21/9876", ("401", "4012345", "0401"), "4012345"),
        ("https://id.gs1.org/00/340123451111111111", ("4012345",), "4012345"),
        ("https://id.gs1.org/414/4012345000054", ("4012345",), "4012345"),
        ("https://id.gs1.org/01/04012345111118/21/9876", ("5",), None),
        ("https://things.example.com/7", (), "things.example.com"),
        ("urn:uuid:1", (), "urn:uuid"),
        ("seven", (), None),
    ],
)
def test_whose_identifier_it_is(uri: str, known: tuple[str, ...], prefix: str | None) -> None:
    assert company_prefix(uri, known) == prefix


@example("5.9604644775390625e-08")
@given(st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.integers().map(str))
def test_numbers_are_the_doubles_that_others_read(text: str) -> None:
    value = float(text)
    if abs(value) != float("inf"):
        assert double_text(text) == (str(int(value)) if value == int(value) else str(value))


def test_numbers_and_times() -> None:
    assert canonical_value("111100001111000011110000") == "111100001111000003641344"
    assert [canonical_value(text) for text in ("007.50", "-0.0", "+1", "1e400", "nan", "1_0")] == [
        *("7.5", "0", "1"),
        *("1e400", "nan", "1_0"),
    ]
    assert utc_time("2024-03-04T08:00:00") is None
    assert utc_time("yesterday") is None
    moment = utc_time("2026-12-31T23:59:59.9996-01:00")
    assert moment is not None
    assert moment.isoformat() == "2027-01-01T01:00:00+00:00"
    assert [thousandths(text) for text in ("1", "0.001", "2.0000", "0.0001", "-1", "kg", "1e20")] == [
        *(1_000, 1, 2_000),
        *(None, None, None, None),
    ]


def test_other_events_move_what_they_say() -> None:
    heap = {"epcClass": "urn:epc:class:lgtin:4012345.012345.L1", "quantity": 150.5, "uom": "KGM"}
    (brought,) = moves(changed(epcList=[], quantityList=[heap], ilmd=None))
    assert brought.things == (("urn:epc:class:lgtin:4012345.012345.L1", 150_500, "KGM"),)
    assert brought.lot == "urn:epc:class:lgtin:4012345.012345.L1"
    (product,) = moves(changed(ilmd=None))
    assert product.lot == "https://id.gs1.org/01/04012345111224"
    assert [move.action for move in moves(changed(action="DELETE"))] == ["destroy"]
    assert [move.action for move in moves(changed(action="OBSERVE", bizStep="receiving"))] == ["receive"]
    (shipped,) = moves(changed(action="OBSERVE", bizStep="shipping"))
    assert shipped.party is None
    assert moves(changed(action="OBSERVE", bizStep="departing")) == ()
    assert moves(changed(errorDeclaration={"declarationTime": "2024-03-04T12:00:00Z"})) == ()
    made = changed(
        type="TransformationEvent",
        action=None,
        epcList=None,
        inputEPCList=["urn:epc:id:sgtin:4012345.011122.1"],
        inputQuantityList=[heap],
        outputEPCList=["urn:epc:id:sgtin:4012345.011122.7"],
    )
    (transformed,) = moves(made)
    assert [quantity for _, quantity, _ in transformed.inputs] == [0, 150_500]
    unpacked = changed(
        type="AggregationEvent", action="DELETE", parentID="x.y", childEPCs=["a.b"], epcList=None
    )
    assert [(move.action, move.parent) for move in moves(unpacked)] == [("unpack", "x.y")]


@pytest.mark.parametrize(
    "fields",
    [
        {"eventTime": "2024-03-04T08:00:00"},
        {"eventTime": None},
        {"epcList": []},
        {"action": "DELETE", "epcList": []},
        {"quantityList": [{"epcClass": "a.b", "quantity": "0.0001"}]},
        {"quantityList": [{"epcClass": "a.b"}]},
        {"type": "TransformationEvent", "outputEPCList": ["a.b"]},
        {"type": "TransformationEvent", "inputEPCList": ["a.b"]},
        {"type": "TransformationEvent", "inputEPCList": ["a.b"], "outputEPCList": ["a.c", "a.d"]},
        {"type": "AggregationEvent", "childEPCs": ["a.b"]},
        {"type": "AggregationEvent", "parentID": "a.b"},
    ],
)
def test_events_that_say_too_little(fields: dict[str, object]) -> None:
    assert code_of(changed(**fields)) == "EPCIS_UNCLEAR"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "DOC_NOT_XML"),
        (b"{", "EPCIS_INVALID"),
        (b"{\xff}", "EPCIS_INVALID"),
        (b'{"epcisBody": 1}', "EPCIS_INVALID"),
        (b'{"epcisBody": {"eventList": 1}}', "EPCIS_INVALID"),
        (b'{"epcisBody": {"eventList": []}}', "EPCIS_INVALID"),
        (b'{"epcisBody": {"eventList": [1]}}', "EPCIS_INVALID"),
        (b'{"a": 1, "a": 2}', "EPCIS_INVALID"),
        (b'{"a": NaN}', "EPCIS_INVALID"),
        (b'{"a": ' + b"1" * 99 + b"}", "EPCIS_INVALID"),
        (b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}", "EPCIS_TOO_LARGE"),
        (b'{"a": ' + b"[" * 99_999 + b"]" * 99_999 + b"}", "EPCIS_TOO_LARGE"),
        (b'{"a": [' + b"1," * 250_000 + b"1]}", "EPCIS_TOO_LARGE"),
        (b" " * 10_000_001, "DOC_TOO_LARGE"),
        (b"<a/>", "EPCIS_INVALID"),
        (b"<a><EventList/></a>", "EPCIS_INVALID"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOC_FORBIDDEN_XML"),
        (b"<a>" * 99 + b"</a>" * 99, "DOC_TOO_COMPLEX"),
        (b"<a><EventList>" + b"<ObjectEvent/>" * 10_001 + b"</EventList></a>", "EPCIS_TOO_LARGE"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:24].decode("latin-1"),
)
def test_hostile_files(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_an_entity_is_never_fetched_or_expanded() -> None:
    xml = (SAMPLES / "trace-plant.xml").read_text("utf-8")
    head, _, rest = xml.partition("?>")
    bomb = f'{head}?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{rest}'
    assert code_of(bomb.replace(">3<", ">&e;<").encode()) == "DOC_FORBIDDEN_XML"


def test_fields_that_a_repository_adds_are_no_part_of_the_hash() -> None:
    document = json.loads(changed(**{"rx:hash": "abc", "example:line": "3", "example:copy": "7"}))
    document["@context"].append({"rx": "https://repository-x.example.com/"})
    document["rx:ignoreFields"] = ["rx:hash", "example:copy"]
    assert read_events(json.dumps(document).encode()).leaves == plant().leaves[:1]


def test_an_event_that_has_the_same_words_has_the_same_hash() -> None:
    assert event_hash(plant().events[4]) == event_hash(plant("xml").events[4])


@pytest.mark.parametrize("data", [b"<EPCISDocument><EPCISBody>", b"<a></b>", b"<!-- %PDF-1.7 --><a"])
def test_what_is_wrong_with_a_file_of_events_is_not_said_of_invoices(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read_events(data)
    assert caught.value.code == "DOC_NOT_XML"
    assert "EPCIS document's own XML file" in caught.value.hint
    assert "invoice" not in caught.value.hint
