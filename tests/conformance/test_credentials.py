"""azure-identity signs in, and is refused, as at the real Entra ID."""

from __future__ import annotations

import base64
import json
import threading
import webbrowser
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    ClientSecretCredential,
    DeviceCodeCredential,
    EnvironmentCredential,
    InteractiveBrowserCredential,
)

from simulator.contract import AGENT_SERVICE_APP_ID
from tests.conformance.browser import sign_in
from tests.conformance.conftest import CASE, TENANT
from tests.conformance.machine import Machine
from tests.conformance.served import ARM_SCOPE, Served


def claims_of(token: str) -> dict[str, Any]:
    """Give what an access token says, unchecked."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def test_a_secret(owner: ClientSecretCredential) -> None:
    """An application gets a token for Resource Manager, in its own name."""
    claims = claims_of(owner.get_token(ARM_SCOPE).token)

    assert (claims["aud"], claims["tid"]) == ("https://management.azure.com", TENANT)
    assert (claims["oid"], claims["appid"]) == (CASE.principals[0].object_id, CASE.principals[0].client_id)


def test_a_wrong_secret(served: Served) -> None:
    """It is refused with Entra's number, and the SDK says so."""
    wrong = ClientSecretCredential(TENANT, CASE.principals[0].client_id, "wrong", **served.sign_in)

    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        wrong.get_token(ARM_SCOPE)


def test_an_unknown_application(served: Served) -> None:
    """It is refused with Entra's number."""
    unknown = ClientSecretCredential(TENANT, "5f1c1d0e-0000-4000-8000-0000000000ff", "x", **served.sign_in)

    with pytest.raises(ClientAuthenticationError, match="AADSTS700016"):
        unknown.get_token(ARM_SCOPE)


def test_an_unknown_tenant(served: Served) -> None:
    """Its discovery is refused as an authority that nobody has."""
    lost = ClientSecretCredential("5f1c1d0e-0000-4000-8000-0000000000fe", "x", "x", **served.sign_in)

    with pytest.raises(ClientAuthenticationError, match="Unable to get authority configuration"):
        lost.get_token(ARM_SCOPE)


def test_the_environment(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that tools are configured by lead to the simulator."""
    first = CASE.principals[0]
    for name, value in (("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", first.client_id),
                        ("AZURE_CLIENT_SECRET", first.secret), ("AZURE_AUTHORITY_HOST", served.base),
                        ("REQUESTS_CA_BUNDLE", str(served.ca))):  # fmt: skip
        monkeypatch.setenv(name, value)

    token = EnvironmentCredential(disable_instance_discovery=True).get_token(ARM_SCOPE).token

    assert claims_of(token)["oid"] == first.object_id


def test_a_machines_certificate(machine: Machine) -> None:
    """A connected machine signs in with the certificate of the identity service, and its token names it."""
    claims = claims_of(machine.credential().get_token(ARM_SCOPE).token)

    assert claims["oid"] == machine.identity["principalId"]
    assert claims["xms_mirid"] == machine.id
    assert claims_of(machine.token)["aud"] == AGENT_SERVICE_APP_ID


def test_a_device_code(served: Served) -> None:
    """While nobody signs in the device waits; then it has a token, and a second one without asking again."""
    asked: dict[str, str] = {}

    def prompt(uri: str, code: str, _: Any) -> None:
        asked.update(uri=uri, code=code)
        body = {"user_code": code, "upn": "person@arclab.example"}
        threading.Timer(1.5, served.control, ("POST", "device-code"), {"json": body}).start()

    device = DeviceCodeCredential(tenant_id=TENANT, prompt_callback=prompt, **served.sign_in)
    before = served.journal()[-1].seq
    claims = claims_of(device.get_token(ARM_SCOPE).token)
    again = claims_of(device.get_token("https://management.core.windows.net//.default").token)
    polls = [event.status for event in served.journal(before) if event.operation == "entra.token"]

    assert asked["uri"].endswith("/devicelogin")
    assert (claims["upn"], claims["oid"]) == ("person@arclab.example", CASE.principals[3].object_id)
    assert again["oid"] == claims["oid"]
    assert (polls[0], polls[-2:]) == (400, [200, 200])


def test_a_browser(served: Served) -> None:
    """A person signs in there; the SDK takes the code that comes back, and a second token without asking again."""
    person = CASE.principals[3]

    class Browser(webbrowser.BaseBrowser):
        def open(self, url: str, *_: Any, **__: Any) -> bool:
            threading.Thread(target=sign_in, args=(url, str(served.ca), person.upn, person.secret)).start()
            return True

    webbrowser.register("a person's", None, Browser(), preferred=True)
    interactive = InteractiveBrowserCredential(tenant_id=TENANT, timeout=60, **served.sign_in)
    before = len(served.journal())
    claims = claims_of(interactive.get_token(ARM_SCOPE).token)
    again = claims_of(interactive.get_token("https://management.core.windows.net//.default").token)
    asked = [event.operation for event in served.journal()[before:] if event.operation == "entra.authorize"]

    assert (claims["oid"], again["oid"], claims["upn"]) == (person.object_id, person.object_id, person.upn)
    assert len(asked) == 2  # the page and its form
