"""Local settings: what each release knows, what each property takes, and how the file looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Make = Callable[..., Any]
# Source: `azcmagent config list` of 1.58, in this order.
LISTED = [
    "incomingconnections.enabled", "incomingconnections.ports", "connection.type", "proxy.url", "proxy.bypass",
    "extensions.allowlist", "extensions.blocklist", "guestconfiguration.enabled", "extensions.enabled", "config.mode",
    "guestconfiguration.agent.cpulimit", "extensions.agent.cpulimit",
]  # fmt: skip


def refused(config: Any, name: str, text: str, how: str = "replace") -> int:
    """Give the code of a refusal; 0 when the value is taken."""
    try:
        config.set(name, text, how)
    except Exception as error:  # noqa: BLE001 - the class is the agent's own, which is imported at run time
        return int(getattr(error, "code", -1))
    return 0


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("1.12", []),
        ("1.13", ["incomingconnections.enabled", "incomingconnections.ports", "proxy.url"]),
        ("1.15", ["incomingconnections.enabled", "incomingconnections.ports", "proxy.url", "proxy.bypass"]),
        ("1.36", [name for name in LISTED if "cpulimit" not in name and name != "connection.type"]),
        ("1.67", LISTED),
    ],
)
def test_a_release_knows_its_properties(make_config: Make, release: str, expected: list[str]) -> None:
    """Each property begins with its release, and they are listed in the real order."""
    assert make_config(release).names() == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("incomingconnections.enabled", True), ("incomingconnections.ports", []), ("connection.type", "default"),
        ("proxy.url", ""), ("proxy.bypass", []), ("extensions.allowlist", []), ("extensions.blocklist", []),
        ("guestconfiguration.enabled", True), ("extensions.enabled", True), ("config.mode", "full"),
        ("guestconfiguration.agent.cpulimit", 5), ("extensions.agent.cpulimit", 5),
    ],
)  # fmt: skip
def test_defaults(make_config: Make, name: str, expected: object) -> None:
    """Each property has its documented default."""
    assert make_config().get(name) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("proxy.url", "http://proxy:3128", "http://proxy:3128"),
        ("proxy.url", "http://proxy/", "http://proxy"),
        ("proxy.url", "http://user:pass@10.0.0.1:80", "http://user:pass@10.0.0.1:80"),
        ("proxy.url", "", ""),
        ("proxy.bypass", "AAD, ARM,Arc", ["AAD", "ARM", "Arc"]),
        ("proxy.bypass", "Arc,Arc", ["Arc"]),
        (
            "extensions.allowlist",
            "Microsoft.Azure.Extensions/CustomScript",
            ["Microsoft.Azure.Extensions/CustomScript"],
        ),
        ("extensions.allowlist", "Allow/None", ["Allow/None"]),
        ("incomingconnections.ports", "22,6516", ["22", "6516"]),
        ("incomingconnections.enabled", "FALSE", False),
        ("config.mode", "monitor", "monitor"),
        ("connection.type", "gateway", "gateway"),
        ("extensions.agent.cpulimit", "100", 100),
    ],
)
def test_good_values(make_config: Make, name: str, text: str, expected: object) -> None:
    """A value is taken, and read back from the file as its own type."""
    config = make_config()

    assert (config.set(name, text), config.get(name)) == (expected, expected)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("proxy.url", "https://proxy:3128"), ("proxy.url", "proxy:3128"), ("proxy.url", "http://a b"),
        ("proxy.url", "http://proxy:3128/path"), ("proxy.bypass", "All"), ("proxy.bypass", "arc"),
        ("extensions.allowlist", "CustomScript"), ("extensions.blocklist", "a/b/c"),
        ("incomingconnections.ports", "0"), ("incomingconnections.ports", "65536"), ("incomingconnections.ports", "s"),
        ("incomingconnections.enabled", "yes"), ("config.mode", "Full"), ("connection.type", "proxy"),
        ("extensions.agent.cpulimit", "0"), ("extensions.agent.cpulimit", "101"), ("extensions.agent.cpulimit", "5%"),
        ("no.such.property", "x"),
    ],
)  # fmt: skip
def test_bad_values(make_config: Make, name: str, text: str, tmp_path: Path) -> None:
    """A value that cannot be is AZCM0023, and no file is written."""
    assert refused(make_config(), name, text) == 23
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("release", "value", "expected"),
    [("1.15", "Arc", 0), ("1.15", "ArcData", 23), ("1.36", "ArcData", 0), ("1.36", "AMA", 23), ("1.50", "AMA", 0)],
)
def test_bypass_values_by_release(make_config: Make, release: str, value: str, expected: int) -> None:
    """ArcData came with 1.36, AMA with 1.45."""
    assert refused(make_config(release), "proxy.bypass", value) == expected


def test_lists_can_be_changed_item_by_item(make_config: Make) -> None:
    """Adding keeps what is there and doubles nothing; removing what is not there is fine."""
    config = make_config()
    config.set("proxy.bypass", "AAD")
    added = config.set("proxy.bypass", "ARM,AAD", "add")
    removed = config.set("proxy.bypass", "AAD,Arc", "remove")

    assert (added, removed) == (["AAD", "ARM"], ["ARM"])


def test_only_lists_can_be_added_to(make_config: Make) -> None:
    """Adding to a text is AZCM0023."""
    assert refused(make_config(), "proxy.url", "http://proxy", "add") == 23


def test_the_file_is_flat_and_readable(make_config: Make, tmp_path: Path) -> None:
    """Other software reads the member `proxy.url` of the file; everybody may read it."""
    make_config().set("proxy.url", "http://proxy:3128")
    path = tmp_path / "var/opt/azcmagent/localconfig.json"

    assert json.loads(path.read_text()) == {"proxy.url": "http://proxy:3128"}
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_file_is_written_on_change_only(make_config: Make, tmp_path: Path) -> None:
    """Setting what is set already leaves the file alone, and so does clearing what is clear."""
    config = make_config()
    config.set("config.mode", "monitor")
    path = tmp_path / "var/opt/azcmagent/localconfig.json"
    before = path.stat()
    config.set("config.mode", "monitor")
    config.clear("proxy.url")

    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_clear_gives_the_default_back(make_config: Make) -> None:
    """A cleared property has its default again; others stay."""
    config = make_config(config__mode="monitor", proxy__url="http://proxy")
    config.clear("config.mode")

    assert (config.get("config.mode"), config.get("proxy.url")) == ("full", "http://proxy")


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_damaged_file_means_defaults(make_config: Make, tmp_path: Path, content: str) -> None:
    """A file that cannot be read does not stop the agent."""
    config = make_config()
    path = tmp_path / "var/opt/azcmagent/localconfig.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)

    assert config.get("config.mode") == "full"


def test_an_older_release_goes_by_the_default(make_config: Make) -> None:
    """After a downgrade a setting that the release does not know has no effect."""
    make_config("1.67").set("config.mode", "monitor")
    older = make_config("1.13")

    assert older.effective("config.mode") == "full"
    assert refused(older, "config.mode", "full") == 23


@pytest.mark.parametrize(
    ("release", "expected"),
    [("1.50", [True, True, False]), ("1.57", [True, True, False]), ("1.67", [True, False, False])],
)
def test_previews_by_release(make_config: Make, release: str, expected: list[bool]) -> None:
    """`connection.type` was a preview until 1.58; incoming connections are one still."""
    config = make_config(release)
    names = ("incomingconnections.enabled", "connection.type", "proxy.url")

    assert [config.is_preview(name) for name in names] == expected


def test_an_unwritable_folder_is_azcm0069(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, agent_module: Callable[[str], ModuleType]
) -> None:
    """A full disk or a missing right has its own code."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(agent_module("localconfig"), "write_json", full)

    assert refused(make_config(), "config.mode", "monitor") == 69


def test_monitor_mode_has_lists_of_its_own(make_config: Make) -> None:
    """They are Microsoft's and cannot be changed; in full mode the administrator's are back."""
    config = make_config(extensions__allowlist="A/B", extensions__blocklist="C/D")
    config.set("config.mode", "monitor")
    monitored = [config.effective("extensions.allowlist"), config.effective("extensions.blocklist")]
    refusals = [refused(config, name, "E/F") for name in ("extensions.allowlist", "extensions.blocklist")]
    config.set("config.mode", "full")

    assert "Microsoft.Azure.AzureDefenderForServers/MDE.Linux" in monitored[0]
    assert monitored[1] == []
    assert refusals == [23, 23]
    assert [config.get("extensions.allowlist"), config.get("extensions.blocklist")] == [["A/B"], ["C/D"]]
