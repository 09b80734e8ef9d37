"""Every recipe renders, and an image's tag follows what goes into it and nothing else.

Not checked here: that the images build; the tests with an engine do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import docker
import pytest

from harness.distros import data_folder, load_distros
from harness.errors import UsageError
from harness.progress import PlainProgress
from harness.settings import ImageSource, Settings
from harness.substrate import images
from harness.substrate.bootstrap import Mirrors
from harness.substrate.engine import Engine
from harness.substrate.images import CLOUD, ImageStore, list_images, render

_ENGINE = Engine("unix:///e", "docker", "28.0", "1.48", "v2", "/", is_private=False)
_MIRRORS = Mirrors("http://deb.example/debian", "http://deb.example/debian-security")
_SOURCES = {"pull": [], "pull with mirror": _MIRRORS.sources("bookworm")}
_DISTROS = load_distros()
MakeStore = Callable[..., ImageStore]


@pytest.fixture
def make_store(monkeypatch: pytest.MonkeyPatch) -> MakeStore:
    """Give a factory of image stores whose engine is never asked."""
    monkeypatch.setattr(docker, "APIClient", lambda **_: SimpleNamespace(close=lambda: None))

    def make(
        *, source: ImageSource = "auto", registry_mirror: str = "", mirrors: Mirrors | None = _MIRRORS
    ) -> ImageStore:
        monkeypatch.setattr(images, "find_mirrors", lambda _: mirrors)
        settings = Settings(Path("/s"), image_source=source, registry_mirror=registry_mirror)
        return ImageStore(_ENGINE, settings, PlainProgress(None))  # type: ignore[arg-type] # nothing is shown

    return make


@pytest.mark.parametrize("sources", _SOURCES.values(), ids=_SOURCES.keys())
@pytest.mark.parametrize("name", [*_DISTROS, CLOUD])
def test_every_recipe_renders(name: str, sources: list[str]) -> None:
    """No recipe uses a name that nothing gives, with package sources and without."""
    recipe = render(name, base="base:1", sources=sources, facts=_DISTROS.get(name, _DISTROS["debian-12"]))

    assert "FROM base:1" in recipe.splitlines()
    assert "{{" not in recipe
    assert "{%" not in recipe


@pytest.mark.parametrize(
    "name", [name for name, distro in _DISTROS.items() if distro.bootstrap and distro.format == "rpm"]
)
@pytest.mark.parametrize("sources", _SOURCES.values(), ids=_SOURCES.keys())
def test_a_stand_in_says_that_it_is_what_it_stands_for(name: str, sources: list[str]) -> None:
    """A Debian userland with another system's package manager has its name too, wherever its base comes from."""
    facts = _DISTROS[name]

    recipe = render(name, base="base:1", sources=sources, facts=facts)

    assert {"NAME", "VERSION_ID", "PRETTY_NAME", "ID", "VARIANT"} <= set(facts.os_release)
    for key, value in facts.os_release.items():
        assert f"'{key}=\"{value}\"'" in recipe
    assert recipe.index("/usr/bin/dpkg*") > recipe.index("apt-get")


@pytest.mark.parametrize("name", [*_DISTROS, CLOUD])
def test_every_source_of_every_image_gives_a_plan(make_store: MakeStore, name: str) -> None:
    """Pulled and bootstrapped images are planned alike; the files that a recipe copies are there."""
    store, distro = make_store(), _DISTROS.get(name)

    plans = [store.plan(name, distro, source) for source in store._sources(distro)]

    assert [plan.tag.partition(":")[0] for plan in plans] == [f"arclab/{name}"] * len(plans)
    assert [bool(plan.bootstrap_suite) for plan in plans] == [False, True][: len(plans)]


def test_a_bootstrapped_image_starts_from_our_own_base(make_store: MakeStore) -> None:
    """No registry is named where none is used."""
    plan = make_store().plan("debian-12", _DISTROS["debian-12"], "bootstrap")

    assert (plan.bootstrap_suite, plan.base.partition(":")[0]) == ("bookworm", "arclab/base-bookworm")
    assert "docker.io" not in plan.recipe


@pytest.mark.parametrize("source", ["pull", "bootstrap"])
@pytest.mark.parametrize("name", ["debian-12", "yum-debian-12", CLOUD])
def test_the_tag_does_not_follow_the_mirror(make_store: MakeStore, name: str, source: str) -> None:
    """Another mirror has the same packages, so the image is the same."""
    here = make_store().plan(name, _DISTROS.get(name), source)
    elsewhere = make_store(mirrors=Mirrors("http://other.example/debian", "")).plan(name, _DISTROS.get(name), source)

    assert here.recipe != elsewhere.recipe
    assert here.tag == elsewhere.tag


@pytest.mark.parametrize("name", ["debian-12", "rhel-9", CLOUD])
def test_the_tag_does_not_follow_the_registry(make_store: MakeStore, name: str) -> None:
    """A registry's mirror has the same base, so the image is the same."""
    here = make_store().plan(name, _DISTROS.get(name), "pull")
    elsewhere = make_store(registry_mirror="mirror.example:5000/hub").plan(name, _DISTROS.get(name), "pull")

    assert "FROM mirror.example:5000/hub/" in elsewhere.recipe
    assert here.tag == elsewhere.tag


@pytest.mark.parametrize(
    ("changed", "file"),
    [
        ("yum-debian-12", "include/yum_log.py"),
        ("zypper-debian-12", "include/SLES.prod"),
        ("debian-12", "debian-12/Containerfile.j2"),
    ],
)
def test_the_tag_follows_what_goes_in(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: str, file: str
) -> None:
    """A changed recipe, or a changed file that it copies, is another image."""
    before = make_store().plan(changed, _DISTROS[changed], "bootstrap").tag
    folder = _copied_recipes(tmp_path, monkeypatch)
    unchanged = make_store().plan(changed, _DISTROS[changed], "bootstrap").tag
    path = folder / file
    path.write_text(path.read_text() + "\n# more\n")

    assert before == unchanged
    assert before != make_store().plan(changed, _DISTROS[changed], "bootstrap").tag


def _copied_recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "distro-images"
    for path in data_folder("distro-images").rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(data_folder("distro-images"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    monkeypatch.setattr(images, "data_folder", lambda name: tmp_path / name)
    return folder


def test_pulled_and_bootstrapped_images_are_two(make_store: MakeStore) -> None:
    """Two bases are not one image."""
    tags = {make_store().plan("debian-12", _DISTROS["debian-12"], source).tag for source in ("pull", "bootstrap")}

    assert len(tags) == 2


@pytest.mark.parametrize(
    ("name", "source", "sources"),
    [
        ("debian-12", "auto", ["pull", "bootstrap"]),
        ("debian-12", "pull", ["pull"]),
        ("debian-12", "bootstrap", ["bootstrap"]),
        ("rhel-9", "auto", ["pull"]),
        (CLOUD, "auto", ["pull", "bootstrap"]),
        (CLOUD, "bootstrap", ["bootstrap"]),
    ],
)
def test_where_an_image_may_come_from(
    make_store: MakeStore, name: str, source: ImageSource, sources: list[str]
) -> None:
    """Only what has Debian below it can be bootstrapped; the setting narrows."""
    assert sources == make_store(source=source)._sources(_DISTROS.get(name))


def test_a_source_that_an_image_does_not_have_is_refused(make_store: MakeStore) -> None:
    """Nothing is pulled behind the back of who asked for a bootstrap."""
    with pytest.raises(UsageError, match="'rhel-9' cannot be bootstrapped") as caught:
        make_store(source="bootstrap")._sources(_DISTROS["rhel-9"])

    assert "ARCLAB_IMAGE_SOURCE=pull" in caught.value.hint


def test_a_broken_recipe_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A mistake in a user's own recipe is a mistake of usage, with its path."""
    (tmp_path / "distro-images" / "mine").mkdir(parents=True)
    (tmp_path / "distro-images" / "mine" / "Containerfile.j2").write_text("FROM {{ bass }}\n")
    monkeypatch.setattr(images, "data_folder", lambda name: tmp_path / name)

    with pytest.raises(UsageError, match="'bass' is undefined") as caught:
        render("mine", base="b", sources=[], facts=_DISTROS["debian-12"])

    assert caught.value.place.endswith("mine/Containerfile.j2")


def test_lists_only_arclabs_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other images of the engine are nobody's business."""
    found = [
        {"RepoTags": ["arclab/cloud:1"], "Size": 2_000_000},
        {"RepoTags": ["debian:12"], "Size": 1},
        {"RepoTags": None, "Size": 1},
        {"RepoTags": ["arclab/a:2"], "Size": 1_600_000},
    ]
    monkeypatch.setattr(docker, "APIClient", lambda **_: SimpleNamespace(close=lambda: None, images=lambda: found))

    assert list_images(_ENGINE) == ["arclab/a:2  2 MB", "arclab/cloud:1  2 MB"]
