"""The catalogue is whole: every mutant has a format, laws that are there, and a place to blame."""

from __future__ import annotations

import msgspec
import pytest

from harness.distros import scenario_library
from harness.environments import WORDS
from harness.errors import UsageError
from harness.laws import LAWS
from harness.model.product import load_product
from harness.mutants.catalogue import load_mutants
from harness.products import DEFAULT_PRODUCT
from harness.validation.judging import SCENARIO

PRODUCT = load_product(DEFAULT_PRODUCT)
MUTANTS = load_mutants(PRODUCT)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant(name: str) -> None:
    """It changes something in some format, and a law of the table or a scenario is to find it, where it is a defect."""
    mutant = MUTANTS[name]
    seeds = [seed for seed in (mutant.deb, mutant.rpm, mutant.msi) if seed is not None]

    assert seeds
    assert all(any(seed.changes.values()) or seed.previous or mutant.steps for seed in seeds)
    assert set(mutant.laws) <= {*LAWS, SCENARIO}
    assert bool(mutant.laws) is not mutant.clean
    assert (SCENARIO in mutant.laws) is bool(mutant.scenarios)
    assert all((scenario_library() / f"{scenario}.yaml").exists() for scenario in mutant.scenarios)
    assert set(mutant.environments) <= set(WORDS)
    assert PRODUCT.package in mutant.declared(PRODUCT).names


def test_a_mutant_is_written_for_any_product() -> None:
    """Its words are the product's."""
    other = msgspec.structs.replace(PRODUCT, package="watcher", units=("watchd",), heartbeat_unit="watchd")
    seed = load_mutants(other, ["stops-on-upgrade"])["stops-on-upgrade"].deb

    assert seed is not None
    assert seed.changes["scripts"]["preinst"]["prepend"] == '[ "$1" != upgrade ] || systemctl stop watchd'


def test_a_mutant_of_an_msi_has_the_words_of_windows() -> None:
    """Services by their names there, and paths as a command line of Windows writes them."""
    seeds = {name: MUTANTS[name].msi for name in ("msi-service-left", "msi-state-lost")}
    queries = {name: seed.changes["queries"] for name, seed in seeds.items() if seed is not None}

    assert queries["msi-service-left"] == ["UPDATE `ServiceControl` SET `Event` = 35 WHERE `Name` = 'himds'"]
    assert r"rd /s /q C:\ProgramData\AzureConnectedMachineAgent\Tokens" in queries["msi-state-lost"][0]


def test_what_a_product_declares_of_a_change_is_added() -> None:
    """The rest of the product stays."""
    mutant = MUTANTS["clean-declared-leftovers"]

    assert mutant.declared(PRODUCT).leftovers == (*PRODUCT.leftovers, "/var/lib/azcmagent-kept")
    assert MUTANTS["stops-on-upgrade"].declared(PRODUCT) == PRODUCT


def test_a_name_that_is_not_there_is_refused() -> None:
    """And the way to the names is told."""
    with pytest.raises(UsageError, match="no mutant 'nonsense'"):
        load_mutants(PRODUCT, ["nonsense"])


def test_a_package_with_another_name_had_the_products() -> None:
    """So that the previous release is still known."""
    declared = MUTANTS["clean-renamed"].declared(PRODUCT)

    assert (declared.package, declared.formerly) == ("azcmagent-next", ("azcmagent",))
    assert declared.names == ("azcmagent-next", "azcmagent")
