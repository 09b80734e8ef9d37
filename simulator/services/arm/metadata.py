"""`/metadata/endpoints`: where a cloud's other services are; no token is needed.

Source: what `az cloud register` reads, older ones too, and published answers of 2015-01-01.
"""

from __future__ import annotations

from starlette.responses import Response

from simulator.call import Call, sign_in_place
from simulator.contract import ARM_AUDIENCES, ARM_HOST, GRAPH_HOST
from simulator.services.arm.answers import with_body
from simulator.services.arm.names import Parts
from simulator.store import Store


def endpoints(_store: Store, call: Call, _parts: Parts) -> Response:
    """Give one object; a list of one before version 2022, an object with other names before 2019-05-01.

    Source: the oldest clients ask for version `1.0`. Assumed: so any text is taken, and none is the newest version.
    """
    base, login = f"https://{call.header('host') or ARM_HOST}", sign_in_place(call)
    graph = f"{base}/" if login == base else f"https://{GRAPH_HOST}/"
    version = call.query("api-version") or "2022-09-01"
    if version < "2019-05-01":
        place = {"portalEndpoint": "https://portal.azure.com/", "graphEndpoint": "https://graph.windows.net/",
                 "galleryEndpoint": "https://gallery.azure.com/"}  # fmt: skip
        authentication = {"loginEndpoint": f"{login}/", "audiences": list(ARM_AUDIENCES)}
        return with_body(call, {**place, "authentication": authentication})
    body = {"name": "AzureCloud", "portal": "https://portal.azure.com", "resourceManager": base,
            "graphAudience": "https://graph.windows.net/", "microsoftGraphResourceId": graph, "suffixes": {},
            "authentication": {"loginEndpoint": login, "audiences": list(ARM_AUDIENCES), "tenant": "common",
                               "identityProvider": "AAD"}}  # fmt: skip
    return with_body(call, [body] if version < "2022" else body)
