"""The cloud's page: what is there is on it, what clients wrote stays text, and it needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest

from simulator.demo import fleet
from simulator.resources.entities import Machine
from simulator.resources.transition import Transition
from simulator.seed import demo_case
from simulator.store import Store

Send = Callable[..., httpx.Response]
PAGES = ("", "/pages/journal", "/pages/faults", "/docs")
HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"
VOID = {"meta", "link", "input", "br"}
LABEL = re.compile(r'<label>[^<]*<(?:input|select)[^>]*name="([^"]+)"')


class Page(HTMLParser):
    """Collects what a page has: elements with attributes, texts, mistakes of nesting."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(convert_charrefs=True)
        self.answer = answer
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.mistakes: list[str] = []
        self.feed(answer.raise_for_status().text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note its end, where it should be."""
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        """Note its text."""
        self.text += data if self.open[-1:] != ["style"] else ""

    def all(self, tag: str) -> list[dict[str, str]]:
        """Give the attributes of each element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]


Show = Callable[[str], Page]


@pytest.fixture
def show(control: Send, cloud_store: Store) -> Show:
    """Give a reader of pages of a cloud with the demo's fleet."""
    cloud_store.apply(Transition("t", fleet(demo_case(), cloud_store.clock.now())))
    return lambda path: Page(control("GET", path))


@pytest.mark.parametrize("path", PAGES)
def test_it_is_whole_and_alone(show: Show, path: str) -> None:
    """Elements are nested well; there is no script; nothing is loaded, and the policy forbids it."""
    page = show(path)
    links = [a[name] for _, a in page.elements for name in ("href", "src", "action") if name in a]

    assert (page.mistakes, page.open, page.all("script"), page.all("img")) == ([], [], [], [])
    assert [link for link in links if not link.startswith(("/_sim", "#", "data:,"))] == []
    assert page.answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "frame-ancestors 'none'" in page.answer.headers["content-security-policy"]
    assert [name for _, a in page.elements for name in a if name.startswith("on")] == []


@pytest.mark.parametrize("path", PAGES)
def test_it_can_be_used_by_everybody(show: Show, path: str) -> None:
    """It has a language, one main heading and part; every field and column has a name, every anchor its target."""
    page = show(path)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    fields = [a for tag in ("input", "select") for a in page.all(tag) if a.get("type") != "hidden"]
    labelled = LABEL.findall(page.answer.text)

    assert (page.all("html"), len(page.all("h1")), len(page.all("main"))) == ([{"lang": "en"}], 1, 1)
    assert [field for field in fields if "aria-label" not in field and field["name"] not in labelled] == []
    assert [th for th in page.all("th") if th.get("scope") not in ("col", "row")] == []
    assert len(ids) == len(set(ids))
    assert [a["href"] for a in page.all("a") if a["href"][0] == "#" and a["href"][1:] not in ids] == []
    assert len([a for a in page.all("a") if a.get("aria-current") == "page"]) == 1


def test_the_overview_has_the_fleet(show: Show) -> None:
    """Status, system, agent, extensions, alerts and operations are there."""
    text = show("").text
    words = (
        "web-01", "Ubuntu 24.04.2 LTS", "1.67.03504.1320", "45 s ago", "60 d ago", "never", "Connected", "Expired",
        "AwaitingConnection", "AzureMonitorLinuxAgent", "Failed", "exit status 1", "Fired", "Resolved",
        "extensions.install", "InProgress", "person@arclab.example",
    )  # fmt: skip

    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?name=WEB", ["web-01", "web-02"]), ("?status=Expired", ["old-01"]), ("?name=web&status=Expired", []),
        ("?start=6", ["web-01", "web-02"]), ("?start=99", []),
    ],
)  # fmt: skip
def test_machines_are_filtered(show: Show, query: str, names: list[str]) -> None:
    """By part of the name, status, and from a row on."""
    table = show(query).answer.text.partition('id="machines"')[2].partition("</table>")[0]

    assert re.findall(r'<th scope="row">([^<]+)</th>', table) == names


def test_many_machines_come_in_pages(show: Show, cloud_store: Store) -> None:
    """There is a link to the next hundred, as long as there are more."""
    show("")
    one = cloud_store.all(Machine)[0]
    many = tuple(msgspec.structs.replace(one, key=f"{one.key}{n:03}", name=f"more-{n:03}") for n in range(150))
    cloud_store.apply(Transition("t", many))
    following = [a["href"] for a in show("?name=more").all("a") if a.get("rel") == "next"]

    assert following == ["/_sim?name=more&status=&start=100"]
    assert [a for a in show(following[0].removeprefix("/_sim")).all("a") if a.get("rel") == "next"] == []


def test_hostile_texts_are_texts(show: Show, cloud_store: Store, send: Send, control: Send) -> None:
    """What agents, clients and people wrote never becomes an element or a template."""
    machine = cloud_store.all(Machine)[0]
    facts = {"osSku": HOSTILE, "agentVersion": HOSTILE}
    cloud_store.apply(Transition("t", (msgspec.structs.replace(machine, facts=facts, name=HOSTILE),)))
    send("GET", "https://management.azure.com/<script>", headers={"user-agent": HOSTILE})
    control("POST", "/faults", json={"effect": "answer", "operation": HOSTILE, "body": HOSTILE})
    pages = [show(""), show("/pages/journal"), show(f"/pages/journal?operation={HOSTILE}"), show("/pages/faults")]

    assert [(page.all("script"), page.mistakes) for page in pages] == [([], [])] * 4
    assert HOSTILE in pages[0].text
    assert HOSTILE in pages[3].text


def test_the_journal_is_newest_first_and_goes_on(show: Show, control: Send) -> None:
    """Older events are behind a link that keeps the filter."""
    for _ in range(3):
        control("POST", "/clock", json={"advance_s": 1})
    first = show("/pages/journal?kind=clock&limit=2")
    (older,) = [a["href"] for a in first.all("a") if a.get("rel") == "next"]
    second = show(older.removeprefix("/_sim"))
    newer, rest = (list(map(int, re.findall(r'<th scope="row">(\d+)</th>', p.answer.text))) for p in (first, second))

    assert (len(newer), len(rest)) == (2, 1)
    assert newer[0] > newer[1] > rest[0]
    assert "<option selected>clock</option>" in second.answer.text


def test_faults_are_listed_with_counts(show: Show, control: Send, send: Send) -> None:
    """Rule, matches and strikes can be read, and each can be cleared."""
    armed = control("POST", "/faults", json={"effect": "http_error", "host": "management.*", "every": 2}).json()
    for _ in range(3):
        send("GET", "https://management.azure.com/tenants")
    page = show("/pages/faults")

    assert "host management.*, every 2" in page.text
    assert re.search(r"<td>3</td>\s*<td>1</td>", page.answer.text)
    assert {"name": "id", "type": "hidden", "value": armed["id"]} in page.all("input")


@pytest.mark.parametrize("path", ["?status=Lost", "?start=-1", "/pages/journal?kind=ufo", "/pages/journal?limit=501"])
def test_what_cannot_be_asked(control: Send, path: str) -> None:
    """A page refuses as the rest of the interface does."""
    assert control("GET", path).status_code == 400


def test_what_was_done_is_said(show: Show, control: Send) -> None:
    """The page after a form says what has happened; nobody can make it say anything else."""
    assert "The lab clock has moved on." in show("?done=clock").text
    assert control("GET", "?done=anything").status_code == 400


def test_the_docs_have_every_address_and_remedy(show: Show, control: Send) -> None:
    """The page is the description."""
    description: dict[str, Any] = control("GET", "/openapi.json").json()
    text = " ".join(show("/docs").text.split())
    lines = [
        f"{method.upper()} {path} {operation['summary']}."
        for path, item in description["paths"].items() for method, operation in item.items()
    ]  # fmt: skip

    assert [line for line in lines if line not in text] == []
    assert "The clock would go back. Give 0 or more seconds" in text
    assert set(description["components"]["schemas"]) <= set(text.split())
