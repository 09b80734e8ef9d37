"""A context resolves what a scenario names: versions, resources, principals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.context import Context
from harness.errors import LabError, UsageError

MakeContext = Callable[..., Context]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("latest", "1.28.1.2"),
        ("oldest", "1.28.1.2"),
        ("1.28", "1.28.1.2"),
        ("1.50", "1.50.3.4"),
        ("1.50.3.4", "1.50.3.4"),
    ],
)
def test_names_mean_what_is_published_and_numbers_anything(make_context: MakeContext, name: str, version: str) -> None:
    """`latest` follows the repository, and a release may be named before it is published."""
    context = make_context()
    context.published = context.every.only(("1.28",))

    assert version == context.version(name).version


def test_an_unknown_version_is_refused(make_context: MakeContext) -> None:
    """Neither published nor known is a mistake of the scenario."""
    with pytest.raises(UsageError, match=r"'1\.66'"):
        make_context().version("1.66")


def test_gives_the_id_of_a_resource(make_context: MakeContext) -> None:
    """A connected machine is addressed as ARM does."""
    assert make_context().resource_id("box-1") == (
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.HybridCompute/machines/box-1"
    )


def test_an_unknown_principal_is_refused(make_context: MakeContext) -> None:
    """A scenario can only sign in as somebody of the case."""
    with pytest.raises(LabError, match="no principal 'nobody'"):
        make_context().principal("nobody")


def test_a_case_without_machines_has_none(make_context: MakeContext) -> None:
    """Nothing connected is nothing, by name and without."""
    context = make_context()

    assert (context.connected_machine(""), context.connected_machine("box-1")) == (None, None)
