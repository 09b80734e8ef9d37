"""What a token is asked for: one resource, in the words of v1 or v2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.services.entra.scopes import GRAPH, wanted

ARM = "https://management.azure.com"


@pytest.mark.parametrize(
    ("scope", "audience"),
    [
        (f"{ARM}/.default", ARM), (f"{ARM}//.default", f"{ARM}/"), (f"{ARM}/user_impersonation", ARM),
        (f"{GRAPH}/.default", GRAPH), ("openid profile", GRAPH), ("User.Read Mail.Read", GRAPH),
        (f"{ARM}/.default offline_access openid profile", ARM), ("api://app/.default", "api://app"),
        ("https://vault.azure.net/a https://vault.azure.net/b", "https://vault.azure.net"),
    ],
)  # fmt: skip
def test_the_resource_of_a_scope(scope: str, audience: str) -> None:
    """The resource is what stands before the last slash; without one it is Microsoft Graph."""
    assert wanted({"scope": scope}, is_v1=False, by_application=False).audience == audience


@pytest.mark.parametrize(
    ("form", "by_application", "expected"),
    [
        ({}, False, ("invalid_request", 900144)),
        ({"scope": " "}, True, ("invalid_request", 900144)),
        ({"scope": f"{ARM}/.default", "resource": ARM}, False, ("invalid_request", 901002)),
        ({"scope": f"{ARM}/user_impersonation"}, True, ("invalid_scope", 1002012)),
        ({"scope": "openid"}, True, ("invalid_scope", 1002012)),
        ({"scope": f"{ARM}/.default {GRAPH}/.default"}, False, ("invalid_request", 28000)),
        ({"scope": f"{ARM}/.default {ARM}/user_impersonation"}, False, ("invalid_scope", 70011)),
        ({"scope": f"{ARM}/"}, False, ("invalid_scope", 70011)),
        ({"scope": "/.default"}, False, ("invalid_scope", 70011)),
        ({"scope": "nothing/.default"}, False, ("invalid_resource", 500011)),
        ({"scope": "https:///.default"}, False, ("invalid_resource", 500011)),
    ],
)
def test_refusals(form: dict[str, str], by_application: bool, expected: tuple[str, int]) -> None:
    """Each mistake has its error and number."""
    with pytest.raises(ApiError) as caught:
        wanted(form, is_v1=False, by_application=by_application)

    assert (caught.value.code, caught.value.extra["number"]) == expected


def test_what_comes_beside_the_token() -> None:
    """`openid` asks for an id token, `offline_access` for a refresh token, which is not told again."""
    plain = wanted({"scope": f"{ARM}/.default"}, is_v1=False, by_application=False)
    whole = wanted({"scope": f"{ARM}/.default offline_access openid"}, is_v1=False, by_application=False)

    assert (plain.wants_identity, plain.wants_refresh, plain.scope) == (False, False, f"{ARM}/.default")
    assert (whole.wants_identity, whole.wants_refresh, whole.scope) == (True, True, f"{ARM}/.default openid")


def test_v1_names_a_resource() -> None:
    """v1 takes the resource as it is written, and does without scopes."""
    assert wanted({"resource": f"{ARM}/"}, is_v1=True, by_application=True).audience == f"{ARM}/"
    with pytest.raises(ApiError) as caught:
        wanted({"scope": f"{ARM}/.default"}, is_v1=True, by_application=True)
    assert caught.value.message == "The request body must contain the following parameter: 'resource'."


@given(scope=st.text(alphabet="a/.:h tps", max_size=20), by_application=st.booleans())
def test_any_text_is_answered(scope: str, by_application: bool) -> None:
    """Whatever a scope is, it names one resource or is refused with a number."""
    try:
        outcome: object = wanted({"scope": scope}, is_v1=False, by_application=by_application).audience
    except ApiError as error:
        outcome = error.status == 400 and error.extra["number"]

    assert outcome
