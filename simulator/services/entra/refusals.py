"""Refusals by their numbers in the AADSTS list."""

from __future__ import annotations

from simulator.errors import ApiError


def refusal(status: int, code: str, number: int, message: str, suberror: str = "") -> ApiError:
    """Give a refusal; the service renders its number into the text. Source: the AADSTS list."""
    return ApiError(status, code, message, extra={"number": number, "suberror": suberror})


def text_of(error: ApiError) -> str:
    """Give what a refusal says, with its number where it has one."""
    number = error.extra.get("number")
    return f"AADSTS{number}: {error.message}" if number else error.message


def invalid_client(number: int, message: str) -> ApiError:
    """Give the 401 for a client that cannot prove what it says."""
    return refusal(401, "invalid_client", number, message)


def unknown_client(client_id: str) -> ApiError:
    """Give the 400 for an application that is not there."""
    message = f"Application with identifier '{client_id}' was not found in the directory."
    return refusal(400, "unauthorized_client", 700016, message)


def disabled_client(client_id: str) -> ApiError:
    """Give the 400 for an application that an administrator has disabled."""
    return refusal(400, "unauthorized_client", 7000112, f"Application '{client_id}' is disabled.")


def missing(parameter: str) -> ApiError:
    """Give the 400 for a parameter that is absent or empty. Source: public logs."""
    message = f"The request body must contain the following parameter: '{parameter}'."
    return refusal(400, "invalid_request", 900144, message)
