"""What a proxy is told to be, and how a machine is told of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.model.scenario import ProxyKind
from harness.proxy import Proxy, squid_configuration, start_script


def _proxy(kind: ProxyKind, folder: Path = Path("/nowhere")) -> Proxy:
    nothing = cast("Any", SimpleNamespace())
    return Proxy(kind, nothing, nothing, "10.0.0.4", "10.0.1.4", folder)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("open", "http://proxy.arclab.example:3128"),
        ("authenticated", "http://proxyuser:proxy-canary@proxy.arclab.example:3128"),
    ],
)
def test_gives_its_address(kind: ProxyKind, url: str) -> None:
    """With user and password where it asks for them; names lead to the closed network."""
    assert _proxy(kind).url == url
    assert _proxy(kind).hosts == {"proxy.arclab.example": "10.0.1.4", "proxy": "10.0.1.4"}


@pytest.mark.parametrize(
    ("kind", "has", "lacks"),
    [
        ("open", ["http_port 3128\n", "http_port 80\n", "http_access allow all"], ["auth_param", "ssl-bump"]),
        ("authenticated", ["proxy_auth REQUIRED", "http_access deny all"], ["http_access allow all", "ssl-bump"]),
        ("inspecting", ["ssl_bump bump all", "cafile=/srv/lab-ca.pem", "http_port 3128 ssl-bump"], ["auth_param"]),
    ],
)
def test_is_configured_by_its_kind(kind: ProxyKind, has: list[str], lacks: list[str]) -> None:
    """All kinds listen on both ports and ask the cloud for names."""
    text = squid_configuration(kind, "10.0.0.2")

    assert "dns_nameservers 10.0.0.2\n" in text
    assert all(words in text for words in has)
    assert not any(words in text for words in lacks)


def test_only_what_a_kind_needs_is_made() -> None:
    """Passwords for one, a CA for the other, nothing for an open one."""
    assert "passwords" not in start_script("open")
    assert "openssl passwd" in start_script("authenticated")
    assert "openssl req" in start_script("inspecting")
    assert start_script("open").splitlines()[-1].startswith("exec squid ")


def test_only_an_inspecting_proxy_has_a_ca(tmp_path: Path) -> None:
    """It is there once the proxy has started."""
    with pytest.raises(LabError, match="'open' has no CA"):
        _proxy("open", tmp_path).certificate()
    (tmp_path / "ca.pem").write_text("CA")

    assert _proxy("inspecting", tmp_path).certificate() == "CA"
