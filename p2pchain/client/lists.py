"""Lists of final transactions and blocks, as an application asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from p2pchain.client.node_client import Fields, NodeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Selection of a list: by organisation, by module, from a time on, up to before another; None for all."""

    org: str | None = None
    module: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    before: str | None = None
    limit: int = 20

    @property
    def query(self) -> str:
        """The query of a request."""
        names = ("org", "module", "from_ms", "until_ms", "before", "limit")
        values = {name: getattr(self, name) for name in names}
        return urlencode({name: value for name, value in values.items() if value is not None})


async def list_transactions(client: NodeClient, wanted: ListFilter) -> Fields:
    """``GET /v1/txs``: ``transactions``, the newest first, and ``next``. Raises as ``NodeClient`` does."""
    return await client.get(f"/v1/txs?{wanted.query}")


async def list_blocks(client: NodeClient, wanted: ListFilter) -> Fields:
    """``GET /v1/blocks``: ``blocks``, the newest first, and ``next``. Raises as ``NodeClient`` does."""
    return await client.get(f"/v1/blocks?{wanted.query}")
