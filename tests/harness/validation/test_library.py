"""The lifecycles are scenarios, for any product."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.environments import WORDS
from harness.model.machine_steps import Onboard
from harness.model.product import load_product
from harness.model.scenario import Uninstall
from harness.products import DEFAULT_PRODUCT
from harness.scenario.load import load_scenarios
from harness.validation.library import NOT_ON_WINDOWS, crashes_of, write_lifecycles, write_windows_lifecycles
from harness.witness import WITNESSED_TAG


def test_lifecycles_load_for_any_product(tmp_path: Path) -> None:
    """Each is witnessed, and acts on the product's own units."""
    product = msgspec.structs.replace(load_product(DEFAULT_PRODUCT), units=("one", "two"))
    write_lifecycles(product, WORDS, tmp_path / "scenarios", with_crashes=True)
    scenarios = load_scenarios([tmp_path / "scenarios"])
    kills = [getattr(step.arguments, "unit", "") for s in scenarios for step in s.steps if step.kind == "service"]

    assert {s.given.environment for s in scenarios} == {"", *WORDS}
    assert len(scenarios) >= 8 + len(WORDS)
    assert {tuple(step.kind for step in s.steps)[-2:] for s in scenarios if "crash-" in s.name} == {
        ("interrupt", "repair")
    }
    assert sum("crash-" in s.name for s in scenarios) == len(crashes_of(product)) == 20
    assert all(WITNESSED_TAG in scenario.tags for scenario in scenarios)
    assert kills == ["one two"]


def test_lifecycles_of_an_msi(tmp_path: Path) -> None:
    """They run on Windows alone, without a repository and without what Windows has not; each left out has a reason."""
    write_lifecycles(load_product(DEFAULT_PRODUCT), (), tmp_path / "lifecycles")
    write_windows_lifecycles(load_product(DEFAULT_PRODUCT).packed_as("msi"), tmp_path / "lifecycles")
    scenarios = {s.name.rpartition("/")[2]: s for s in load_scenarios([tmp_path / "lifecycles"])}
    windows = {name for name in scenarios if name.startswith("windows-")}
    left_out = {f"windows-{name}" for name in scenarios if f"lifecycle {name}" in NOT_ON_WINDOWS}

    assert windows == {f"windows-{name}" for name in scenarios if not name.startswith("windows-")} - left_out
    assert left_out
    assert {scenarios[name].given.repository for name in windows} == {"none"}
    assert {step.kind for name in windows for step in scenarios[name].steps} & {"service", "command"} == set()
    assert all(WITNESSED_TAG in scenarios[name].tags for name in windows)
    assert all(NOT_ON_WINDOWS.values())


def test_a_product_comes_to_grief_where_it_can() -> None:
    """No service starts where there is none, and no folder is full that the machine needs."""
    plain = msgspec.structs.replace(load_product(DEFAULT_PRODUCT), units=(), programs=("/usr/sbin/x",))

    assert ("installation", "kill", "service") not in crashes_of(plain)
    assert not any(by == "full-disk" and at == "unpack" for _, by, at in crashes_of(plain))
    assert ("upgrade", "power", "postinst") in crashes_of(plain)


def test_lifecycles_are_about_what_the_product_has(tmp_path: Path) -> None:
    """Without a cloud nothing is connected, without services nothing is stopped; all else stays."""
    own = load_product(DEFAULT_PRODUCT)
    cloudless = msgspec.structs.replace(own, heartbeat_unit="", show_command=())
    names: list[set[str]] = []
    for product in (own, cloudless, msgspec.structs.replace(cloudless, units=())):
        folder = tmp_path / str(len(names))
        write_lifecycles(product, (), folder)
        names.append({path.stem for path in folder.iterdir()})

    assert names[0] - names[1] == {"connected", "outages", "proxied"}
    assert names[1] - names[2] == {"upgrade-disable", "upgrade-mask", "upgrade-stop"}
    assert names[2] == {"edited", "fresh", "kept", "refused", "twice", "up-and-down"}


def test_steps_once_the_previous_release_is_installed(tmp_path: Path) -> None:
    """In all lifecycles that begin with it, and in no other."""
    write_lifecycles(load_product(DEFAULT_PRODUCT), (), tmp_path / "s", steps=("repository: {fault: mid-publish}",))
    kinds = {s.name.rpartition("/")[2]: [step.kind for step in s.steps] for s in load_scenarios([tmp_path / "s"])}

    assert kinds["up-and-down"][:3] == ["install", "repository", "upgrade"]
    assert kinds["edited"][:3] == ["install", "repository", "edit"]
    assert "repository" not in kinds["fresh"]


def test_a_package_that_had_another_name(tmp_path: Path) -> None:
    """What is left of that name is purged too, where a package manager leaves something."""
    product = msgspec.structs.replace(load_product(DEFAULT_PRODUCT), formerly=("old-agent",))
    write_lifecycles(product, (), tmp_path / "s")
    found = {s.name.rpartition("/")[2]: [step.arguments for step in s.steps] for s in load_scenarios([tmp_path / "s"])}

    assert Uninstall(formerly=True) in found["renamed"]
    assert not any(Uninstall(formerly=True) in steps for name, steps in found.items() if name != "renamed")


def test_an_installer_that_people_are_told_to_run(tmp_path: Path) -> None:
    """Its text is in the lifecycles as it is; without one there are none."""
    text = '#!/bin/sh\necho "it\'s <here>" && exit 0\n'
    write_lifecycles(load_product(DEFAULT_PRODUCT), (), tmp_path / "s", installer=text)
    scenarios = {s.name.rpartition("/")[2]: s for s in load_scenarios([tmp_path / "s"])}
    first = scenarios["installer"].steps[0].arguments

    assert isinstance(first, Onboard)
    assert first.installer == text
    assert {name for name in scenarios if name.startswith("installer")} == {
        "installer", "installer-in-vain", "installer-locked"
    }  # fmt: skip
