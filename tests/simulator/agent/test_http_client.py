"""Which proxy is in force, and which hosts go past it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

Make = Callable[..., Any]
Import = Callable[[str], ModuleType]


@pytest.mark.parametrize(
    ("setting", "environment", "expected"),
    [
        ("", {}, ""),
        ("http://own:1", {}, "http://own:1"),
        ("", {"HTTPS_PROXY": "http://system:2"}, "http://system:2"),
        ("", {"https_proxy": "http://lower:3"}, "http://lower:3"),
        ("http://own:1", {"HTTPS_PROXY": "http://system:2"}, "http://own:1"),
        ("", {"HTTPS_PROXY": "http://system:2", "https_proxy": "http://lower:3"}, "http://system:2"),
        ("", {"HTTP_PROXY": "http://plain:4"}, ""),
    ],
    ids=[
        "none",
        "own",
        "system",
        "lower case",
        "own before system",
        "upper before lower",
        "HTTP_PROXY is not looked at",
    ],
)
def test_precedence(
    agent_module: Import, make_config: Make, setting: str, environment: dict[str, str], expected: str
) -> None:
    """`proxy.url` wins over the environment."""
    config = make_config(proxy__url=setting)

    assert agent_module("http_client").effective_proxy(config, environment) == (expected, [])


def test_a_release_without_settings_uses_the_environment(agent_module: Import, make_config: Make) -> None:
    """Before 1.13 there is only the environment, whatever a file says."""
    make_config("1.67", proxy__url="http://own:1")
    found = agent_module("http_client").effective_proxy(make_config("1.12"), {"HTTPS_PROXY": "http://system:2"})

    assert found == ("http://system:2", [])


@pytest.mark.parametrize(("kind", "expected"), [("default", ["Arc"]), ("direct", ["Arc"]), ("gateway", [])])
def test_a_gateway_knows_no_bypass(agent_module: Import, make_config: Make, kind: str, expected: list[str]) -> None:
    """With `connection.type` gateway the bypass list has no effect."""
    config = make_config(proxy__url="http://own:1", proxy__bypass="Arc", connection__type=kind)

    assert agent_module("http_client").effective_proxy(config, {}) == ("http://own:1", expected)


@pytest.mark.parametrize(
    ("host", "bypass", "expected"),
    [
        ("login.microsoftonline.com", ["AAD"], True),
        ("login.windows.net", ["AAD"], True),
        ("pas.windows.net", ["AAD"], True),
        ("login.microsoftonline.com", ["Arc"], False),  # release 1.15 had this wrong
        ("management.azure.com", ["ARM"], True),
        ("management.azure.com", ["AMA"], True),
        ("management.azure.com", ["AAD", "Arc"], False),
        ("gbl.his.arc.azure.com", ["Arc"], True),
        ("eastus-gas.guestconfiguration.azure.com", ["Arc"], True),
        ("nothis.arc.azure.com", ["Arc"], False),
        ("his.arc.azure.com.evil.example", ["Arc"], False),
        ("eastus.arcdataservices.com", ["ArcData"], True),
        ("packages.microsoft.com", ["AAD", "ARM", "Arc", "ArcData", "AMA"], False),
        ("management.azure.com", [], False),
        ("management.azure.com", ["All"], False),
    ],
)
def test_bypass(agent_module: Import, host: str, bypass: list[str], expected: bool) -> None:
    """A service's name stands for its documented hosts, and for no others."""
    assert agent_module("http_client").is_bypassed(host, bypass) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b'{"a": 1}', {"a": 1}), (b"", {}), (b"<html>", {}), (b"\xff", {})],
    ids=["JSON", "empty", "HTML", "noise"],
)
def test_an_answer_that_is_no_json_reads_as_nothing(agent_module: Import, body: bytes, expected: object) -> None:
    """A proxy's error page does not crash the agent."""
    assert agent_module("http_client").Response(200, {}, body).json() == expected


@pytest.mark.parametrize("text", ["http://user:pass@proxy:3128/", "see https://a:b@c"])
def test_logs_hide_credentials(agent_module: Import, text: str) -> None:
    """No password of a proxy gets into a log or onto the console."""
    assert "***:***@" in agent_module("log").redacted(text)
