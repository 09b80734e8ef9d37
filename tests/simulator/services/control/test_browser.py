"""The cloud's page in a real browser, over TLS: read, filtered, and its forms sent, with script and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.process

_LIMIT_S = 120  # for what comes in a moment, on a host that is busy
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser(need_program: Callable[..., str]) -> Iterator[Browser]:
    """Give the host's own Chromium, or skip; in CI it has to be there."""
    found = need_program(*_NAMES)
    expect.set_options(timeout=_LIMIT_S * 1000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"], timeout=_LIMIT_S * 1000)
        yield started
        started.close()


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(request: pytest.FixtureRequest, browser: Browser, demo_url: str) -> Iterator[Page]:
    """Give a window on the first page; what it complains of, or fetches from elsewhere, has to be nothing."""
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=request.param, base_url=demo_url)
    context.set_default_timeout(_LIMIT_S * 1000)
    window = context.new_page()
    trouble: list[str] = []
    window.on("pageerror", lambda error: trouble.append(str(error)))
    window.on(
        "request", lambda sent: trouble.append(sent.url) if not sent.url.startswith((demo_url, "data:")) else None
    )
    window.goto("/_sim")
    yield window
    context.close()
    assert trouble == []


def test_the_fleet_is_there(page: Page) -> None:
    """A person sees the machines with their status, and filters them."""
    machines = page.get_by_role("table").first
    expect(machines.get_by_role("rowheader")).to_have_count(8)
    expect(machines.get_by_role("row", name=re.compile("old-01"))).to_contain_text("Expired")
    page.get_by_label("Name has").fill("db")
    page.get_by_role("button", name="Filter").click()

    expect(page.get_by_role("table").first.get_by_role("rowheader")).to_have_text(["db-01", "db-02"])


def test_the_clock_is_advanced(page: Page) -> None:
    """An hour goes by at a click; the page says so, and the journal has it."""
    page.get_by_label("advance by").fill("61")
    page.get_by_role("button", name="Advance").click()
    expect(page.get_by_role("status")).to_have_text("The lab clock has moved on.")
    page.get_by_role("link", name="Journal").click()
    page.get_by_label("Kind").select_option("clock")
    page.get_by_role("button", name="Filter").click()

    expect(page.get_by_role("row").nth(1)).to_contain_text("clock.advance")


def test_a_fault_is_armed_and_cleared(page: Page) -> None:
    """A mistake is explained beside what was typed; then the fault is there, and gone."""
    page.get_by_role("link", name="Faults").click()
    page.get_by_label("Effect").select_option("http_error")
    page.get_by_label("Operation").fill("his.*")
    page.get_by_label("Status").fill("99")
    page.get_by_role("button", name="Arm").click()
    expect(page.get_by_role("alert")).to_contain_text("'status' is 99")
    expect(page.get_by_label("Operation")).to_have_value("his.*")
    page.get_by_label("Status").fill("429")
    page.get_by_role("button", name="Arm").click()
    expect(page.get_by_role("table")).to_contain_text("operation his.*, status 429")
    page.get_by_role("button", name=re.compile("^Clear fault")).click()

    expect(page.get_by_role("table")).to_contain_text("Everything goes right.")


def test_a_device_is_signed_in(page: Page, demo_url: str) -> None:
    """The only code that waits is filled in already."""
    url = f"{demo_url}/common/oauth2/v2.0/devicecode"
    form = {"client_id": "04b07795-8ddb-461a-bbee-02f9e1bf7b46", "scope": "openid"}
    httpx.post(url, data=form, verify=False, trust_env=False, timeout=_LIMIT_S).raise_for_status()
    page.reload()
    expect(page.get_by_label("Code")).not_to_have_value("")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("status")).to_have_text("The device is signed in.")


@pytest.mark.parametrize("path", ["", "/pages/journal", "/pages/faults", "/docs"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read(browser: Browser, demo_url: str, scheme: Literal["light", "dark"], path: str) -> None:
    """In light and dark each text stands out from its ground, and a narrow window needs no scrolling to the side."""
    context = browser.new_context(
        ignore_https_errors=True, color_scheme=scheme, base_url=demo_url, bypass_csp=True,
        viewport={"width": 390, "height": 800},
    )  # fmt: skip
    context.set_default_timeout(_LIMIT_S * 1000)
    window = context.new_page()
    window.goto(f"/_sim{path}")
    contrast, is_wide, ground = window.evaluate(_LOOK)
    context.close()

    assert contrast >= 4.5
    assert not is_wide
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


#: Gives the lowest contrast of any text with its ground (WCAG), whether the page is wider than its window, its ground.
_LOOK = """() => {
  const light = colour => { const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
    const share = part / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = element => { for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor; if (!/, 0\\)$/.test(colour)) return colour; }
    return 'rgb(255, 255, 255)'; };
  let lowest = 21;
  for (const element of document.querySelectorAll('body, body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
    lowest = Math.min(lowest, (a + 0.05) / (b + 0.05));
  }
  return [lowest, document.documentElement.scrollWidth > window.innerWidth, ground(document.body)];
}"""
