"""The tree keeps its promises: one place for each thing, no hidden imports, no distro known where it should not be.

Claims about the import layers are held by import-linter (`make lint`); this file holds what it cannot see.
"""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.distros import load_distros, scenario_library, windows_scenarios
from harness.machines.package_managers import PACKAGE_MANAGERS
from harness.model.scenario import STEPS as STEP_WORDS
from harness.model.scenario import TRANSITIONS
from harness.scenario.load import load_scenarios
from harness.steps import STEPS

_ROOT = Path(__file__).resolve().parents[2]
_LONGEST_MODULE = 300

#: Steps that no scenario of the library uses yet.
_WITHOUT_A_SCENARIO = {
    "configure-repository": "`given` runs it at the start of every case",
    "downgrade": "the lifecycles of `arclab validate` use it",
    "edit": "the lifecycles of `arclab validate` use it",
    "jobs": "the lifecycles of `arclab validate` use it",
    "interrupt": "the lifecycles of `arclab validate` use it",
    "reinstall": "the lifecycles of `arclab validate` use it",
    "remove": "the lifecycles of `arclab validate` use it",
    "repair": "the lifecycles of `arclab validate` use it",
    "reboot": "its scenarios are still to come",
}

#: Modules of `harness/steps/` that are no step, but what several steps share.
_SHARED_BY_STEPS = {"documented": "runs documented commands", "sign_in": "how connect and disconnect sign in"}

#: Modules over the limit, each with the reason why it is not cut.
_LONG_MODULES = {
    "simulator/contract.py": "every name that the two halves share",
    "simulator/resources/entities.py": "every kind of value that a cloud remembers",
    "harness/controller.py": "a run from its options to its records",
    "harness/substrate/docker.py": "the only module that speaks to the engine",
    "harness/substrate/images.py": "the way of an image from its recipe to its tag",
}

#: Imports inside functions, each with the reason why it is not at the top.
_LATE_IMPORTS: dict[str, str] = {}

#: Texts that name a distro or a package manager outside their places, each with the reason.
_NAMED_OUTSIDE = {
    ("harness/cli/benches.py", "debian-12"): "the default of `arclab bench`",
    ("harness/distros.py", "apt"): "families are named to who misspells one",
    ("harness/distros.py", "yum"): "families are named to who misspells one",
    ("harness/distros.py", "zypper"): "families are named to who misspells one",
    ("harness/model/distro.py", "apt"): "the type of `family` in distro.toml",
    ("harness/model/distro.py", "msiexec"): "the type of `family` in distro.toml",
    ("harness/model/distro.py", "yum"): "the type of `family` in distro.toml",
    ("harness/model/distro.py", "zypper"): "the type of `family` in distro.toml",
    ("harness/substrate/images.py", "debian-12"): "the cloud's own image has this base",
}


def _modules(*packages: str) -> list[Path]:
    """Give the modules of the packages, relative to the root; the agent is another product."""
    found = (path for package in packages for path in sorted((_ROOT / package).rglob("*.py")))
    relative = (path.relative_to(_ROOT) for path in found)
    return [path for path in relative if not path.as_posix().startswith("simulator/agent/")]


def _word(module: Path) -> str:
    return module.stem.replace("_", "-")


def _dotted(module: Path) -> str:
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def _nodes(module: Path) -> list[ast.AST]:
    """Give all nodes of a module's syntax tree."""
    return list(ast.walk(ast.parse((_ROOT / module).read_text(encoding="utf-8"))))


def _family(folder: str) -> set[str]:
    return {_word(path) for path in _modules(folder) if path.stem != "__init__"}


def test_every_step_has_a_file_of_its_name() -> None:
    """The word in the YAML is the file name; a file that is no step says what it is for."""
    words = _family("harness/steps") - {name.replace("_", "-") for name in _SHARED_BY_STEPS}

    assert words == set(STEPS)


def test_the_decoder_knows_the_same_steps() -> None:
    """What can be written can be run."""
    assert set(STEP_WORDS) == set(STEPS)
    assert set(STEPS) >= TRANSITIONS


@pytest.mark.parametrize("word", STEPS)
def test_a_step_is_run_by_its_own_file(word: str) -> None:
    """No line of the table points elsewhere."""
    assert STEPS[word].__module__ == f"harness.steps.{word.replace('-', '_')}"


def test_every_package_manager_has_a_file_of_its_name() -> None:
    """The family in distro.toml is the file name, and the name that the package manager goes by."""
    assert _family("harness/machines/package_managers") - {"base"} == set(PACKAGE_MANAGERS)
    assert [manager.name for manager in PACKAGE_MANAGERS.values()] == list(PACKAGE_MANAGERS)


def test_every_family_has_a_distro() -> None:
    """No package manager is kept that nothing uses, and no distro lacks one."""
    assert {distro.family for distro in load_distros().values()} == set(PACKAGE_MANAGERS)


def test_every_step_is_used_by_a_scenario() -> None:
    """A step without a scenario has a reason, and a reason goes when the scenario comes."""
    scenarios = load_scenarios([scenario_library(), windows_scenarios()])
    used = {step.kind for scenario in scenarios for step in scenario.steps}

    assert set(STEPS) - used == set(_WITHOUT_A_SCENARIO) - used
    assert set(_WITHOUT_A_SCENARIO) <= set(STEPS)


def test_every_observer_part_has_a_file() -> None:
    """`machine:`, `cloud:` and `command:` are read in files of their names or of what they look at."""
    assert {"machine", "cloud", "command", "journal", "files", "package", "services", "agent"} == _family(
        "harness/observers"
    )


_BATCHES = 2
_ALONE = """
import importlib, sys
for name in sys.argv[1:]:
    kept = set(sys.modules)
    try:
        importlib.import_module(name)
    except BaseException as error:
        print(f"{name}: {type(error).__name__}: {error}")
    for loaded in set(sys.modules) - kept:
        if loaded.partition(".")[0] in ("harness", "simulator"):
            del sys.modules[loaded]
"""


@pytest.mark.process
@pytest.mark.parametrize("batch", range(_BATCHES))
def test_every_module_imports_alone(batch: int) -> None:
    """No module needs another to be imported first, and none warns; each is imported with none of ours loaded.

    A few fresh interpreters take a share each: third-party modules stay loaded between two of ours.
    """
    names = [_dotted(module) for module in _modules("harness", "simulator")][batch::_BATCHES]

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _ALONE, *names], cwd=_ROOT, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("", "")


def _late_imports(module: Path) -> Iterator[str]:
    lines = [node.lineno for node in _nodes(module) if isinstance(node, ast.Import | ast.ImportFrom)]
    functions = (node for node in _nodes(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    for function in functions:
        if any(function.lineno <= line <= (function.end_lineno or 0) for line in lines):
            yield f"{module.as_posix()}:{function.name}"


def test_no_import_inside_a_function() -> None:
    """Imports stand at the top, where cycles and costs are seen."""
    found = {place for module in _modules("harness", "simulator") for place in _late_imports(module)}

    assert found == set(_LATE_IMPORTS)


def test_no_module_is_too_long() -> None:
    """A module that grows is cut by meaning, or says why not."""
    long = {
        module.as_posix()
        for module in _modules("harness", "simulator")
        if len((_ROOT / module).read_text().splitlines()) > _LONGEST_MODULE
    }

    assert long - set(_LONG_MODULES) == set()


def _texts(module: Path) -> Iterator[str]:
    alone = {id(node.value) for node in _nodes(module) if isinstance(node, ast.Expr)}  # docstrings
    for node in _nodes(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def test_only_distro_images_and_package_managers_know_a_distro_by_name() -> None:
    """A new distro is a new folder and nothing else."""
    names = {*load_distros(), *PACKAGE_MANAGERS}
    modules = [module for module in _modules("harness") if "package_managers" not in module.parts]
    found = {(module.as_posix(), text) for module in modules for text in _texts(module) if text in names}

    assert found - set(_NAMED_OUTSIDE) == set()


@pytest.mark.parametrize("path", sorted({*_LONG_MODULES, *(path for path, _ in _NAMED_OUTSIDE)}))
def test_no_exception_outlives_its_module(path: str) -> None:
    """Who removes a module removes its exceptions."""
    assert (_ROOT / path).is_file()


@pytest.mark.parametrize("package", ["harness", "simulator"])
def test_every_folder_of_modules_is_a_package(package: str) -> None:
    """A folder without `__init__.py` would be left out by tools that look for packages."""
    folders = {module.parent for module in _modules(package)}

    assert {folder for folder in folders if not (_ROOT / folder / "__init__.py").is_file()} == set()
