"""Settings are read once from the environment, and an impossible value names its variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.settings import DEFAULT_SUBNETS, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    """Without any variable everything has a value."""
    settings = Settings.from_environment({})

    assert settings == Settings(state=Path("/root/.local/state/arclab"), subnets=DEFAULT_SUBNETS)


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({"HOME": "/home/a"}, "/home/a/.local/state/arclab"),
        ({"HOME": "/home/a", "XDG_STATE_HOME": "/state"}, "/state/arclab"),
        ({"HOME": "/home/a", "XDG_STATE_HOME": "/state", "ARCLAB_STATE": "/mine"}, "/mine"),
        ({"HOME": "/home/a", "XDG_STATE_HOME": "", "ARCLAB_STATE": ""}, "/home/a/.local/state/arclab"),
    ],
    ids=["home", "xdg", "own", "empty"],
)
def test_the_state_directory(environment: dict[str, str], state: str) -> None:
    """The more particular variable wins, and an empty one says nothing."""
    assert Path(state) == Settings.from_environment(environment).state


def test_a_relative_state_directory_becomes_absolute() -> None:
    """Workers run elsewhere, so the path must not depend on the folder."""
    assert Path.cwd() / "here" == Settings.from_environment({"ARCLAB_STATE": "here"}).state


def test_reads_every_variable() -> None:
    """Each variable arrives in its field; a mirror loses its last slash."""
    settings = Settings.from_environment(
        {
            "ARCLAB_STATE": "/s",
            "DOCKER_HOST": "unix:///d",
            "ARCLAB_IMAGE_SOURCE": "bootstrap",
            "ARCLAB_REGISTRY_MIRROR": "mirror.example:5000/hub",
            "ARCLAB_DEBIAN_MIRROR": "http://deb.example/debian/",
            "ARCLAB_SUBNETS": "10.64.0.0/12",
            "XDG_RUNTIME_DIR": "/run/user/1000",
        }
    )

    assert settings == Settings(
        state=Path("/s"),
        docker_host="unix:///d",
        image_source="bootstrap",
        registry_mirror="mirror.example:5000/hub",
        debian_mirror="http://deb.example/debian",
        subnets="10.64.0.0/12",
        run_time_directory="/run/user/1000",
    )


@pytest.mark.parametrize("name", ["ARCLAB_IMAGE_SOURCE", "ARCLAB_SUBNETS", "ARCLAB_REGISTRY_MIRROR"])
def test_an_empty_variable_is_as_good_as_none(name: str) -> None:
    """CI systems set variables that they have no value for."""
    assert Settings.from_environment({}) == Settings.from_environment({name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARCLAB_IMAGE_SOURCE", "docker"),
        ("ARCLAB_REGISTRY_MIRROR", "https://mirror.example"),
        ("ARCLAB_REGISTRY_MIRROR", "mirror example"),
        ("ARCLAB_DEBIAN_MIRROR", "deb.example/debian"),
        ("ARCLAB_SUBNETS", "10.0.0.1/8"),
        ("ARCLAB_SUBNETS", "8.8.0.0/16"),
        ("ARCLAB_SUBNETS", "10.0.0.0/28"),
        ("ARCLAB_SUBNETS", "lots"),
    ],
)
def test_refuses_an_impossible_value(name: str, value: str) -> None:
    """The message names the variable and its value."""
    with pytest.raises(UsageError, match=f"{name}='{value}' is not") as caught:
        Settings.from_environment({name: value})

    assert caught.value.exit_code == 5
