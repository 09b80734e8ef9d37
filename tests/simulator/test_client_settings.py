"""The lines that point clients at a cloud do so in a real shell; and the README shows lines that work."""

from __future__ import annotations

import ast
import os
import re
import shlex
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from simulator.cli import main
from simulator.client_settings import az_settings, python_settings
from simulator.contract import Case
from simulator.errors import BadInput
from simulator.seed import demo_case

pytestmark = pytest.mark.process

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
ARM = "https://management.azure.com"
SECTION = README.partition("## The simulated Azure alone")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve as the README's command does, on a free port and in another folder; give the address and the folder."""
    folder = tmp_path_factory.mktemp("built")
    words = shlex.split(re.findall(r"^arclab-sim (serve .*)$", SECTION, re.MULTILINE)[0])
    there = {"127.0.0.1:8443": "127.0.0.1:0", "build/tls": f"{folder}/tls", "build/state": f"{folder}/state"}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", *(there.get(word, word) for word in words)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1], folder / "tls"
    process.kill()
    process.communicate()


def evaluated(lines: str, *, path: str = "") -> dict[str, str]:
    """Evaluate lines in a shell that stops at the first mistake; give the environment that they leave."""
    environment = {"PATH": path or os.environ["PATH"]}
    script = f"set -eu\n{lines}\nenv -0"
    done = subprocess.run(["/bin/sh", "-c", script], env=environment, capture_output=True, text=True, check=True)
    pairs = done.stdout.rstrip("\0").split("\0")
    return dict(pair.split("=", 1) for pair in pairs)


def printed(capsys: pytest.CaptureFixture[str], client: str, url: str, folder: Path) -> str:
    """Give what the README's command prints for a client."""
    (command,) = re.findall(rf'eval "\$\(arclab-sim (settings {client} .*)\)"', SECTION)
    words = [str(folder) if word == "build/tls" else word for word in shlex.split(command)]
    with pytest.raises(SystemExit) as caught:
        main([*words, "--url", url])
    assert caught.value.code in (None, 0)
    return capsys.readouterr().out


def test_the_variables_lead_to_the_cloud(served: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """With nothing but them a client signs in and lists the fleet, over TLS that it verifies."""
    found = evaluated(printed(capsys, "python", *served))
    form = {"grant_type": "client_credentials", "client_id": found["AZURE_CLIENT_ID"],
            "client_secret": found["AZURE_CLIENT_SECRET"], "scope": f"{ARM}/.default"}  # fmt: skip
    trust = ssl.create_default_context(cafile=found["REQUESTS_CA_BUNDLE"])
    with httpx.Client(verify=trust, trust_env=False) as client:
        entra = f"{found['AZURE_AUTHORITY_HOST']}/{found['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        token = client.post(entra, data=form).raise_for_status().json()["access_token"]
        machines = client.get(
            f"{found['AZURE_RESOURCE_MANAGER_URL']}/subscriptions/{found['AZURE_SUBSCRIPTION_ID']}/providers"
            "/Microsoft.HybridCompute/machines",
            params={"api-version": "2026-07-15"}, headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    assert len(machines.raise_for_status().json()["value"]) == 8
    assert found["SSL_CERT_FILE"] == found["REQUESTS_CA_BUNDLE"]


def test_the_readmes_program_reads_what_is_set(served: tuple[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The program is Python, and every variable that it reads is one of those."""
    found = evaluated(printed(capsys, "python", *served))
    (program,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    read = {
        node.slice.value
        for node in ast.walk(ast.parse(program))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    }

    assert read
    assert read <= set(found)


@pytest.mark.parametrize("is_registered", [False, True], ids=["the first time", "again"])
def test_the_cli_is_signed_in(
    capsys: pytest.CaptureFixture[str], served: tuple[str, Path], tmp_path: Path, is_registered: bool
) -> None:
    """`az` learns the cloud, new or known, and signs in, in a folder of its own; a stand-in writes it down."""
    stand_in = tmp_path / "az"
    writing = f'echo "$AZURE_CONFIG_DIR $*" >> {tmp_path}/asked'
    stand_in.write_text(f'#!/bin/sh\n{writing}\n[ "$2" != register ] || exit {int(is_registered)}\n')
    stand_in.chmod(0o755)
    evaluated(printed(capsys, "az", *served), path=f"{tmp_path}:{os.environ['PATH']}")
    url, folder = served
    owner = demo_case().principals[0]
    asked = (tmp_path / "asked").read_text().splitlines()
    endpoint = f"--name arclab --endpoint-resource-manager {url}"

    assert [line.partition(" ")[0] for line in asked] == [str(folder / "az")] * len(asked)
    login = f"--username {owner.client_id} --password {owner.secret} --tenant {demo_case().tenant_id} --output none"
    assert [line.partition(" ")[2] for line in asked] == [
        f"cloud register {endpoint}", *([f"cloud update {endpoint}"] if is_registered else []),
        "cloud set --name arclab", "config set core.instance_discovery=false --only-show-errors",
        f"login --service-principal {login}",
    ]  # fmt: skip


def test_hostile_secrets_stay_words(tmp_path: Path) -> None:
    """A secret with anything in it is one word to the shell."""
    secret = "'; touch " + str(tmp_path / "pwned") + " #$(id)`id`"
    people = (msgspec.structs.replace(demo_case().principals[0], secret=secret),)
    case = msgspec.structs.replace(demo_case(), principals=people)
    found = evaluated("\n".join(python_settings(case, "https://a", tmp_path)))

    assert found["AZURE_CLIENT_SECRET"] == secret
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("settings", [az_settings, python_settings])
def test_somebody_has_to_sign_in(settings: object, tmp_path: Path) -> None:
    """A case with people only says so."""
    case: Case = msgspec.structs.replace(demo_case(), principals=demo_case().principals[3:])
    assert callable(settings)
    with pytest.raises(BadInput, match="no application with a secret"):
        settings(case, "https://a", tmp_path)


def test_a_folder_without_a_case(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Who has served no demo has to say which case it was."""
    with pytest.raises(SystemExit) as caught:
        main(["settings", "az", "--tls-dir", str(tmp_path)])

    assert caught.value.code == 5
    assert "[case-file]" in capsys.readouterr().err
