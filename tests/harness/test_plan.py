"""Scenarios multiply into cases, each with its values filled in and an id of its own."""

from __future__ import annotations

import pytest

from harness.distros import load_distros
from harness.errors import UsageError
from harness.model.expectation import ExpectMachine
from harness.model.plan import PackageVersion
from harness.model.scenario import Install, Scenario
from harness.plan import check_unique, check_versions, plan_cases, substitute
from harness.scenario.decode import decode_scenario
from harness.scenario.document import Document
from harness.versions import Versions

_VERSIONS = Versions((PackageVersion("1.28", "1.28.1-1"), PackageVersion("1.50", "1.50.2-2")))


def _scenario(matrix: str = "", steps: str = "[install]", name: str = "group/s", head: str = "") -> Scenario:
    text = f"scenario: a title\n{head}matrix: {{{matrix}}}\nsteps: {steps}\n"
    return decode_scenario(Document("s.yaml", text), name=name)


def _ids(*scenarios: Scenario, **options: tuple[str, ...]) -> list[str]:
    return [case.id for case in plan_cases(scenarios, load_distros(), **options)]  # type: ignore[arg-type]


def test_multiplies_every_axis() -> None:
    """The cases are the product of the axes, in the order of the file."""
    scenario = _scenario("distro: [debian-12, rhel-9], version: [1.28, 1.50], way: [a]")

    assert _ids(scenario) == [
        "group-s.debian-12.1.28.a",
        "group-s.debian-12.1.50.a",
        "group-s.rhel-9.1.28.a",
        "group-s.rhel-9.1.50.a",
    ]


def test_repeats_follow_one_another() -> None:
    """All come once before any comes twice."""
    cases = plan_cases([_scenario("distro: debian-12, version: [1.28, 1.50]")], load_distros(), repeat=2)

    assert [case.id for case in cases] == [
        "group-s.debian-12.1.28.repeat-1",
        "group-s.debian-12.1.50.repeat-1",
        "group-s.debian-12.1.28.repeat-2",
        "group-s.debian-12.1.50.repeat-2",
    ]
    assert cases[-1].parameters == {"version": "1.50", "repeat": "2"}


def test_without_a_matrix_it_is_one_case_for_each_default_distro() -> None:
    """A scenario that names no distro means the default set."""
    wanted = [f"group-s.{distro.id}" for distro in load_distros().values() if "default" in distro.sets]

    assert _ids(_scenario()) == wanted


def test_fills_in_the_values_of_the_case() -> None:
    """Steps and expectations get the values of the axes."""
    steps = "[{install: {version: $from}, expect: {machine: {version: $from, show: {a: $from}}}}]"
    [case] = plan_cases([_scenario("distro: debian-12, from: 1.28", steps)], load_distros())

    step = case.scenario.steps[0]
    assert step.arguments == Install(version="1.28")
    assert step.expect.machine == ExpectMachine(version="1.28", show={"a": "1.28"})
    assert (case.parameters, case.agent_version) == ({"from": "1.28"}, "1.28")


def test_fills_in_what_is_given() -> None:
    """The beginning of a case may depend on the axes as well."""
    scenario = _scenario("from: [1.28]", head="given: {published: [$from, latest]}\n")

    assert substitute(scenario, {"from": "1.28"}).given.published == ("1.28", "latest")


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"only_distros": ("rhel-9",)}, ["group-s.rhel-9.1.28", "group-s.rhel-9.1.50"]),
        ({"only_distros": ("apt",)}, ["group-s.debian-12.1.28", "group-s.debian-12.1.50"]),
        ({"only_versions": ("1.50",)}, ["group-s.debian-12.1.50", "group-s.rhel-9.1.50"]),
        ({"only_versions": ("1.66",)}, []),
        ({"tags": ("other",)}, []),
        ({"tags": ("mine", "other"), "only_distros": ("rhel-9",), "only_versions": ("1.28",)}, ["group-s.rhel-9.1.28"]),
    ],
    ids=["distro", "family", "version", "no version", "no tag", "all"],
)
def test_the_options_narrow(options: dict[str, tuple[str, ...]], ids: list[str]) -> None:
    """Distros, versions and tags leave fewer cases and never other ones."""
    scenario = _scenario("distro: [debian-12, rhel-9], version: [1.28, 1.50]", head="tags: [mine]\n")

    assert _ids(scenario, **options) == ids


def test_refuses_an_unknown_distro_with_a_suggestion() -> None:
    """A misspelt distro of a scenario gives its file, one of an option needs none."""
    with pytest.raises(UsageError) as in_file:
        _ids(_scenario("distro: [debain-12]"))
    with pytest.raises(UsageError) as in_option:
        _ids(_scenario(), only_distros=("zyper",))

    assert (in_file.value.place, in_file.value.hint) == ("s.yaml:1:1", "did you mean 'debian-12'?")
    assert (in_option.value.place, in_option.value.hint) == ("", "did you mean 'zypper'?")


def test_refuses_two_cases_of_one_id() -> None:
    """Two files that mean one case are both named."""
    cases = plan_cases([_scenario("distro: debian-12"), _scenario("distro: debian-12")], load_distros())

    with pytest.raises(UsageError, match=r"two cases are called 'group-s\.debian-12'"):
        check_unique(cases)


def test_values_that_look_alike_do_not_become_one_case_silently() -> None:
    """Values that differ only in signs that an id cannot hold are refused as the same case."""
    cases = plan_cases([_scenario('distro: debian-12, way: ["a b", "a/b"]')], load_distros())

    with pytest.raises(UsageError, match="two cases"):
        check_unique(cases)


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ("[{install: {version: 1.66}}]", "s.yaml:3:9"),
        ("[{publish: {withdraw: 1.66}}]", "s.yaml:3:9"),
        ("[{onboard: {alternative: 1.66}, expect: {command: {exit: 0}}}]", "s.yaml:3:9"),
        ("[{install: {}, expect: {machine: {version: 1.66}}}]", "s.yaml:3:42"),
        ("[{install: {}, expect: {machine: {agent-version: 1.66}}}]", "s.yaml:3:42"),
        ("[{install: {}, expect: {cloud: {version: 1.66}}}]", "s.yaml:3:40"),
        ("[{install: {}, expect: {command: {versions: [1.28, 1.66]}}}]", "s.yaml:3:42"),
        ("[{install: {version: 1.66}, expect: {command: {exit: 0}}}]", "s.yaml:3:9"),
    ],
    ids=["step", "withdraw", "alternative", "machine", "agent", "cloud", "listing", "no failure expected"],
)
def test_refuses_a_version_that_no_repository_has(steps: str, place: str) -> None:
    """Before anything starts, an unknown version is named with its place."""
    with pytest.raises(UsageError, match=r"no repository has the version '1\.66'") as caught:
        check_versions(_scenario(steps=steps), _VERSIONS)

    assert caught.value.place == place


@pytest.mark.parametrize(
    "steps",
    [
        "[{install: {version: 1.66}, expect: {command: {exit: nonzero}}}]",
        "[{install: {version: 1.66}, expect: {command: {exit: [1, 100]}}}]",
        "[{onboard: {version: 1.66}, expect: {command: {exit: 1}}}]",
        "[{install: {version: 1.28.1-1}}]",
        "[{extension: {install: CustomScript, version: 2.1.10}}]",
        "[{install: {version: previous}, expect: {machine: {version: absent}, command: {versions: published}}}]",
    ],
    ids=["nonzero", "listed exits", "installer", "full version", "extension", "names"],
)
def test_allows_a_missing_version_where_failure_is_expected(steps: str) -> None:
    """A scenario may ask for a version that does not exist when that is its point."""
    check_versions(_scenario(steps=steps), _VERSIONS)


def test_the_installer_resolves_versions_itself() -> None:
    """It takes the first parts of a number, and none of our names; with `full` a name becomes a number first."""
    check_versions(
        _scenario(steps="[{onboard: {version: 1.28.1}}, {onboard: {version: latest, full: true}}]"), _VERSIONS
    )

    with pytest.raises(UsageError, match="the installer does not know 'latest'") as caught:
        check_versions(_scenario(steps="[{onboard: {version: latest}}]"), _VERSIONS)
    assert caught.value.place == "s.yaml:3:9"


def test_refuses_previous_where_one_version_is_published() -> None:
    """A name is refused when too little is published for it."""
    with pytest.raises(UsageError, match="'previous'"):
        check_versions(_scenario(steps="[{install: {version: previous}}]"), Versions(_VERSIONS.published[:1]))


def test_checks_the_versions_of_each_format() -> None:
    """A version has to be in the repository of the distro's own format."""
    scenario = _scenario("distro: [debian-12, rhel-9]", "[{install: {version: 1.50}}]")
    versions = {"deb": _VERSIONS, "rpm": Versions(_VERSIONS.published[:1])}

    with pytest.raises(UsageError, match=r"'1\.50'"):
        plan_cases([scenario], load_distros(), versions=versions)
