"""An empty Starlette handler on the server that the cloud uses: `python -m harness.bench.cloud.empty PORT`.

What it answers a second is what the stack (uvicorn, httptools, uvloop) leaves to an application.
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def answer(_request: Request) -> Response:
    """Answer nothing, with 200."""
    return Response()


def main(port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    app = Starlette(routes=[Route("/", answer)])
    uvicorn.run(app, port=port, http="httptools", loop="uvloop", ws="none", lifespan="off", log_level="warning",
                access_log=False, proxy_headers=False)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
