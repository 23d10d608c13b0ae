"""What `tracking` compares with: the pixel by coroutines, with one insert a hit over a pool of connections.

It reads the same tokens as ours, cleans what the caller says the same way, and writes the same row.
"""

import os
from datetime import UTC, datetime
from typing import Any

import asyncpg

from campaigns import links
from campaigns.tracking import answers
from crm_project.client_address import address_of, clean_user_agent, hash_address

CONNECTIONS = 8
INSERT = (
    "INSERT INTO campaigns_hit (message_id, kind, occurred_at, user_agent, ip_hash, method, machine_reason)"
    " VALUES ($1, 'open', $2, $3, $4, 'GET', '')"
)


class Coroutines:
    """An ASGI application with a pool of connections, each hit a transaction of its own."""

    pool: asyncpg.Pool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Record an open and answer."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        told = dict(scope["headers"])
        read = links.read(scope["path"].removeprefix("/o/").removesuffix(".gif"))
        if read:
            agent = clean_user_agent(told.get(b"user-agent", b"").decode("latin-1"))
            forwarded = told.get(b"x-forwarded-for", b"").decode("latin-1")
            address = address_of(forwarded, connected_from=scope["client"][0])
            await self.pool.execute(INSERT, read.message_id, datetime.now(UTC), agent, hash_address(address))
        headers = [(b"content-type", b"image/gif"), (b"content-length", b"43"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answers.PIXEL})

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        where = os.environ["DATABASE_URL"]
        self.pool = await asyncpg.create_pool(where, min_size=CONNECTIONS, max_size=CONNECTIONS)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})
