"""Writes the bill of materials (CycloneDX 1.5, JSON) of what an installation holds.

sbom.py SITE_PACKAGES SECONDS FILE: the packages in that folder, and the time that the file bears.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

PROGRAM: Final = "p2pchain"
SPECIFICATION: Final = "1.5"
REQUIREMENT: Final = re.compile(r"[A-Za-z0-9._-]+")


def normal(name: str) -> str:
    """Return the one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def reference(package: Distribution) -> str:
    """Return the package URL of a distribution."""
    return f"pkg:pypi/{normal(package.metadata['Name'])}@{package.version}"


def licence(package: Distribution) -> list[dict[str, Any]]:
    """Return what the package says of its licence, nothing where it says nothing."""
    stated = package.metadata.get_all("License-Expression") or ()
    if stated:
        return [{"expression": stated[0]}]
    classified = [
        line.rpartition(" :: ")[2]
        for line in package.metadata.get_all("Classifier") or ()
        if line.startswith("License :: ")
    ]
    return [{"license": {"name": name}} for name in sorted(set(classified))]


def component(package: Distribution) -> dict[str, Any]:
    """Return one package as a component."""
    made = {
        "type": "application" if normal(package.metadata["Name"]) == PROGRAM else "library",
        "bom-ref": reference(package),
        "name": normal(package.metadata["Name"]),
        "version": package.version,
        "purl": reference(package),
    }
    licences = licence(package)
    return {**made, "licenses": licences} if licences else made


def needs(package: Distribution, by_name: dict[str, Distribution]) -> list[str]:
    """Return the packages of the folder that one names as required, extras left out."""
    named = []
    for line in package.requires or ():
        requirement, _, marker = line.partition(";")
        matched = REQUIREMENT.match(requirement)
        if matched is not None and "extra ==" not in marker:
            named.append(normal(matched[0]))
    return sorted({reference(by_name[name]) for name in named if name in by_name})


def bill(packages: Iterable[Distribution], seconds: int) -> dict[str, Any]:
    """Return the bill of materials; the same packages and time give the same bytes."""
    by_name = {normal(package.metadata["Name"]): package for package in packages}
    program = by_name[PROGRAM]
    others = [by_name[name] for name in sorted(by_name) if name != PROGRAM]
    references = "\n".join(map(reference, (program, *others)))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{seconds} {references}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": component(program),
        },
        "components": [component(package) for package in others],
        "dependencies": [
            {"ref": reference(package), "dependsOn": needs(package, by_name)}
            for package in (program, *others)
        ],
    }


def main(folder: str, seconds: str, file: str) -> None:
    """Write the file."""
    made = bill(distributions(path=[folder]), int(seconds))
    Path(file).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
