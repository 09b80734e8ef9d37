"""Keep secrets out of the journal."""

from __future__ import annotations

import re

_NAMES = (
    "sig|secret|password|assertion|client_(?:secret|assertion)|(?:device_|user_)?code|(?:access_|refresh_|id_)?token"
)
_QUERY = re.compile(rf"(?i)\b({_NAMES})=[^&]*")


def redacted_path(path: str) -> str:
    """Hide the values of secret query parameters."""
    return _QUERY.sub(lambda match: f"{match[1]}=***", path)
