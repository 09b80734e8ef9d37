"""A page of another site in a real browser: what it may ask and read, and what its browser keeps from it.

The page signs in at Entra and works with Resource Manager by `fetch`, as portals do. What is not checked: cookies,
which neither of them takes from pages.
"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.process

_LIMIT_S = 120  # for what comes in a moment, on a host that is busy
_FETCH = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return { status: answer.status, body: await answer.text(), headers: Object.fromEntries(answer.headers) };
  } catch (error) {
    return { status: 0, body: String(error), headers: {} };
  }
}"""
Fetch = Callable[..., dict[str, Any]]


class _Portal(http.server.BaseHTTPRequestHandler):
    """The other site: the same page at each address."""

    def do_GET(self) -> None:
        """Send the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<p>A portal</p>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Give the address of another site, which is one of its own by its port.

    A page that the test's driver itself makes up will not do: then its browser asks nothing beforehand.
    """
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Portal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(need_program: Callable[..., str], elsewhere: str) -> Iterator[Page]:
    """Give a page of another site, in the host's own Chromium, or skip; in CI it has to be there."""
    found = need_program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"], timeout=_LIMIT_S * 1000)
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(_LIMIT_S * 1000)
        window = context.new_page()
        window.goto(elsewhere)
        yield window
        browser.close()


@pytest.fixture
def fetch(page: Page, demo_url: str) -> Fetch:
    """Give what fetches an address of the cloud from that page: status (0 where the browser refuses), body, headers."""

    def ask(path: str, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = page.evaluate(_FETCH, [demo_url + path, options])
        return found

    return ask


def control(demo_url: str, method: str, path: str, **options: Any) -> Any:
    """Ask `/_sim`, past any browser."""
    url = f"{demo_url}/_sim/{path}"
    answer = httpx.request(method, url, verify=False, trust_env=False, timeout=_LIMIT_S, **options)
    return answer.raise_for_status().json() if answer.content else None


@pytest.fixture
def bearer(fetch: Fetch, demo_url: str) -> dict[str, str]:
    """Give the header with the token that the page has got from Entra itself."""
    owner = next(
        each for each in control(demo_url, "GET", "principals") if "Owner" in each["roles"] and each["client_id"]
    )
    form = f"grant_type=client_credentials&client_id={owner['client_id']}&client_secret={owner['secret']}"
    answer = fetch(
        f"/{owner['tenant_id']}/oauth2/v2.0/token", method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=f"{form}&scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
    )  # fmt: skip
    return {"Authorization": f"Bearer {json.loads(answer['body'])['access_token']}"}


@pytest.fixture
def group(fetch: Fetch, bearer: dict[str, str]) -> str:
    """Give the path of a group."""
    found = json.loads(fetch("/subscriptions?api-version=2022-12-01", headers=bearer)["body"])
    path = f"{found['value'][0]['id']}/resourceGroups/by-page?api-version=2021-04-01"
    body = '{"location": "eastus"}'
    made = fetch(path, method="PUT", headers={**bearer, "Content-Type": "application/json"}, body=body)
    assert made["status"] in (200, 201)
    return path


def test_a_page_works_with_resource_manager(fetch: Fetch, bearer: dict[str, str], group: str) -> None:
    """It signs in, changes and reads; each header of an answer is its to read."""
    json_headers = {**bearer, "Content-Type": "application/json", "x-ms-client-request-id": "r-1"}
    changed = fetch(group, method="PATCH", headers=json_headers, body='{"tags": {"by": "page"}}')
    read = fetch(group, headers=bearer)

    assert (changed["status"], read["status"]) == (200, 200)
    assert '"tags":{"by":"page"}' in read["body"]
    assert {"x-ms-request-id", "x-ms-ratelimit-remaining-subscription-global-reads"} < read["headers"].keys()


def test_a_page_reads_why_it_was_refused(fetch: Fetch, group: str) -> None:
    """Without a token it is told so, in ARM's words."""
    refused = fetch(group)

    assert (refused["status"], "AuthenticationFailed" in refused["body"]) == (401, True)


@pytest.mark.parametrize(
    "path",
    ["/discovery?location=eastus&api-version=2.1", "/devicelogin", "/common/oauth2/v2.0/authorize?client_id=x"],
    ids=["agents", "device page", "sign-in page"],
)
def test_what_its_browser_keeps_from_it(fetch: Fetch, path: str) -> None:
    """What agents are told, and pages on which people type passwords."""
    assert fetch(path) == {"status": 0, "body": "TypeError: Failed to fetch", "headers": {}}


def test_a_question_that_goes_wrong(fetch: Fetch, bearer: dict[str, str], group: str, demo_url: str) -> None:
    """Where a fault strikes what the browser asks beforehand, the page's request is never made."""
    fault = {"effect": "http_error", "operation": "cors.preflight", "status": 503}
    control(demo_url, "POST", "faults", json=fault)
    found = fetch(group, method="DELETE", headers=bearer)
    control(demo_url, "DELETE", "faults")
    asked = control(demo_url, "GET", "journal?kind=request&newest=true&limit=1")["events"][0]

    assert found["status"] == 0
    assert (asked["operation"], asked["method"], asked["status"]) == ("cors.preflight", "OPTIONS", 503)
