"""Pages of other sites may ask Resource Manager and Entra, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from simulator.store import Store

Send = Callable[..., httpx.Response]
PAGE = {"Origin": "https://portal.example"}
ARM = "https://management.azure.com/subscriptions?api-version=2022-12-01"
TOKEN = "https://login.microsoftonline.com/common/oauth2/v2.0/token"


@pytest.mark.parametrize("url", [ARM, TOKEN], ids=["resource manager", "entra"])
def test_a_browser_asks_beforehand(send: Send, cloud_store: Store, url: str) -> None:
    """Any page may send what it says; no token is needed to ask, and the journal knows the question."""
    wanted = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}
    told = send("OPTIONS", url, headers=PAGE | wanted)

    assert (told.status_code, told.headers["access-control-allow-origin"]) == (200, "*")
    assert told.headers["access-control-allow-methods"] == "PUT"
    assert told.headers["access-control-allow-headers"] == "authorization,content-type"
    assert cloud_store.events[-1].operation == "cors.preflight"


@pytest.mark.parametrize("url", [ARM, TOKEN], ids=["resource manager", "entra"])
def test_a_page_reads_answers(send: Send, url: str) -> None:
    """Refusals too, with all of their headers; others than pages are told nothing of it."""
    method = "POST" if url == TOKEN else "GET"
    told, plain = send(method, url, headers=PAGE), send(method, url)

    assert (told.headers["access-control-allow-origin"], told.headers["access-control-expose-headers"]) == ("*", "*")
    assert "access-control-allow-origin" not in plain.headers


@pytest.mark.parametrize(
    "url",
    ["https://microsoft.com/devicelogin", "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
     "https://gbl.his.arc.azure.com/discovery"],
    ids=["device page", "sign-in page", "agents"],
)  # fmt: skip
def test_what_pages_may_not_read(send: Send, url: str) -> None:
    """Pages where people type passwords, and what agents talk to."""
    assert "access-control-allow-origin" not in send("GET", url, headers=PAGE).headers


def test_options_that_are_no_question(send: Send) -> None:
    """Without a method to ask for it is a request like others."""
    assert send("OPTIONS", ARM, headers=PAGE).status_code != 200


def test_a_fault_strikes_what_a_browser_asks_beforehand(send: Send, control: Send) -> None:
    """By its name or by any; a page may read that refusal as any other."""
    asked = PAGE | {"Access-Control-Request-Method": "PUT"}
    wrong = {"effect": "http_error", "operation": "cors.*", "status": 503}
    control("POST", "faults", json=wrong).raise_for_status()
    told = send("OPTIONS", ARM, headers=asked)

    assert (told.status_code, told.headers["access-control-allow-origin"]) == (503, "*")
    assert send("GET", ARM, headers=PAGE).status_code == 401
