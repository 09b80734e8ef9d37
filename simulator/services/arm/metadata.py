"""`/metadata/endpoints`: where a cloud's other services are; no token is needed.

Source: what `az cloud register` reads.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call
from simulator.contract import ARM_AUDIENCES
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store


def endpoints(_store: Store, call: Call, _parts: Parts) -> Response:
    """Give one object; a list of one before version 2022."""
    base = f"https://{call.header('host') or 'management.azure.com'}"
    login = base if "management.azure.com" not in base else "https://login.microsoftonline.com"
    body = {"name": "AzureCloud", "portal": "https://portal.azure.com", "resourceManager": base,
            "graphAudience": "https://graph.windows.net/", "suffixes": {},
            "authentication": {"loginEndpoint": login, "audiences": list(ARM_AUDIENCES), "tenant": "common",
                               "identityProvider": "AAD"}}  # fmt: skip
    return with_body(call, [body] if call.query("api-version") < "2022" else body)
