"""Which api-versions are taken: each type's own, and the front end's for what is its own."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulator.call import Call
from simulator.errors import ApiError
from simulator.resources.locations import LOCATIONS
from simulator.resources.providers import FRONT_END_VERSIONS, PROVIDERS, canonical_namespace, find_type, type_of

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview|-privatepreview)?")
_FRONT_END = frozenset(FRONT_END_VERSIONS)


def check_form(call: Call) -> str:
    """Give the api-version. Raises: ApiError 400 when it is missing or of another form."""
    version = call.query("api-version").lower()  # Source: the front end compares without regard to case
    if not version:
        raise ApiError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not _FORM.fullmatch(version):
        raise _invalid(version)
    return version


def check_supported(version: str, method: str, path: str, where: Callable[[], str]) -> None:
    """Refuse a version that what is asked for never had. `where` gives the resource's location, if known.

    Raises: ApiError 400 `InvalidApiVersionParameter`, `NoRegisteredProviderFound`, 404 `InvalidResourceNamespace`,
    `InvalidResourceType`. Source: ARM's errors. Assumed: which of the two it is for a type without a location.
    """
    asked = type_of(path, method)
    if asked is None:
        if version not in _FRONT_END:
            raise _invalid(version)
        return
    namespace, name = canonical_namespace(asked[0]), asked[1]
    if namespace not in PROVIDERS:
        raise ApiError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    kind = find_type(namespace, name)
    if kind is not None and version in kind.versions:
        return
    location = where()
    if kind is None or not location:
        every = sorted({known for kinds in PROVIDERS[namespace].types for known in kinds.versions}, reverse=True)
        known = ",".join(kind.versions if kind else every)
        message = (
            f"The resource type '{name}' could not be found in the namespace '{namespace}' for api version "
            f"'{version}'. The supported api-versions are '{known}'."
        )
        raise ApiError(404, "InvalidResourceType", message)
    message = (
        f"No registered resource provider found for location '{location}' and API version '{version}' for type "
        f"'{kind.name}'. The supported api-versions are '{', '.join(kind.versions)}'. The supported locations are "
        f"'{', '.join(LOCATIONS)}'."
    )
    raise ApiError(400, "NoRegisteredProviderFound", message)


def _invalid(version: str) -> ApiError:
    known = ",".join(FRONT_END_VERSIONS)
    message = f"The api-version '{version}' is invalid. The supported versions are '{known}'."
    return ApiError(400, "InvalidApiVersionParameter", message)
