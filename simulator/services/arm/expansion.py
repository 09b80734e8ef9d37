"""`$expand`, which a few operations take."""

from __future__ import annotations

from simulator.call import Call
from simulator.errors import ApiError


def wants_instance_view(call: Call) -> bool:
    """Say whether `$expand` asks for the instance view, its one value. Raises: ApiError 400 for another one."""
    asked = call.query("$expand")
    if asked.lower() not in ("", "instanceview"):
        message = f"The value '{asked}' of the query parameter '$expand' is not 'instanceView'."
        raise ApiError(400, "InvalidQueryParameterValue", message)
    return bool(asked)
