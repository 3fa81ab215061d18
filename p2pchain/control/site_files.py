"""The pages that a node serves, and the client in JavaScript that they are made with.

A table of files that are known when the process starts, read whole: no path of a request is ever one of the
disk. The policy lets a page load what lies beside it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.codec.exact_json import write_json
from p2pchain.control.http import JSON_TYPE, Request, RequestRefused, Response
from p2pchain.control.port import NodePort
from p2pchain.presentation.word_catalogue import word_catalogue

SITE: Final = Path(__file__).parent / "site"
FIRST_PAGE: Final = "check.html"
CATALOGUE: Final = "catalogue.json"
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Files that are served, by their suffix."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-cache"),
)


async def open_site(port: NodePort, request: Request) -> Response:
    """Lead to the first page of the site, which checks proofs."""
    headers = (("location", f"/site/{FIRST_PAGE}"), *HEADERS)
    return Response(status=303, body=b"", content_type=TYPES[".html"], headers=headers)


async def show_site_file(port: NodePort, request: Request) -> Response:
    """A file of the pages: check.html verifies a proof in the browser; catalogue.json has the words of the
    modules' declarations.
    """
    return _file(request, request.captured["file"])


async def show_client_file(port: NodePort, request: Request) -> Response:
    """A file of the client in JavaScript; index.js names what there is."""
    return _file(request, f"client/{request.captured['file']}")


@cache
def site_files() -> Mapping[str, tuple[str, bytes]]:
    """Type and content of all files, by their names below the site's folder."""
    paths = [path for folder in (SITE, SITE / "client") for path in sorted(folder.iterdir())]
    files = {
        str(path.relative_to(SITE)): (TYPES[path.suffix], path.read_bytes())
        for path in paths
        if path.suffix in TYPES and path.is_file()
    }
    catalogue = write_json(word_catalogue(MODULES)).encode()
    return {**files, CATALOGUE: (JSON_TYPE, catalogue)}


def _file(request: Request, name: str) -> Response:
    known = site_files().get(name)
    if known is None:
        facts = {"path": request.path[:200]}
        raise RequestRefused(404, "HTTP_UNKNOWN_PATH", facts, f"see /site/{FIRST_PAGE}")
    content_type, body = known
    return Response(status=200, body=body, content_type=content_type, headers=HEADERS)
