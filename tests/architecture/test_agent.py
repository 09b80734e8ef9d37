"""The stand-in agent stays another product: Python 3.9, standard library only, and no constant of its own opinion.

Read from its sources, without running them. Not checked: that an old Python's library has every function it uses.
"""

from __future__ import annotations

import ast
import functools
import sys
from pathlib import Path

import pytest

from simulator import contract
from simulator.resources.regions import REGIONS

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "simulator" / "agent"
MODULES = sorted((AGENT / "src").rglob("*.py"))
STARTERS = sorted(
    path for path in (AGENT / "packaging" / "files").iterdir() if path.read_bytes().startswith(b"#!/usr/bin/python3")
)


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Parse a file with the grammar of the oldest Python that the agent runs on."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9))


def named(path: Path) -> str:
    """Give a short name of a file for test ids."""
    return str(path.relative_to(AGENT))


def imported(tree: ast.Module) -> set[str]:
    """Give the first names of all modules that are imported."""
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | froms}


def constant(module: str, name: str) -> object:
    """Give the value of a constant in a module of the agent; numbers may be products."""
    tree = parsed(AGENT / "src" / "azcmagent" / f"{module}.py")
    values = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]
    ]
    product = values[0]
    if isinstance(product, ast.BinOp):
        return ast.literal_eval(product.left) * ast.literal_eval(product.right)
    return ast.literal_eval(product)


def test_the_agent_has_sources() -> None:
    """The tests below look at something."""
    assert (len(MODULES) > 20, len(STARTERS)) == (True, 6)


@pytest.mark.parametrize("path", MODULES + STARTERS, ids=named)
def test_old_grammar(path: Path) -> None:
    """Each file is Python 3.9: no match statement, no union of types by a bar in run-time use, nothing newer."""
    newer = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Match | ast.TryStar)]

    assert newer == []


@pytest.mark.parametrize("path", MODULES + STARTERS, ids=named)
def test_standard_library_only(path: Path) -> None:
    """Each file imports the standard library and the agent itself, nothing else."""
    foreign = imported(parsed(path)) - sys.stdlib_module_names - {"azcmagent"}

    assert foreign == set()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_stand_at_the_top(path: Path) -> None:
    """No module imports inside a function; the command line loads the one command it needs by its name."""
    inside = [
        node.lineno
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


def test_the_agent_is_no_package() -> None:
    """Nothing of ours can import the agent as a part of the simulator."""
    inits = [named(path) for path in AGENT.rglob("__init__.py") if "azcmagent" not in path.parts]

    assert inits == []


def test_nobody_imports_the_agent() -> None:
    """No module of the simulator or of the harness imports the agent."""
    sources = [path for folder in ("simulator", "harness") for path in (ROOT / folder).rglob("*.py")]
    naming = [path for path in sources if AGENT not in path.parents and "azcmagent" in path.read_text()]
    guilty = [str(path) for path in naming if "azcmagent" in imported(ast.parse(path.read_text()))]

    assert guilty == []


@pytest.mark.parametrize(
    ("module", "name", "expected"),
    [
        ("azure", "AGENT_SERVICE", contract.AGENT_SERVICE_APP_ID),
        ("azure", "ARM", f"https://{contract.ARM_HOST}"),
        ("azure", "LOGIN", f"https://{contract.ENTRA_HOSTS[0]}"),
        ("azure", "HIS_GLOBAL", f"https://{contract.HIS_GLOBAL_HOST}"),
        ("himds", "PERIOD_S", contract.HEARTBEAT_PERIOD_S),
        ("commands/show", "_SILENT_AFTER_S", contract.DISCONNECTED_AFTER_S),
        ("himds_http", "SILENT_AFTER_S", contract.DISCONNECTED_AFTER_S),
        ("identity", "RENEW_BEFORE_S", contract.CERTIFICATE_LIFETIME_S // 2),
    ],
)
def test_copied_constants_are_equal(module: str, name: str, expected: object) -> None:
    """What the agent had to copy is what the contract says."""
    assert constant(module, name) == expected


def test_regions_are_the_clouds() -> None:
    """The agent checks the endpoints that discovery will name."""
    agents = constant("commands/check", "REGION_CODES")

    assert agents == REGIONS
