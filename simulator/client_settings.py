"""What points other people's clients at a served cloud: lines for a shell, to be evaluated there.

Source: the variables of azure-identity's EnvironmentCredential and of requests; `az cloud`, `az config` and `az login`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

from simulator.contract import Case, Principal
from simulator.errors import BadInput

_CLOUD = "arclab"


def python_settings(case: Case, url: str, folder: Path) -> list[str]:
    """Give what the Python SDKs, and other clients that know the same variables, read from their environment.

    `url` is where the cloud is served, `folder` its certificates. The subscription and the address of Resource Manager
    have no variable that SDKs read by themselves; they come along for the program to read.
    Raises: BadInput when the case has no application with a secret.
    """
    owner = _application(case)
    return [
        *_exports(
            AZURE_AUTHORITY_HOST=url, AZURE_TENANT_ID=case.tenant_id, AZURE_CLIENT_ID=owner.client_id,
            AZURE_CLIENT_SECRET=owner.secret, AZURE_SUBSCRIPTION_ID=case.subscription_id,
            AZURE_RESOURCE_MANAGER_URL=url,
        ),
        *_trust(folder),
    ]  # fmt: skip


def az_settings(case: Case, url: str, folder: Path) -> list[str]:
    """Give what signs the Azure CLI in; its own settings stay untouched, since it gets a folder of its own.

    Raises: BadInput when the case has no application with a secret.
    """
    owner = _application(case)
    endpoint = ("--name", _CLOUD, "--endpoint-resource-manager", url)
    register, update = (shlex.join(("az", "cloud", verb, *endpoint)) for verb in ("register", "update"))
    login = ("az", "login", "--service-principal", "--username", owner.client_id, "--password", owner.secret,
             "--tenant", case.tenant_id, "--output", "none")  # fmt: skip
    return [
        *_exports(AZURE_CONFIG_DIR=str(folder / "az")),
        *_trust(folder),
        f"{register} 2>/dev/null || {update}",
        shlex.join(("az", "cloud", "set", "--name", _CLOUD)),
        shlex.join(("az", "config", "set", "core.instance_discovery=false", "--only-show-errors")),
        shlex.join(login),
    ]


CLIENTS: dict[str, Callable[[Case, str, Path], list[str]]] = {"az": az_settings, "python": python_settings}


def _application(case: Case) -> Principal:
    found = next((person for person in case.principals if person.client_id and person.secret), None)
    if found is None:
        raise BadInput("case", "it has no application with a secret that could sign in.")
    return found


def _trust(folder: Path) -> list[str]:
    """Let requests, httpx and OpenSSL trust the lab's CA, and no other."""
    authority = str(folder / "ca.pem")
    return _exports(REQUESTS_CA_BUNDLE=authority, SSL_CERT_FILE=authority)


def _exports(**variables: str) -> list[str]:
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
