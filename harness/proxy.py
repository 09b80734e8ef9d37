"""A forward proxy beside the machine: squid in a container of its own, on the case's network and on a closed one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.cloud import CloudHost, readable_folder
from harness.errors import LabError
from harness.model.scenario import ProxyKind
from harness.model.words import MOST_MACHINES
from harness.substrate.docker import Container, ContainerSpec, Network
from harness.wait import wait_for

PROXY_NAME = "proxy.arclab.example"
PROXY_USER, PROXY_PASSWORD = "proxyuser", "proxy-canary"
_PLACE = MOST_MACHINES + 1  # of the proxy, on both networks: behind all machines
_FOLDER = "/srv/proxy"
_START_LIMIT_S = 30.0
_CERTGEN = "/usr/lib/squid/security_file_certgen"
_HELPER = "/usr/lib/squid/basic_ncsa_auth"


@dataclass(frozen=True)
class Proxy:
    """A running proxy. `address` is where it is on the case's network, which is how it reaches the cloud.

    `network` is the closed one: who is only there reaches nothing but the proxy, at `inner_address`.
    """

    kind: ProxyKind
    container: Container
    network: Network
    address: str
    inner_address: str
    folder: Path

    @property
    def url(self) -> str:
        """Give its address as the package managers need it."""
        user = f"{PROXY_USER}:{PROXY_PASSWORD}@" if self.kind == "authenticated" else ""
        return f"http://{user}{PROXY_NAME}:3128"

    @property
    def hosts(self) -> dict[str, str]:
        """Give its names, for a machine's /etc/hosts."""
        return {PROXY_NAME: self.inner_address, PROXY_NAME.partition(".")[0]: self.inner_address}

    def restart(self) -> None:
        """Start it again and wait until it listens. Raises: LabError when it does not."""
        self.container.restart()
        self.await_listening()

    def await_listening(self) -> None:
        """Wait until it listens. Raises: LabError with its output when it does not."""
        wait_for("the proxy", self._listens, _START_LIMIT_S, lambda: self.container.log_tail().strip())

    def _listens(self) -> bool:
        if not self.container.is_running():
            raise LabError("proxy-ended", "the proxy ended while it started.", hint=self.container.log_tail().strip())
        return self.container.run(["sh", "-c", "ss -Hltn sport = :3128 | grep -q ."])[0] == 0

    def certificate(self) -> str:
        """Give the CA with which an inspecting proxy signs. Raises: LabError when it has none."""
        try:
            return (self.folder / "ca.pem").read_text()
        except FileNotFoundError as error:
            raise LabError("proxy-no-ca", f"a proxy that is '{self.kind}' has no CA to trust.") from error


def start_proxy(host: CloudHost, kind: ProxyKind, run_time: Path, name: str, labels: dict[str, str]) -> Proxy:
    """Start a proxy; its container is the caller's to remove. `run_time` is the case's folder.

    Raises: LabError with its output when it does not listen.
    """
    folder = readable_folder(run_time / "proxy")
    (folder / "squid.conf").write_text(squid_configuration(kind, host.network.address(0)))
    network = host.closed_network()
    spec = ContainerSpec(
        name=name, image=host.prepared.cloud_image, command=["sh", "-ec", start_script(kind)], role="proxy",
        network=host.network, address=host.network.address(_PLACE), hostname="proxy", dns=(host.network.address(0),),
        mounts={folder: (_FOLDER, "rw"), Path(host.prepared.tls) / "ca.pem": ("/srv/lab-ca.pem", "ro")},
    )  # fmt: skip
    container = host.substrate.start(spec, labels)
    proxy = Proxy(kind, container, network, spec.address, network.address(_PLACE), folder)
    try:
        container.plug(network, proxy.inner_address)
        proxy.await_listening()
    except BaseException:
        container.remove()
        raise
    return proxy


def start_script(kind: ProxyKind) -> str:
    """Give the shell text that makes what squid needs and becomes squid."""
    lines = [f"touch {_FOLDER}/access.log", f"chown proxy {_FOLDER}/access.log"]
    if kind == "authenticated":
        lines.append(f"echo {PROXY_USER}:$(openssl passwd -apr1 {PROXY_PASSWORD}) > {_FOLDER}/passwords")
    elif kind == "inspecting":
        new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /srv/ca.key"
        about = "-days 400 -subj '/CN=A proxy' -addext keyUsage=critical,keyCertSign"
        lines += [
            f"openssl req -new -x509 {new_key} {about} -out {_FOLDER}/ca.pem 2>&1",
            "chown proxy /srv/ca.key",
            f"{_CERTGEN} -c -s /srv/certificates -M 4MB",
            "chown -R proxy /srv/certificates",
        ]
    return "\n".join([*lines, f"exec squid -N -f {_FOLDER}/squid.conf"])


def squid_configuration(kind: ProxyKind, name_server: str) -> str:
    """Give squid's configuration: it may go anywhere, keeps nothing, and logs each request."""
    bump = ""
    lines = [
        "visible_hostname proxy", "cache deny all", "pinger_enable off", "pid_filename none",
        "shutdown_lifetime 0 seconds", "max_filedescriptors 4096", f"dns_nameservers {name_server}",
        "coredump_dir /tmp", "cache_log /dev/null", f"access_log stdio:{_FOLDER}/access.log",
        "logfile_rotate 0", "forwarded_for delete",
    ]  # fmt: skip
    if kind == "authenticated":
        lines += [
            f"auth_param basic program {_HELPER} {_FOLDER}/passwords", "auth_param basic realm arclab",
            "acl known proxy_auth REQUIRED", "http_access allow known", "http_access deny all",
        ]  # fmt: skip
    else:
        lines.append("http_access allow all")
    if kind == "inspecting":
        bump = f" ssl-bump tls-cert={_FOLDER}/ca.pem tls-key=/srv/ca.key generate-host-certificates=on"
        lines += [
            f"sslcrtd_program {_CERTGEN} -s /srv/certificates -M 4MB", "ssl_bump bump all",
            "tls_outgoing_options cafile=/srv/lab-ca.pem",
        ]  # fmt: skip
    ports = [f"http_port {port}{bump}" for port in (3128, 80)]
    return "\n".join([*ports, *lines]) + "\n"
