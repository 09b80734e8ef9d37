"""The whole tree of packages.microsoft.com for a run: repositories, keys, configuration packages."""

from __future__ import annotations

import hashlib
import shutil
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from simulator.contract import DEPENDENCY, PACKAGES_HOST, PackageFile, PackageIndex, RepositoryFault
from simulator.errors import BadInput
from simulator.packaging import Format, Package, build_package, write_index
from simulator.repository.apt import SOUND, write_apt_repository
from simulator.repository.rpm import write_rpm_repository
from simulator.repository.signing import Signer

SPECIFICATION = "repositories.json"
SIGNED = "signed"  # the packages as they are published: rpms signed
TREE = "tree"  # what is served
KEY_URL = f"https://{PACKAGES_HOST}/keys/microsoft.asc"


class RepositorySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One repository: its path, its family, for apt its suite, and where its configuration package lies."""

    path: str
    family: Literal["apt", "yum", "zypper"]
    config: str
    suite: str = ""


def read_specification(path: Path) -> list[RepositorySpec]:
    """Read the list. Raises: BadInput with its mistake."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[RepositorySpec])
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput("repositories-file", f"{error}.", place=str(path)) from error


def sign_packages(packages: Path, index: PackageIndex, signer: Signer, out: Path) -> PackageIndex:
    """Copy the packages into `out`, sign the rpms, and give the index of what is there now."""
    out.mkdir(parents=True, exist_ok=True)
    for entry in index.packages:
        shutil.copyfile(packages / entry.path, out / entry.path)
    rpms = [out / entry.path for entry in index.packages if entry.format == "rpm"]
    if rpms:
        signer.sign_rpms(rpms)
    signed = PackageIndex(packages=[_as_signed(entry, out / entry.path) for entry in index.packages])
    write_index(out, signed)
    return signed


def _as_signed(entry: PackageFile, path: Path) -> PackageFile:
    content = path.read_bytes()
    return msgspec.structs.replace(entry, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def offered(index: PackageIndex, releases: frozenset[str] | None) -> PackageIndex:
    """Give the packages of these releases, beside dependencies; None means all."""
    chosen = [e for e in index.packages if releases is None or e.release in releases or e.release == DEPENDENCY]
    return PackageIndex(packages=chosen)


def build_tree(
    signed: Path, index: PackageIndex, specification: list[RepositorySpec], signer: Signer, out: Path, *,
    now: datetime, fault: RepositoryFault = SOUND, keys: tuple[Signer, ...] = (),
) -> None:  # fmt: skip
    """Write the tree that is served, with all packages of the index, oldest first.

    `fault` is what apt's metadata say that is not so; `keys` are the signers whose public keys are published, by
    default the one that signs.
    Raises: SimulatorError when signing fails; `out` may then be half written and must not be served.
    """
    published = keys or (signer,)
    debs = [(entry, signed / entry.path) for entry in index.packages if entry.format == "deb"]
    rpms = [signed / entry.path for entry in index.packages if entry.format == "rpm"]
    for repository in specification:
        root = out / repository.path
        root.mkdir(parents=True, exist_ok=True)
        if repository.family == "apt":
            write_apt_repository(root, repository.suite, debs, signer, now, fault=fault)
        else:
            write_rpm_repository(root, rpms, signer, now, public_key=_public(published, armored=True))
    folder = out / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "microsoft.asc").write_bytes(_public(published, armored=True))


def _public(signers: tuple[Signer, ...], *, armored: bool) -> bytes:
    return b"".join(signer.public_key(armored=armored) for signer in signers)


def build_configuration(specification: list[RepositorySpec], signers: tuple[Signer, ...], out: Path) -> None:
    """Write `packages-microsoft-prod` for each repository: its definition and its keys, as a real package.

    The first signer signs the rpms.
    """
    rpms: list[Path] = []
    for repository in specification:
        target = out / repository.config
        target.parent.mkdir(parents=True, exist_ok=True)
        package = configuration_package(repository, _public(signers, armored=False))
        build_package(package, target)
        if package.format == "rpm":
            rpms.append(target)
    if rpms:
        signers[0].sign_rpms(rpms)


def configuration_package(repository: RepositorySpec, keyring: bytes) -> Package:
    """Give the package; `keyring` is not armored. Source: where the real one has what; contents are ours."""
    kind: Format = "deb" if repository.family == "apt" else "rpm"
    url = f"https://{PACKAGES_HOST}/{repository.path}"
    blobs: dict[str, bytes] = {}
    if repository.family == "apt":
        keyring_path = "/usr/share/keyrings/microsoft-prod.gpg"
        definition = f"deb [arch=amd64 signed-by={keyring_path}] {url} {repository.suite} main\n"
        path = "/etc/apt/sources.list.d/microsoft-prod.list"
        blobs[keyring_path] = keyring
    else:
        folder = "/etc/yum.repos.d" if repository.family == "yum" else "/etc/zypp/repos.d"
        path = f"{folder}/microsoft-prod.repo"
        name = "packages-microsoft-com-prod"
        zypper_only = ["autorefresh=1", "type=rpm-md"] if repository.family == "zypper" else []
        lines = [f"[{name}]", f"name={name}", f"baseurl={url}/", "enabled=1", "gpgcheck=1", "repo_gpgcheck=1",
                 f"gpgkey={KEY_URL}", *zypper_only]  # fmt: skip
        definition = "\n".join(lines) + "\n"
    return Package(
        name="packages-microsoft-prod", version="1.1" if kind == "deb" else "1.1-1", format=kind,
        architecture="all",
        description="Stand-in for the definition of Microsoft's package repository, made by arclab.",
        texts={path: (definition, 0o644)}, blobs=blobs, config_files=frozenset({path}),
    )  # fmt: skip


def build_repository(
    packages: Path, index: PackageIndex, specification: list[RepositorySpec], keys: Path, out: Path, *, now: datetime
) -> None:
    """Build everything of a run below `out`: `signed`, `tree` and the specification."""
    signer = Signer(keys)
    signer.ensure_key()
    signed = sign_packages(packages, index, signer, out / SIGNED)
    (out / SPECIFICATION).write_bytes(msgspec.json.encode(specification))
    build_tree(out / SIGNED, signed, specification, signer, out / TREE, now=now)
    build_configuration(specification, (signer,), out / TREE)
