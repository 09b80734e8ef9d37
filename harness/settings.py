"""Settings: read once from the environment, passed down."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

import msgspec

from harness.errors import UsageError

ImageSource = Literal["auto", "pull", "bootstrap"]
_SOURCES = ("auto", "pull", "bootstrap")
_MIRROR = re.compile(r"^[a-zA-Z0-9.-]+(:[0-9]+)?(/[a-zA-Z0-9._/-]+)?$")
DEFAULT_SUBNETS = "10.213.0.0/16"


class Settings(msgspec.Struct, frozen=True):
    """Where state lives and where things come from.

    `registry_mirror` replaces the registry host of pulled images; `debian_mirror` the host's own apt configuration;
    `subnets` is the range that cases' networks are cut from.
    """

    state: Path
    docker_host: str = ""
    image_source: ImageSource = "auto"
    registry_mirror: str = ""
    debian_mirror: str = ""
    subnets: str = DEFAULT_SUBNETS
    run_time_directory: str = ""  # XDG_RUNTIME_DIR, where a rootless podman listens

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read ARCLAB_* variables, DOCKER_HOST and the XDG folders; an empty variable is as good as none.

        Raises: UsageError that names the variable with an impossible value.
        """
        home = Path(environment.get("HOME") or "/root")
        state_home = Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state")
        source = environment.get("ARCLAB_IMAGE_SOURCE") or "auto"
        if source not in _SOURCES:
            raise _wrong("ARCLAB_IMAGE_SOURCE", source, f"one of {', '.join(_SOURCES)}")
        registry = environment.get("ARCLAB_REGISTRY_MIRROR", "")
        if registry and not _MIRROR.match(registry):
            raise _wrong("ARCLAB_REGISTRY_MIRROR", registry, "HOST[:PORT][/PATH], without a scheme")
        mirror = environment.get("ARCLAB_DEBIAN_MIRROR", "")
        if mirror and not mirror.startswith(("http://", "https://", "file:/")):
            raise _wrong("ARCLAB_DEBIAN_MIRROR", mirror, "a URL that apt can use")
        return cls(
            state=Path(environment.get("ARCLAB_STATE") or state_home / "arclab").absolute(),
            docker_host=environment.get("DOCKER_HOST", ""),
            image_source=cast("ImageSource", source),
            registry_mirror=registry,
            debian_mirror=mirror.rstrip("/"),
            subnets=_subnets(environment.get("ARCLAB_SUBNETS") or DEFAULT_SUBNETS),
            run_time_directory=environment.get("XDG_RUNTIME_DIR", ""),
        )


def _subnets(text: str) -> str:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise _wrong("ARCLAB_SUBNETS", text, "an IPv4 range such as 10.64.0.0/12") from error
    if network.prefixlen > 24 or not network.is_private:
        raise _wrong("ARCLAB_SUBNETS", text, "a private IPv4 range of /24 or larger")
    return text


def _wrong(name: str, value: str, wanted: str) -> UsageError:
    return UsageError("setting", f"{name}='{value}' is not {wanted}.", place="environment")
