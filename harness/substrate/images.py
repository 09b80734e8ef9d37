"""Build the images of machines and cloud, once each, side by side; the tag is the hash of what goes in."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import docker
import docker.errors
import jinja2
import requests.exceptions

from harness.distros import FACTS, data_folder, read_distro
from harness.errors import EnvironmentProblem, UsageError
from harness.model.distro import Distro
from harness.settings import Settings
from harness.substrate.bootstrap import Mirrors, ensure_mmdebstrap, find_mirrors, make_base
from harness.substrate.engine import Engine, Progress, nearest_folder

CLOUD = "cloud"
_REPOSITORY = "arclab"
_RECIPE = "Containerfile.j2"
_FAKETIME = "libfaketime.so.1"
_CLOUD_BASE_DISTRO = "debian-12"
_LEAST_FREE_BYTES = 5 * 1024**3
_REGISTRY_PATIENCE_S = 10.0
_AT_ONCE = 2
_OUTDATED_SETTINGS = "20261123"  # part of every hash; raised when the way of building changes


@dataclass(frozen=True)
class Plan:
    """How one image is to be built: where its base comes from, and everything that goes into it."""

    name: str
    tag: str
    base: str
    bootstrap_suite: str  # empty: the base is pulled
    recipe: str
    files: dict[str, bytes]


class ImageStore:
    """Builds images on one engine. `progress` hears of each."""

    def __init__(self, engine: Engine, settings: Settings, progress: Progress) -> None:
        self._api = docker.APIClient(base_url=engine.url, version="auto", timeout=1800)
        self._settings = settings
        self._progress = progress
        self._root = Path(engine.root)
        self._mirrors = find_mirrors(settings)
        self._registry_answers: bool | None = None
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close the connection to the engine."""
        self._api.close()

    def ensure(self, distros: list[Distro]) -> dict[str, str]:
        """Give the tag of each distro's image and of the cloud's, building what is missing.

        Raises: EnvironmentProblem that names the image, the step and the last lines.
        """
        by_id = {distro.id: distro for distro in distros}
        names = [*by_id, CLOUD]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            tags = list(pool.map(lambda name: self._ensure(name, by_id.get(name)), names))
        return dict(zip(names, tags, strict=True))

    def _ensure(self, name: str, distro: Distro | None) -> str:
        plans = [self.plan(name, distro, source) for source in self._sources(distro)]
        for plan in plans:
            if self._has(plan.tag):
                return plan.tag
        plan = plans[0] if len(plans) == 1 or self._registry_is_there(plans[0].base) else plans[1]
        self._check_space()
        self._progress.start(f"image {name}")
        try:
            with self._locked(plan.tag):
                if not self._has(plan.tag):
                    self._build(plan)
        except Exception:
            self._progress.fail(f"image {name}")
            raise
        self._progress.done(f"image {name}")
        return plan.tag

    def _sources(self, distro: Distro | None) -> list[str]:
        """Give where an image's base may come from, best first."""
        wanted = self._settings.image_source
        possible = ["pull"] if distro is not None and distro.bootstrap is None else ["pull", "bootstrap"]
        if wanted == "auto":
            return possible
        if wanted not in possible:
            name = distro.id if distro else CLOUD
            raise UsageError(
                "image-source", f"'{name}' cannot be bootstrapped from Debian packages.",
                hint="Use ARCLAB_IMAGE_SOURCE=pull with a registry, or leave the distro out.",
            )  # fmt: skip
        return [wanted]

    def plan(self, name: str, distro: Distro | None, source: str) -> Plan:
        """Give how an image would be built from a source, without building it."""
        facts = distro or _cloud_base()
        suite = facts.bootstrap.suite if facts.bootstrap and source == "bootstrap" else ""
        base = base_tag(suite) if suite else self._mirrored(facts.pull.image if facts.pull else "")
        is_debian = facts.bootstrap is not None
        sources = (
            self._mirrors.sources(facts.bootstrap.suite)
            if self._mirrors and facts.bootstrap and (suite or is_debian)
            else []
        )
        neutral = render(name, base=neutral_base(suite, facts), sources=[], facts=facts)
        recipe = render(name, base=base, sources=sources, facts=facts)
        files = self._files(name, neutral)
        digest = hashlib.sha256(f"{_OUTDATED_SETTINGS}\0{neutral}".encode())
        for path, content in sorted(files.items()):
            digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
        return Plan(name, f"{_REPOSITORY}/{name}:{digest.hexdigest()[:16]}", base, suite, recipe, files)

    def _files(self, name: str, recipe: str) -> dict[str, bytes]:
        """Give the files that a recipe copies, but for those that are made at build time."""
        folder = data_folder("distro-images") / "include"
        files = {path.name: path.read_bytes() for path in folder.iterdir() if f"COPY {path.name} " in recipe}
        if f"COPY {_FAKETIME} " in recipe:
            files[_FAKETIME] = faketime_library().read_bytes()
        if "arclab-base-system.rpm" in recipe:
            files["base-system-provides.txt"] = (folder / "base-system-provides.txt").read_bytes()
        if name == CLOUD:
            root = data_folder("simulator")
            for path in sorted(root.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    files[f"simulator/{path.relative_to(root)}"] = path.read_bytes()
            files["cloud.lock"] = (data_folder("requirements") / "cloud.lock").read_bytes()
        return files

    def _build(self, plan: Plan) -> None:
        if plan.bootstrap_suite:
            self._ensure_base(plan.bootstrap_suite)
        with tempfile.TemporaryDirectory(prefix="arclab-image-") as name:
            folder = Path(name)
            for path, content in plan.files.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            (folder / "Containerfile").write_text(plan.recipe)
            if "base-system-provides.txt" in plan.files:
                _make_base_system(folder)
            if plan.name == CLOUD:
                self._progress.step(f"image {plan.name}", "installing the cloud's libraries")
                _install_libraries(folder)
            self._run_build(plan, folder)

    def _run_build(self, plan: Plan, folder: Path) -> None:
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as archive:
            archive.add(folder, arcname=".", filter=_neutral_owner)
        context.seek(0)
        lines: list[str] = []
        try:
            for event in self._api.build(
                fileobj=context, custom_context=True, dockerfile="Containerfile", tag=plan.tag, network_mode="host",
                rm=True, forcerm=True, decode=True, labels={"arclab.image": plan.name},
            ):  # fmt: skip
                text = str(event.get("stream", event.get("status", ""))).strip()
                if text:
                    lines.append(text)
                    if text.startswith("Step "):
                        self._progress.step(f"image {plan.name}", text)
                if "error" in event:
                    raise _build_failed(plan, str(event["error"]), lines)
        except (docker.errors.APIError, requests.exceptions.RequestException) as error:
            raise _build_failed(plan, str(error), lines) from error

    def _ensure_base(self, suite: str) -> None:
        tag = base_tag(suite)
        with self._locked(tag):
            if self._has(tag):
                return
            mirrors = self._need_mirrors()
            say = partial(self._progress.step, f"base {suite}")
            with self._locked("mmdebstrap"):
                ensure_mmdebstrap(say)
            make_base(suite, mirrors, lambda archive: self._import(archive, tag), say)

    def _import(self, archive: Path, tag: str) -> None:
        name, _, version = tag.partition(":")
        self._api.import_image(src=str(archive), repository=name, tag=version)

    def _need_mirrors(self) -> Mirrors:
        if self._mirrors is None:
            raise EnvironmentProblem(
                "debian-mirror", "no Debian mirror is known: the host's apt has none.",
                hint="Set ARCLAB_DEBIAN_MIRROR to one, such as the URL in a Debian machine's /etc/apt/sources.list.",
            )  # fmt: skip
        return self._mirrors

    def _mirrored(self, image: str) -> str:
        mirror = self._settings.registry_mirror
        return f"{mirror}/{image.partition('/')[2]}" if mirror else image

    def _has(self, tag: str) -> bool:
        try:
            self._api.inspect_image(tag)  # type: ignore[no-untyped-call] # docker's stubs leave it out
        except docker.errors.ImageNotFound:
            return False
        return True

    def _registry_is_there(self, image: str) -> bool:
        """Ask the registry once, and not for long."""
        with self._guard:
            if self._registry_answers is None:
                self._progress.step("registry", f"asking for {image}")
                self._registry_answers = _answers(self._api, image)
        return self._registry_answers

    def _check_space(self) -> None:
        folder = nearest_folder(self._root)
        free = shutil.disk_usage(folder).free
        if free < _LEAST_FREE_BYTES:
            raise EnvironmentProblem(
                "disk-full", f"only {free / 1e9:.1f} GB are free, and images need {_LEAST_FREE_BYTES / 1e9:.0f}.",
                place=str(folder), hint="Remove old images with 'arclab clean --images', or free space.",
            )  # fmt: skip

    @contextmanager
    def _locked(self, tag: str) -> Iterator[None]:
        folder = self._settings.state / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / re.sub(r"[^a-z0-9.]+", "-", tag)).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def ensure_images(engine: Engine, settings: Settings, distros: list[Distro], progress: Progress) -> dict[str, str]:
    """Give image tags by distro id, and the cloud's as `cloud`; builds what is missing."""
    store = ImageStore(engine, settings, progress)
    try:
        return store.ensure(distros)
    finally:
        store.close()


def _client(engine: Engine) -> closing[docker.APIClient]:
    return closing(docker.APIClient(base_url=engine.url, version="auto"))


def image_digests(engine: Engine, images: Mapping[str, str]) -> dict[str, str]:
    """Give the digest, `sha256:` and hex, by which the engine knows the content of each image."""
    with _client(engine) as api:
        found = {name: api.inspect_image(image) for name, image in images.items()}  # type: ignore[no-untyped-call]
    return {name: str(image["Id"]) for name, image in found.items()}


def list_images(engine: Engine) -> list[str]:
    """List arclab's images with their sizes."""
    with _client(engine) as api:
        found = api.images()
    rows = [
        (tag, image["Size"])
        for image in found
        for tag in image.get("RepoTags") or []
        if tag.startswith(f"{_REPOSITORY}/")
    ]
    return [f"{tag}  {size / 1e6:.0f} MB" for tag, size in sorted(rows)]


def remove_images(engine: Engine) -> int:
    """Remove arclab's images; give how many."""
    with _client(engine) as api:
        tags = [line.split()[0] for line in list_images(engine)]
        for tag in tags:
            api.remove_image(tag, force=True)
    return len(tags)


def neutral_base(suite: str, facts: Distro) -> str:
    """Give the base's name without a mirror, so that the same image has the same tag everywhere."""
    return base_tag(suite) if suite else facts.pull.image if facts.pull else ""


def render(name: str, *, base: str, sources: list[str], facts: Distro) -> str:
    """Render an image's recipe. Raises: UsageError when the recipe has a mistake."""
    root = data_folder("distro-images")
    loader = jinja2.FileSystemLoader([root / name, root / "include"])
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - no HTML
    try:
        template = environment.get_template(_RECIPE)
        return template.render(base=base, sources=sources, family=facts.family, os_release=facts.os_release) + "\n"
    except jinja2.TemplateError as error:
        raise UsageError("recipe", f"{error}.", place=str(root / name / _RECIPE)) from error


def faketime_library() -> Path:
    """Give the libfaketime that comes with the Python package of its name.

    It is built against an old C library, so one file serves every distro; the one in Debian 12 breaks programs that
    sleep by the monotonic clock. Source: libfaketime issue 426. Raises: EnvironmentProblem when it is missing.
    """
    found = importlib.util.find_spec("libfaketime")
    if found is None or found.origin is None:
        raise EnvironmentProblem("faketime-missing", "libfaketime was not found.", hint="It comes with 'make setup'.")
    return Path(found.origin).parent / "vendor" / "libfaketime" / "src" / _FAKETIME


def base_tag(suite: str) -> str:
    """Give the tag of a bootstrapped base."""
    return f"{_REPOSITORY}/base-{suite}:{_OUTDATED_SETTINGS}"


def _cloud_base() -> Distro:
    return read_distro(data_folder("distro-images") / _CLOUD_BASE_DISTRO / FACTS)


def _answers(api: docker.APIClient, image: str) -> bool:
    result: list[bool] = []

    def ask() -> None:
        try:
            api.inspect_distribution(image)  # type: ignore[no-untyped-call] # docker's stubs leave it out
        except (docker.errors.APIError, requests.exceptions.RequestException):
            return
        result.append(True)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_REGISTRY_PATIENCE_S)
    return bool(result)


def _neutral_owner(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = 0
    return info


def _build_failed(plan: Plan, error: str, lines: list[str]) -> EnvironmentProblem:
    step = next((line for line in reversed(lines) if line.startswith("Step ")), "before the first step")
    tail = "\n".join(lines[-15:])
    hint = f"At: {step}\n{tail}"
    if not plan.bootstrap_suite:
        hint += f"\nThe base is '{plan.base}'. Is the registry reachable? ARCLAB_REGISTRY_MIRROR names another."
    return EnvironmentProblem("image-build", f"the image '{plan.name}' could not be built: {error.strip()}.", hint=hint)


def _make_base_system(folder: Path) -> None:
    _run_or_fail(
        [sys.executable, "-m", "simulator", "packages", "base-system", "--out", str(folder),
         "--provides-file", str(folder / "base-system-provides.txt")],
        "the base package could not be made",
    )  # fmt: skip


def _install_libraries(folder: Path) -> None:
    """Put the cloud's locked libraries into the build context, for Debian 12's Python 3.11."""
    _run_or_fail(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps",
         "--target", str(folder / "site"), "--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp",
         "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64", "--require-hashes",
         "-r", str(folder / "cloud.lock")],
        "the cloud's libraries could not be installed",
    )  # fmt: skip


def _run_or_fail(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    if done.returncode != 0:
        raise EnvironmentProblem("image-build", f"{what}: exit {done.returncode}.", hint=done.stderr.strip()[-1500:])
