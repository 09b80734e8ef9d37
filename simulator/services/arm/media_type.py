"""Which bodies are read: JSON that says so."""

from __future__ import annotations

from simulator.call import Call
from simulator.errors import ApiError

_JSON = ("application/json", "text/json")


def check_media_type(call: Call) -> None:
    """Refuse a body of another type than JSON, or of none; parameters such as `charset` are not looked at.

    Raises: ApiError 415 `UnsupportedMediaType`. Source: public ARM errors. Assumed: that types which end in `+json`
    are taken, and that it comes after the token.
    """
    given = call.header("content-type")
    kind = given.partition(";")[0].strip().lower()
    if kind not in _JSON and not kind.endswith("+json"):
        message = f"The content media type '{kind or '<null>'}' is not supported. Only 'application/json' is supported."
        raise ApiError(415, "UnsupportedMediaType", message)
