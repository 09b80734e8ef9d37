"""Make a base image from Debian packages, where no registry answers. The mirror is the host's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import EnvironmentProblem
from harness.settings import Settings
from harness.substrate.host_packages import can_install, install_on_host

_APT = Path("/etc/apt")
_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.*)$")
_DEBIAN_SUITES = re.compile(r"^(bullseye|bookworm|trixie|forky|sid|stable|oldstable|testing)(?P<kind>.*)$")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Mirrors:
    """Where Debian's packages come from: the archive, and the security archive (may be the empty text)."""

    archive: str
    security: str

    def sources(self, suite: str) -> list[str]:
        """Give the lines of a sources.list for a suite."""
        lines = [f"deb {self.archive} {suite} main", f"deb {self.archive} {suite}-updates main"]
        return [*lines, f"deb {self.security} {suite}-security main"] if self.security else lines


def find_mirrors(settings: Settings, apt: Path = _APT) -> Mirrors | None:
    """Give the mirrors of the setting, else of the host's apt configuration; None where there are none."""
    if settings.debian_mirror:
        security = re.sub(r"/debian$", "/debian-security", settings.debian_mirror)
        return Mirrors(settings.debian_mirror, security if security != settings.debian_mirror else "")
    sources = [(uri, match["kind"]) for uri, suite in host_sources(apt) if (match := _DEBIAN_SUITES.match(suite))]
    updated = {uri for uri, kind in sources if kind == "-updates"}
    plain = [uri for uri, kind in sources if kind in ("", "-updates")]
    if not plain:
        return None
    # Others publish under Debian's suite names too, but without updates and from another path.
    archive = min(plain, key=lambda uri: (uri not in updated, not uri.endswith("/debian")))
    return Mirrors(archive, next((uri for uri, kind in sources if "security" in kind), ""))


def host_sources(apt: Path) -> list[tuple[str, str]]:
    """Read (URI, suite) of every enabled binary source, in both of apt's formats; later keys of a stanza win."""
    found: list[tuple[str, str]] = []
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    for path in filter(Path.is_file, lists):
        matches = (_LINE.match(line.strip()) for line in path.read_text(errors="replace").splitlines())
        found.extend((match["uri"].rstrip("/"), match["suite"]) for match in matches if match)
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text(errors="replace")):
            found.extend(_stanza_sources(stanza))
    return found


def _stanza_sources(stanza: str) -> list[tuple[str, str]]:
    fields: dict[str, str] = {}
    key = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and key:
            fields[key] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            fields[key] = value.strip()
    if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
        return []
    uris, suites = fields.get("uris", "").split(), fields.get("suites", "").split()
    return [(uri.rstrip("/"), suite) for uri in uris for suite in suites]


def make_base(suite: str, mirrors: Mirrors, use: Callable[[Path], None], say: Callable[[str], None]) -> None:
    """Bootstrap a minimal system with mmdebstrap and hand its tar archive to `use`; it is deleted afterwards.

    Needs mmdebstrap (see `ensure_mmdebstrap`). Raises: EnvironmentProblem when it fails.
    """
    with tempfile.TemporaryDirectory(prefix="arclab-base-") as folder:
        archive = Path(folder) / "base.tar"
        command = ["mmdebstrap", "--variant=minbase", "--format=tar", "--quiet",
                   "--aptopt=APT::Install-Recommends \"false\"", "--aptopt=Acquire::Languages \"none\""]  # fmt: skip
        command += [f"--keyring={KEYRING}"] if KEYRING.exists() else []
        for excluded in ("doc", "man", "locale", "info", "lintian"):
            command.append(f"--dpkgopt=path-exclude=/usr/share/{excluded}/*")
        command += [suite, str(archive), *mirrors.sources(suite)]
        say(f"mmdebstrap {suite}")
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
        )
        if done.returncode != 0:
            raise EnvironmentProblem(
                "bootstrap-failed", f"mmdebstrap could not make '{suite}'.", hint=done.stderr.strip()[-1500:]
            )
        use(archive)


def ensure_mmdebstrap(say: Callable[[str], None]) -> None:
    """Install mmdebstrap where it is missing. Not for several threads at once.

    Raises: EnvironmentProblem when it cannot be installed.
    """
    if shutil.which("mmdebstrap"):
        return
    if not can_install():
        raise EnvironmentProblem(
            "bootstrap-missing", "mmdebstrap is needed to make images where no registry answers.",
            hint="apt-get install mmdebstrap (Debian, Ubuntu), or use a registry: ARCLAB_IMAGE_SOURCE=pull",
        )  # fmt: skip
    install_on_host(["mmdebstrap"], say)
