"""A FHIR resource as a tree that is the same for JSON and XML: by name a list of texts and trees.

FHIR's two formats say the same thing: XML repeats an element where JSON has an array, and holds a primitive
value in the attribute ``value`` (FHIR R4 §2.6.1 and §2.6.2). Numbers and flags are texts here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.codec.exact_json import read_json
from p2pchain.documents.fhir_refusals import FhirUnmapped, NotConsentForm
from p2pchain.documents.refusals import DocumentTooLarge, NotXml
from p2pchain.documents.safe_xml import parse_xml
from p2pchain.model.errors import Invalid

FHIR_NAMESPACE: Final = "{http://hl7.org/fhir}"
FORM_BYTES_MAX: Final = 1_000_000
DEPTH_MAX: Final = 32
"""Deepest nesting of a resource that is read."""
REPEATS_MAX: Final = 64
"""Most repetitions of one element."""
TYPE: Final = "resourceType"
NARRATIVE: Final = "text"

Tree = dict[str, list["str | Tree"]]
"""By name of the element: its repetitions, primitive values as text."""


def read_resource(data: bytes, resource: str) -> Tree:
    """Read a resource of this type. Raises ``NotConsentForm``, ``FhirUnmapped``, and for XML as
    ``parse_xml``.
    """
    if len(data) > FORM_BYTES_MAX:
        raise DocumentTooLarge(size_bytes=len(data), bytes_max=FORM_BYTES_MAX)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _from_json(data, resource)
    try:
        root = parse_xml(data, "consent form")
    except NotXml as fault:
        raise NotConsentForm(reason="neither a JSON object nor XML") from fault
    if root.tag != FHIR_NAMESPACE + resource:
        raise NotConsentForm(reason=root.tag)
    return _from_element(root, resource, DEPTH_MAX)


def texts(tree: Tree, name: str, at: str) -> list[str]:
    """The primitive values of an element. ``FhirUnmapped`` where there are others."""
    values: list[str] = []
    for value in tree.get(name, ()):
        if not isinstance(value, str):
            raise FhirUnmapped(element=f"{at}.{name}", reason="no primitive value")
        values.append(value)
    return values


def text(tree: Tree, name: str, at: str) -> str | None:
    """The only primitive value of an element, None for none. ``FhirUnmapped`` for several."""
    values = texts(tree, name, at)
    if len(values) > 1:
        raise FhirUnmapped(element=f"{at}.{name}", reason="several values")
    return values[0] if values else None


def trees(tree: Tree, name: str, at: str) -> list[Tree]:
    """The repetitions of an element that has elements. ``FhirUnmapped`` where it has a value."""
    inner: list[Tree] = []
    for value in tree.get(name, ()):
        if isinstance(value, str):
            raise FhirUnmapped(element=f"{at}.{name}", reason="a primitive value")
        inner.append(value)
    return inner


def code_of(tree: Tree, at: str) -> str:
    """The code of a Coding, or of a CodeableConcept with one coding. ``FhirUnmapped`` where there is none."""
    codings = trees(tree, "coding", at) if "coding" in tree else [tree]
    codes = [code for coding in codings if (code := text(coding, "code", at)) is not None]
    if len(codes) != 1:
        raise FhirUnmapped(element=at, reason="expected one code")
    return codes[0]


def _from_json(data: bytes, resource: str) -> Tree:
    try:
        value = read_json(data)
    except Invalid as fault:
        raise NotConsentForm(reason="no strict JSON") from fault
    if not isinstance(value, Mapping) or value.get(TYPE) != resource:
        stated = value.get(TYPE) if isinstance(value, Mapping) else None
        raise NotConsentForm(reason=str(stated))
    return _from_mapping({name: part for name, part in value.items() if name != TYPE}, resource, DEPTH_MAX)


def _from_mapping(value: Mapping[str, object], at: str, levels: int) -> Tree:
    tree: Tree = {}
    for name, part in value.items():
        if name == NARRATIVE and isinstance(part, Mapping):
            continue  # The narrative says for people what the elements say.
        parts = part if isinstance(part, list) else [part]
        tree[name] = [_from_value(repetition, f"{at}.{name}", levels) for repetition in _few(parts, at, name)]
    return tree


def _from_value(value: object, at: str, levels: int) -> str | Tree:
    if isinstance(value, Mapping):
        if levels == 0:
            raise FhirUnmapped(element=at, reason="nested too deeply")
        return _from_mapping(value, at, levels - 1)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, list):
        raise FhirUnmapped(element=at, reason="no value of FHIR")
    return str(value)


def _from_element(element: Element, at: str, levels: int) -> Tree:
    if levels == 0:
        raise FhirUnmapped(element=at, reason="nested too deeply")
    tree: Tree = {}
    for name in ("url", "id"):
        if (stated := element.get(name)) is not None:
            tree[name] = [stated]
    for child in element:
        if not isinstance(child.tag, str) or not child.tag.startswith(FHIR_NAMESPACE):
            raise FhirUnmapped(element=at, reason="an element of another namespace")
        name = child.tag.removeprefix(FHIR_NAMESPACE)
        if name == NARRATIVE and len(child):
            continue
        value = child.get("value")
        if value is not None and len(child):
            raise FhirUnmapped(element=f"{at}.{name}", reason="an extension of a primitive value")
        part = value if value is not None else _from_element(child, f"{at}.{name}", levels - 1)
        _few([*tree.setdefault(name, []), part], at, name)
        tree[name].append(part)
    return tree


def _few(parts: list[object] | list[str | Tree], at: str, name: str) -> list[object]:
    if len(parts) > REPEATS_MAX:
        raise FhirUnmapped(element=f"{at}.{name}", reason="too many of them")
    return list(parts)
