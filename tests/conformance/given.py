"""What programs need that run apart from the tests, with an older or a newer SDK than theirs."""

from __future__ import annotations

import time
from typing import Any

from azure.core.credentials import AccessToken


class Given:
    """A credential that has its token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Give the token."""
        return AccessToken(self._token, int(time.time()) + 3600)


def settings(base: str, ca: str) -> dict[str, Any]:
    """Give the documented settings by which a client is pointed at another cloud."""
    return {"base_url": base, "connection_verify": ca, "polling_interval": 1,
            "credential_scopes": ["https://management.azure.com/.default"]}  # fmt: skip
