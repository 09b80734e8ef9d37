"""The page where a person types a device's code: it works without script, and no other site can send its form."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import msgspec
import pytest

from simulator.resources.entities import DeviceCode, Principal
from simulator.resources.transition import Transition
from simulator.store import Store

Send = Callable[..., httpx.Response]
PAGE = "https://microsoft.com/devicelogin"
LOGIN = "https://login.microsoftonline.com"
OTHER_TENANT = "0b2f2ac6-7a5c-4b1c-9a4e-3f6d1d7b00a2"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
PERSON = "person@arclab.example"


@pytest.fixture
def begin(send: Send) -> Callable[..., str]:
    """Give a function that starts a sign-in on a device and gives the code that it shows."""

    def start(tenant: str = "common") -> str:
        form = {"client_id": CLI, "scope": "https://management.azure.com/.default"}
        code: str = send("POST", f"{LOGIN}/{tenant}/oauth2/v2.0/devicecode", data=form).json()["user_code"]
        return code

    return start


@pytest.fixture
def browser(send: Send) -> Callable[..., httpx.Response]:
    """Give a browser: it opens the page, fills in the form as the page has it, and sends it with its cookie."""

    def fill(**fields: str) -> httpx.Response:
        page = send("GET", PAGE)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
        cookie = page.headers["set-cookie"].partition(";")[0]
        return send("POST", PAGE, data={**hidden, **fields}, headers={"cookie": cookie})

    return fill


def answer_to(store: Store) -> tuple[str, bool]:
    """Give what the device's code knows: who has signed in, and whether somebody has declined."""
    code = store.all(DeviceCode)[0]
    return code.approved_by, code.declined


def test_the_page(send: Send) -> None:
    """It has fields with labels, names the people, has no script, and cannot be framed or kept."""
    page = send("GET", f"{PAGE}?otc=A1%22%3E")

    assert [f'name="{name}"' in page.text for name in ("user_code", "upn", "password", "canary")] == [True] * 4
    assert f'<option value="{PERSON}">' in page.text
    assert 'value="A1&quot;&gt;"' in page.text
    assert ("<script" in page.text, page.headers["x-frame-options"], page.headers["cache-control"]) == (
        False, "DENY", "no-store",
    )  # fmt: skip
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_cookie(send: Send) -> None:
    """It is for this page alone, out of reach of scripts and of other sites; each page has its own."""
    first, second = (send("GET", PAGE).headers["set-cookie"] for _ in range(2))
    attributes = {part.strip().lower() for part in first.split(";")[1:]}

    assert {"httponly", "path=/devicelogin", "samesite=strict", "secure"} <= attributes
    assert first.partition(";")[0] != second.partition(";")[0]


def test_a_person_signs_in(begin: Callable[..., str], browser: Send, cloud_store: Store) -> None:
    """Code, name and password in any case of the name; the code in small letters, too."""
    code = begin()
    page = browser(user_code=f" {code.lower()} ", upn=PERSON.upper(), password="s", answer="accept")

    assert (page.status_code, "You have signed in" in page.text) == (200, True)
    assert answer_to(cloud_store) == ("oid-person", False)


def test_a_person_declines(begin: Callable[..., str], browser: Send, send: Send, cloud_store: Store) -> None:
    """No password is needed to say no, and the device is told."""
    code = begin()
    page = browser(user_code=code, answer="decline")
    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": CLI,
            "device_code": cloud_store.all(DeviceCode)[0].key}  # fmt: skip
    told = send("POST", f"{LOGIN}/common/oauth2/v2.0/token", data=poll)

    assert ("You have cancelled" in page.text, answer_to(cloud_store)) == (True, ("", True))
    assert (told.status_code, told.json()["error"]) == (400, "authorization_declined")


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"user_code": "WRONG"}, 70018), ({"password": "x"}, 50126), ({"password": ""}, 50126),
        ({"upn": "nobody@arclab.example"}, 50034), ({"upn": ""}, 50034),
    ],
    ids=["code", "password", "no password", "name", "no name"],
)  # fmt: skip
def test_mistakes_come_back_in_the_page(
    begin: Callable[..., str], browser: Send, cloud_store: Store, fields: dict[str, str], number: int
) -> None:
    """The number is shown, what was typed is kept but for the password, and the form can be sent again."""
    given = {"user_code": begin(), "upn": PERSON, "password": "s", "answer": "accept", **fields}
    page = browser(**given)

    assert (page.status_code, f"AADSTS{number}: " in page.text) == (400, True)
    assert f'value="{given["user_code"]}"' in page.text
    assert ('name="canary"' in page.text, 'value="s"' in page.text) == (True, False)
    assert answer_to(cloud_store) == ("", False)


def test_a_disabled_user(begin: Callable[..., str], browser: Send, cloud_store: Store) -> None:
    """The right password does not help."""
    user = cloud_store.get(Principal, "oid-person")
    assert user is not None
    cloud_store.apply(Transition("test", (msgspec.structs.replace(user, disabled=True),)))

    assert "AADSTS50057" in browser(user_code=begin(), upn=PERSON, password="s").text


def test_a_user_of_another_tenant(begin: Callable[..., str], browser: Send) -> None:
    """Where the device has named its tenant only its users sign in."""
    assert "AADSTS50020" in browser(user_code=begin(OTHER_TENANT), upn=PERSON, password="s").text


def test_a_code_is_answered_once(begin: Callable[..., str], browser: Send, cloud_store: Store) -> None:
    """A code that somebody has answered, or that is over, is unknown to the page."""
    code = begin()
    first = browser(user_code=code, upn=PERSON, password="s")
    again = browser(user_code=code, answer="decline")
    late = begin()
    cloud_store.clock.advance(900)

    assert (first.status_code, "AADSTS70018" in again.text) == (200, True)
    assert "AADSTS70018" in browser(user_code=late, upn=PERSON, password="s").text


@pytest.mark.parametrize("cookie", ["", "arclab-canary=x", "arclab-canary="], ids=["no cookie", "another", "empty"])
def test_a_foreign_form_is_refused(begin: Callable[..., str], send: Send, cloud_store: Store, cookie: str) -> None:
    """Without the cookie of its own page a form does nothing, whatever it says."""
    canary = re.findall(r'name="canary" value="([^"]*)"', send("GET", PAGE).text)[0]
    form = {"user_code": begin(), "upn": PERSON, "password": "s", "canary": canary}
    page = send("POST", PAGE, data=form, headers={"cookie": cookie} if cookie else {})

    assert (page.status_code, "This form is too old" in page.text) == (403, True)
    assert answer_to(cloud_store) == ("", False)


def test_the_page_at_an_address(send: Send) -> None:
    """A client that reaches the cloud by an address is sent to the page there, not to Microsoft's."""
    form = {"client_id": CLI, "scope": "https://management.azure.com/.default"}
    code = send("POST", "https://localhost:8443/common/oauth2/v2.0/devicecode", data=form).json()

    assert code["verification_uri"] == "https://localhost:8443/devicelogin"
    assert send("GET", code["verification_uri"]).status_code == 200
