"""What a node serves of its site: known files, with a strict policy, and no path of the disk."""

from __future__ import annotations

import re

import pytest

from p2pchain.control.http import Level, Request, RequestRefused
from p2pchain.control.routes import answer
from p2pchain.control.site_files import FIRST_PAGE, SITE, site_files
from tests.unit.control.test_control_routes import Untouched

LINK = re.compile(r'(?:href|src|from|fetch\()\s*=?\s*"(?!\w+:)([^"]+)"')


def asking(path: str) -> Request:
    return Request(
        method="GET",
        path=path,
        query={},
        content_type="",
        body=b"",
        level=Level.VIEWER,
        captured={},
        host="localhost",
    )


async def test_the_root_leads_to_the_first_page() -> None:
    response = await answer(Untouched(), asking("/"))  # type: ignore[arg-type]
    assert (response.status, dict(response.headers)["location"]) == (303, f"/site/{FIRST_PAGE}")
    page = await answer(Untouched(), asking(f"/site/{FIRST_PAGE}"))  # type: ignore[arg-type]
    assert page.content_type == "text/html; charset=utf-8"
    assert page.body == (SITE / FIRST_PAGE).read_bytes()


@pytest.mark.parametrize("name", sorted(site_files()))
async def test_every_file_has_the_strict_policy(name: str) -> None:
    response = await answer(Untouched(), asking(f"/site/{name}"))  # type: ignore[arg-type]
    headers = dict(response.headers)
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert response.body


@pytest.mark.parametrize(
    "path",
    [
        "/site/..",
        "/site/../site_files.py",
        "/site/client",
        "/site/client/..",
        "/site/client/../check.html",
        "/site/client/package.json",
        "/site/client//etc/passwd",
        "/site//etc/passwd",
        "/site/%2e%2e/http.py",
        "/site/client\x00index.js",
        "/site/",
    ],
)
async def test_no_path_leads_to_the_disk(path: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        await answer(Untouched(), asking(path))  # type: ignore[arg-type]
    assert (caught.value.status, caught.value.code) == (404, "HTTP_UNKNOWN_PATH")


def test_pages_name_files_that_are_there_and_no_other_host() -> None:
    files = site_files()
    for name, (kind, body) in files.items():
        if not kind.startswith("text/"):
            continue
        text = body.decode()
        if not name.startswith("client/"):
            assert "//" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE), name
        folder = "client/" if name.startswith("client/") else ""
        for target in LINK.findall(text):
            assert folder + target.removeprefix("./") in files, (name, target)
