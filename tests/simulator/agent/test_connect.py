"""What `azcmagent connect` reads from its command line."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Import = Callable[[str], ModuleType]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("Team=a", {"Team": "a"}),
        ("Team=a,City=Berlin", {"Team": "a", "City": "Berlin"}),
        ("Name=Value,Name2='with space'", {"Name": "Value", "Name2": "with space"}),
        ("a='x,y',b=z", {"a": "x,y", "b": "z"}),
        (r"a=x\,y,b=z", {"a": "x,y", "b": "z"}),
        (r"a='it\'s'", {"a": "it's"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
        (" a = b , c = d ", {"a": "b", "c": "d"}),
        ("a=1,a=2", {"a": "2"}),
    ],
)
def test_tags(agent_module: Import, text: str, expected: dict[str, str]) -> None:
    """Tags are parted by commas; quotes and backslashes keep what stands in them."""
    assert agent_module("commands.connect").parse_tags(text) == expected


@pytest.mark.parametrize("text", ["a", "=a", ",", "a=1,,b=2", "a='open"])
def test_tags_that_cannot_be_read(agent_module: Import, text: str) -> None:
    """A mistake in the tags is AZCM0023, and says where it is."""
    with pytest.raises(agent_module("errors").AgentError) as caught:
        agent_module("commands.connect").parse_tags(text)

    assert (caught.value.code, "at character" in str(caught.value)) == (23, True)


@given(
    tags=st.dictionaries(
        st.from_regex(r"\A[A-Za-z][A-Za-z0-9 ]{0,5}[A-Za-z0-9]\Z"), st.text(min_size=1, max_size=8), max_size=4
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_quoted_tags_come_through(agent_module: Import, tags: dict[str, str]) -> None:
    """Whatever a value is, quoted and escaped it comes through, and each tag keeps its own."""
    text = ",".join(
        "{}='{}'".format(name, value.replace("\\", r"\\").replace("'", r"\'")) for name, value in tags.items()
    )

    assert agent_module("commands.connect").parse_tags(text) == tags


@pytest.mark.parametrize("name", ["box-1", "a" * 54, "a.b", "A_1", "1"])
def test_good_names(agent_module: Import, name: str) -> None:
    """Letters, digits, hyphens, dots and underscores, up to 54."""
    assert agent_module("commands.connect").resource_name(name) == name


@pytest.mark.parametrize("name", ["a" * 55, "box-", "box_", "a b", "é", "a/b"])
def test_bad_names(agent_module: Import, name: str) -> None:
    """A name that Azure would not take is AZCM0102."""
    with pytest.raises(agent_module("errors").AgentError) as caught:
        agent_module("commands.connect").resource_name(name)

    assert caught.value.code == 102


def test_the_host_name_is_the_default(agent_module: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name the machine is called as its host, without the domain."""
    monkeypatch.setattr("socket.gethostname", lambda: "box-7.lab.example")

    assert agent_module("commands.connect").resource_name(None) == "box-7"


@pytest.mark.parametrize(
    ("location", "expected"), [("eastus", "eus.his.arc.azure.com"), ("westeurope", "weu.his.arc.azure.com")]
)
def test_checked_endpoints(agent_module: Import, location: str, expected: str) -> None:
    """The network check looks at the nine hosts of a region."""
    hosts = agent_module("commands.check").endpoints(location)

    assert (expected in hosts, f"{location}-gas.guestconfiguration.azure.com" in hosts, len(hosts)) == (True, True, 9)
