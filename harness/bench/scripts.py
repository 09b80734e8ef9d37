"""The shell scripts that arclab is compared with, made from the same documented commands, and what they print."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import jinja2

from harness.machines.package_managers import PACKAGE_MANAGERS, Script
from harness.model.distro import Distro
from harness.model.plan import PackageVersion
from harness.model.product import Product
from harness.model.scenario import Command, Scenario
from harness.prepared import Prepared
from harness.scenario.load import load_scenario
from harness.substrate.docker import Network
from simulator.contract import PACKAGES_HOST

FOLDER = Path(__file__).resolve().parent
CERTIFICATE = "/srv/lab-ca.pem"  # where a script's machine finds the lab's CA
_LAP = re.compile(r"^@lap (\S+) (\d+)$", re.MULTILINE)
_BOOT = "until [ -S /run/systemd/private ]; do sleep 0.01; done; systemctl is-system-running --wait"


def lifecycle_scenario() -> Scenario:
    """Load the scenario of the measured lifecycle."""
    return load_scenario(FOLDER / "lifecycle.yaml")


def unattended(script: Script, manager: str) -> str:
    """Give a documented command as a script has it: by root, asking nothing, other accepted statuses as success."""
    line = script.line.removeprefix("sudo ")
    switches = tomllib.loads((FOLDER / "unattended.toml").read_text(encoding="utf-8"))[manager]
    line = re.sub(rf"^{re.escape(manager)} ", f"{manager} {switches} ", line)
    accepted = "".join(f" || [ $? = {status} ]" for status in script.accept)
    return line + accepted


def shell_steps(
    distro: Distro, product: Product, old: PackageVersion, new: PackageVersion, scenario: Scenario
) -> dict[str, str]:
    """Give the steps of the lifecycle as shell text; it needs `bash -e`. The names are those of arclab's phases."""
    manager = PACKAGE_MANAGERS[distro.family]
    package = product.package
    url = f"https://{PACKAGES_HOST}/{distro.config_package}"

    def lines(*scripts: Script) -> str:
        return "\n".join(unattended(script, manager.name) for script in scripts)

    def state_is(wanted: str) -> str:
        return f'[ "$({manager.query(package)})" = {shlex.quote(wanted)} ]'

    ask = next(step.arguments.run for step in scenario.steps if isinstance(step.arguments, Command))
    trust = f"cat {CERTIFICATE} >> {distro.trust.bundle}"
    if distro.trust.hashed:
        link = f"{distro.trust.hashed}/$(openssl x509 -in {CERTIFICATE} -noout -subject_hash).0"
        trust += f'\nln -s {CERTIFICATE} "{link}"'
    return {
        "boot": _BOOT,
        "configure-repository": f"{trust}\ncd /root\n{lines(*manager.configure_repository(url))}",
        "refresh": lines(manager.refresh()),
        "install": f"{lines(manager.install(package, old.version))}\n{state_is(f'installed {old.version}')}",
        "upgrade": f"{lines(manager.refresh(), manager.upgrade(package))}\n{state_is(f'installed {new.version}')}",
        "verify": f"systemctl is-active {product.heartbeat_unit}\n{ask} | grep Disconnected",
        "uninstall": f"{lines(manager.uninstall(package))}\n{state_is('absent')}",
    }


def machine_options(prepared: Prepared, distro: str, network: Network, labels: dict[str, str]) -> list[str]:
    """Give the words after `docker run --detach --name NAME`: the same machine as arclab's, on a shared network."""
    host = {f"--{name.replace('_', '-')}": str(value) for name, value in prepared.machine_host_config.items()}
    mounts = [f"{path}:{bind}:rw" for path, bind in prepared.machine_mounts.items()]
    pairs = [
        *host.items(),
        ("--network", network.name),
        ("--dns", network.address(0)),
        ("--hostname", "box-1"),
        ("--stop-signal", prepared.machine_stop_signal),
        *(("--volume", mount) for mount in [*mounts, f"{prepared.tls}/ca.pem:{CERTIFICATE}:ro"]),
        *(("--tmpfs", f"{path}:{options}".rstrip(":")) for path, options in prepared.machine_tmpfs.items()),
        *(("--env", f"{name}={value}") for name, value in prepared.machine_environment.items()),
        ("--env", "DEBIAN_FRONTEND=noninteractive"),
        *(("--label", f"{name}={value}") for name, value in labels.items()),
    ]
    return [*(word for pair in pairs for word in pair), prepared.images[distro], "/sbin/init"]


def render_script(name: str, steps: dict[str, str], options: list[str]) -> str:
    """Give the script of a variant."""
    environment = jinja2.Environment(  # noqa: S701 - this is shell, quoted by a filter of its own
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = shlex.quote
    return environment.get_template(f"{name}.sh.j2").render(steps=steps, options=shlex.join(options))


def parse_laps(output: str) -> dict[str, float]:
    """Read how long each phase took, in seconds."""
    return {name: int(microseconds) / 1e6 for name, microseconds in _LAP.findall(output)}


def is_whole(laps: dict[str, float], steps: dict[str, str]) -> bool:
    """Say whether a script came through all of its steps."""
    return list(laps) == ["start", *steps, "destroy"]
