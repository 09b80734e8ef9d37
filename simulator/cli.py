"""`arclab-sim`: a simulated Azure Arc, and the packages and repositories that it serves."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import ssl
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import msgspec
import uvloop
from cyclopts import App, CycloptsError, Parameter

from simulator.app import build_cloud
from simulator.client_settings import CLIENTS
from simulator.clock import FileClock, OffsetClock
from simulator.errors import BadInput, SimulatorError
from simulator.fork_server import serve_forks
from simulator.identity.certificates import HOSTILE, ensure_tls
from simulator.identity.tokens import TokenError, TokenKey
from simulator.packaging_cli import packages_app, repository_app
from simulator.seed import demo_case, plant, read_case
from simulator.server import Sockets, serve, show_certificates, tls_context
from simulator.services.packages import PackagesService
from simulator.state_file import make_folder_of
from simulator.store import Store
from simulator.unknown_requests import UnknownRequests


def _version() -> str:
    try:
        return metadata.version("arclab")
    except metadata.PackageNotFoundError:  # the cloud's image has the folder, not the distribution
        return "unknown: this is a copy of the sources"


app = App(name="arclab-sim", help=__doc__, help_format="plaintext", version=_version)
app.command(packages_app)
app.command(repository_app)
_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:\s]+):(?P<port>\d{1,5})")


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, by default the process's own; errors are printed once and give their exit code."""
    try:
        app(sys.argv[1:] if words is None else list(words), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        command = " ".join(("arclab-sim", *(error.command_chain or ())))
        said = str(error).strip().splitlines()
        _fail(BadInput("usage", said[-1] if said else "it cannot be read.", hint=f"{command} --help"))
    except SimulatorError as error:
        _fail(error)
    except OSError as error:
        if not error.filename or not error.strerror:
            raise
        message = f"this file cannot be used: {error.strerror.lower()}."
        hint = "Name another one, or change its kind, its place or its rights."
        _fail(SimulatorError("file-unusable", message, place=str(error.filename), hint=hint))


def _fail(error: SimulatorError) -> NoReturn:
    print(f"arclab-sim: {error}", file=sys.stderr)  # noqa: T201
    sys.exit(error.exit_code)


@app.command
def tls(*, out: Path) -> None:
    """Make the lab's CA, the server's certificate and Entra's key, once.

    Parameters
    ----------
    out
        The folder for ca.pem, server.pem, server.key and entra.key.
    """
    try:
        ensure_tls(out)
    except OSError as error:
        raise BadInput("tls-dir", f"it cannot be written: {error}.", place=str(out)) from error


@app.command(name="serve")
def serve_command(
    *,
    listen: str,
    tls_dir: Path,
    case: Path | None = None,
    seed: Literal["demo"] | None = None,
    state: Path | None = None,
    http_listen: str = "",
    control_socket: Path | None = None,
    clock_file: Path | None = None,
    name_server: str = "",
    address: str = "127.0.0.1",
    closed_network: str = "",
    private_address: str = "",
    repository: Path | None = None,
    signing_keys: Path | None = None,
    extensions: Path | None = None,
    windows: Path | None = None,
    publish: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    record_unknown: Path | None = None,
) -> None:
    """Serve a simulated Azure until Ctrl-C (SIGINT) or SIGTERM. Prints one line when it is ready.

    A first look: arclab-sim serve --listen 127.0.0.1:8443 --tls-dir build/tls --seed demo

    Then, at the address of that line: /_sim shows the cloud in a browser, /_sim/docs says how a program steers it, and
    arclab-sim settings az --tls-dir build/tls points the Azure CLI at it. Clients trust build/tls/ca.pem, and use the
    address, or Azure's own names where those lead to it.

    With --state FILE nothing that was answered is lost, whatever kills it: the same command goes on from there.

    Parameters
    ----------
    listen
        HOST:PORT for HTTPS; for port 0 a free one is chosen, and the line says which.
    tls_dir
        The folder of certificates, made where it is missing. Clients trust its ca.pem; case.json beside it says
        which tenant, subscription and sign-ins there are.
    case
        A JSON file with tenant, subscription and principals.
    seed
        Use a ready-made case: demo.
    state
        Keep state and journal in this file, which is made where it is missing; without it they live in memory.
    http_listen
        HOST:PORT for plain HTTP.
    control_socket
        A unix socket for /_sim; without it /_sim is answered on the HTTPS address.
    clock_file
        Keep the lab clock's offset in this file, in libfaketime's form.
    name_server
        HOST:PORT (UDP) for a name server that knows Azure's names.
    address
        The address that the name server gives for them.
    closed_network
        A network, such as 10.0.0.16/28, whose clients the name server tells that no name exists.
    private_address
        The address that it tells them for Azure Arc's names, as with private endpoints.
    repository
        The folder of a built repository, served as packages.microsoft.com.
    signing_keys
        The folder of the repository's signing key, for changes while serving.
    extensions
        The folder of extension packages.
    windows
        The folder of the agent's .msi files, as 'arclab packages build --windows' makes it.
    publish
        Publish only these releases; may be given several times.
    record_unknown
        Add requests that the simulator does not know to this file, as JSON lines without secrets.
    """
    _check_flags(
        case=case, seed=seed, state=state, repository=repository, signing_keys=signing_keys, publish=publish,
        windows=windows, closed_network=closed_network, private_address=private_address,
    )  # fmt: skip
    sockets = Sockets(
        https=_address(listen, "--listen"), http=_address(http_listen, "--http-listen") if http_listen else None,
        control=control_socket, names=_address(name_server, "--name-server") if name_server else None,
        address=_ipv4(address, "--address"), closed=_network(closed_network) if closed_network else None,
        private=_ipv4(private_address, "--private-address") if private_address else "",
    )  # fmt: skip
    with contextlib.ExitStack() as stack:
        unknown = stack.enter_context(closing(UnknownRequests(record_unknown))) if record_unknown else None
        key, context = _identity(tls_dir)
        if state is not None:
            make_folder_of(state)
            clock_file = clock_file or state.with_name(f"{state.name}.clock")
        clock = FileClock(clock_file) if clock_file is not None else OffsetClock()
        store = stack.enter_context(closing(Store(state, clock)))
        given = read_case(case) if case is not None else demo_case() if seed else None
        plant(store, given, is_demo=seed is not None, place=str(state or ""))
        if seed and given is not None:
            (tls_dir / "case.json").write_bytes(msgspec.json.format(msgspec.json.encode(given), indent=2) + b"\n")
        packages = None
        if repository is not None and signing_keys is not None:
            work = stack.enter_context(tempfile.TemporaryDirectory(prefix="arclab-sim-"))
            packages = PackagesService(
                repository, signing_keys, Path(work), lambda: datetime.fromtimestamp(clock.now(), UTC),
                ("good", *(word for word in HOSTILE if (tls_dir / f"{word}.pem").exists())),
                has_name_server=sockets.names is not None,
            )  # fmt: skip
            show_certificates(context, tls_dir, packages.certificate_for)
            if publish:
                packages.publish_only(publish)
        cloud = build_cloud(
            store, key, extensions=extensions, packages=packages, windows=windows, unknown_requests=unknown
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(cloud, sockets, context))


@app.command
def settings(
    client: Literal["az", "python"], *, tls_dir: Path, url: str = "https://127.0.0.1:8443", case: Path | None = None
) -> None:
    """Print the lines that point a client at a served cloud, as the first application of its case.

    For example: eval "$(arclab-sim settings az --tls-dir build/tls)"

    Parameters
    ----------
    client
        az: the Azure CLI, which gets a folder of settings of its own. python: the variables that Azure's SDKs read.
    tls_dir
        The folder of certificates that the cloud is served with.
    url
        The address in the line that serve has printed.
    case
        The case that it is served with; else the one that --seed has left in the folder.
    """
    given = read_case(case or tls_dir / "case.json")
    for line in CLIENTS[client](given, url.rstrip("/"), tls_dir.resolve()):
        print(line)  # noqa: T201


@app.command(name="fork-server")
def fork_server(*, socket: Path) -> None:
    """Start clouds on request, one at a time and each within a moment; made for the harness.

    Parameters
    ----------
    socket
        A unix socket that takes requests.
    """
    serve_forks(socket, main)


def _check_flags(
    *,
    case: Path | None,
    seed: str | None,
    state: Path | None,
    repository: Path | None,
    signing_keys: Path | None,
    publish: tuple[str, ...],
    windows: Path | None,
    closed_network: str,
    private_address: str,
) -> None:
    """Raises: BadInput for flags that do not go together."""
    if case is not None and seed is not None:
        raise BadInput("case", "give a case or a seed, not both.", hint="arclab-sim serve ... --seed demo")
    if case is None and seed is None and not (state is not None and state.exists()):
        raise BadInput("case", "give a case or a seed.", hint="arclab-sim serve ... --seed demo")
    if (repository is None) != (signing_keys is None):
        raise BadInput(
            "repository", "--repository and --signing-keys belong together.", hint="Give both of them, or none."
        )
    if publish and repository is None:
        raise BadInput("publish", "--publish needs a repository.", hint="Add --repository and --signing-keys.")
    if private_address and not closed_network:
        raise BadInput("private-address", "--private-address needs a closed network.", hint="Add --closed-network.")
    if windows is not None and not windows.is_dir():
        raise BadInput(
            "windows-folder", "there is no such folder.", place=str(windows),
            hint="arclab packages build --windows --out FOLDER makes one.",
        )  # fmt: skip


def _identity(folder: Path) -> tuple[TokenKey, ssl.SSLContext]:
    """Give Entra's key and the server's TLS settings, made where they are missing. Raises: BadInput."""
    try:
        ensure_tls(folder)
        return TokenKey((folder / "entra.key").read_bytes()), tls_context(folder)
    except (OSError, ValueError, TokenError) as error:
        raise BadInput(
            "tls-dir", f"it cannot be used: {error}.", place=str(folder), hint="arclab-sim tls --out FOLDER makes one."
        ) from error


def _address(text: str, flag: str) -> tuple[str, int]:
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise BadInput("address", f"'{text}' is not HOST:PORT.", place=flag, hint="For example 127.0.0.1:8443.")
    return match["host"].strip("[]"), int(match["port"])


def _network(text: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError as error:
        message = f"'{text}' is no IPv4 network: {error}."
        raise BadInput("address", message, place="--closed-network", hint="For example 10.0.0.16/28.") from error


def _ipv4(text: str, flag: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError as error:
        raise BadInput("address", f"'{text}' is no IPv4 address.", place=flag, hint="For example 127.0.0.1.") from error
