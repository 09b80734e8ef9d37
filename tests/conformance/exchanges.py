"""What clients and the simulator said to each other, as a client saw it: by the SDKs' documented response hook."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Exchange:
    """One request and its answer. Bodies are JSON values; None is an empty one."""

    method: str
    url: str
    sent: Any
    status: int
    headers: dict[str, str]  # names in lower case
    body: Any

    @property
    def path(self) -> str:
        """Give the path, unquoted."""
        return unquote(urlsplit(self.url).path)

    @property
    def version(self) -> str:
        """Give the api-version, or an empty text."""
        return dict(parse_qsl(urlsplit(self.url).query)).get("api-version", "")


@dataclass
class Recorder:
    """Keeps exchanges; `take` is the `raw_response_hook` of a client."""

    exchanges: list[Exchange] = field(default_factory=list)

    def take(self, answered: Any) -> None:
        """Keep one exchange of an azure-core pipeline."""
        request, response = answered.http_request, answered.http_response
        read = getattr(response, "read", None) or response.body
        headers = {name.lower(): value for name, value in response.headers.items()}
        content = read() if headers.get("content-length") != "0" else None  # what is empty may be streamed later
        sent, body = value_of(request.body), value_of(content)
        self.exchanges.append(Exchange(request.method, request.url, sent, response.status_code, headers, body))


def value_of(content: bytes | str | None) -> Any:
    """Give a JSON body as a value. Raises: ValueError for one that is no JSON."""
    return json.loads(content) if content else None
