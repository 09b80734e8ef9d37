"""Types of resources and their versions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.resources.providers import (
    PROVIDERS,
    ResourceType,
    canonical_namespace,
    find_type,
    newest_version,
    provider_id,
    type_of,
)

GROUP = "/subscriptions/s/resourceGroups/g"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/m"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/subscriptions", None),
        ("GET", GROUP, None),
        ("GET", "/subscriptions/s/providers", None),
        ("GET", "/subscriptions/s/providers/", None),
        ("GET", "/subscriptions/s/providers/A.B", None),
        ("POST", "/subscriptions/s/providers/A.B/register", None),
        ("POST", "/subscriptions/s/providers/A.B/unregister", None),
        ("GET", MACHINE, ("Microsoft.HybridCompute", "machines")),
        ("GET", f"{MACHINE}/extensions", ("Microsoft.HybridCompute", "machines/extensions")),
        ("GET", f"{MACHINE}/extensions/providers", ("Microsoft.HybridCompute", "machines/extensions")),
        ("POST", f"{MACHINE}/assessPatches", ("Microsoft.HybridCompute", "machines/assessPatches")),
        ("POST", f"{MACHINE}/upgradeExtensions", ("Microsoft.HybridCompute", "machines")),
        ("GET", f"{MACHINE}/upgradeExtensions", ("Microsoft.HybridCompute", "machines/upgradeExtensions")),
        ("GET", f"{MACHINE}/PROVIDERS/A.B/c/current", ("A.B", "c")),
        ("POST", "/providers/Microsoft.ResourceGraph/resources", ("Microsoft.ResourceGraph", "resources")),
    ],
)
def test_type_of(method: str, path: str, expected: tuple[str, str] | None) -> None:
    """The last provider of a path has the type; registration and what comes before providers have none."""
    assert type_of(path, method) == expected


@given(
    st.text(alphabet="/aP?é", max_size=30), st.sampled_from(["/providers/", "/PROVIDERS/a/", ""]), st.text(max_size=20)
)
def test_type_of_takes_any_path(before: str, middle: str, after: str) -> None:
    """Whatever a client writes has a type or none."""
    found = type_of(f"/{before}{middle}{after}", "POST")

    assert found is None or len(found) == 2


@pytest.mark.parametrize("namespace", PROVIDERS)
def test_no_type_twice(namespace: str) -> None:
    """A provider has each type once, each with versions, the newest first, none twice."""
    kinds = PROVIDERS[namespace].types
    names = [kind.name.lower() for kind in kinds]

    assert len({*names}) == len(names)
    for kind in kinds:
        dates = [version[:10] for version in kind.versions]
        assert dates[0] == max(dates)
        assert len({*kind.versions}) == len(kind.versions)
        assert find_type(namespace.upper(), kind.name.upper()) == kind


def test_newest_version() -> None:
    """The newest stable version; the newest preview where there is no other."""
    assert newest_version(ResourceType("a", ("2026-01-01-preview", "2025-01-01", "2024-01-01"))) == "2025-01-01"
    assert newest_version(ResourceType("a", ("2026-01-01-preview", "2025-01-01-preview"))) == "2026-01-01-preview"


def test_names_are_canonical() -> None:
    """A namespace is written as Azure writes it; one that is not known as it came."""
    assert provider_id("s", "MICROSOFT.HYBRIDCOMPUTE") == "/subscriptions/s/providers/Microsoft.HybridCompute"
    assert canonical_namespace("contoso.Cars") == "contoso.Cars"
