"""The lifecycles: rows of steps that every release has to survive, written for any product."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.environments import find_environment
from harness.model.product import Product

_FOLDER = Path(__file__).with_name("lifecycles")
_SUFFIX = ".j2"
_HOSTILE = "environment.yaml.j2"  # rendered for each environment
_CRASH = "crash.yaml.j2"  # rendered for each way and each place
_CONNECTED = ("connected.yaml.j2", "outages.yaml.j2", "proxied.yaml.j2")  # for products with a cloud
_RENAMED = "renamed.yaml.j2"  # for products whose package had another name
_INSTALLER = "installer"  # what begins so is for the script that installs the package
_WINDOWS = "windows-"  # what the names of lifecycles of an .msi begin with
_SERVICES = "upgrade-"  # what begins so is for products with services
_BEGINNING = "steps:\n  - install: {version: previous}\n"
_BOUNDARIES = ("download", "preinst", "unpack", "postinst")
#: Not a removal whose files have gone: rpm, which removes it again, warns of each.
_LATER = (
    ("upgrade", "kill", "unpack"), ("upgrade", "kill", "postinst"), ("upgrade", "power", "prerm"),
    ("upgrade", "power", "postinst"), ("removal", "kill", "prerm"), ("removal", "power", "prerm"),
)  # fmt: skip


def crashes_of(product: Product) -> tuple[tuple[str, str, str], ...]:
    """Give (of, by, at) of each way in which an installation, an upgrade or a removal can come to grief."""
    boundaries = (*_BOUNDARIES, *(["service"] if product.units else []))
    struck = [("installation", by, at) for by in ("kill", "power") for at in boundaries]
    apart = any(program.startswith("/opt/") for program in product.programs)  # a folder that may be full alone
    full = [(of, "full-disk", "unpack") for of in ("installation", "upgrade")] if apart else []
    return (*struck, ("installation", "lock", "download"), ("installation", "full-disk", "download"), *full, *_LATER)


#: What is not tried with an .msi, and why.
NOT_ON_WINDOWS = {
    "lifecycle refused": "Windows Installer undoes what a refused upgrade has begun",
    "lifecycle renamed": "Windows Installer knows a product by its upgrade code, whatever it is called",
    "lifecycle kept": "Windows Installer knows one removal",
    "lifecycle upgrade-disable": "Wine 8 changes no start type of a service",
    "lifecycle upgrade-mask": "a service of Windows cannot be masked",
    "lifecycle upgrade-stop": "Windows Installer starts a service at each installation, whether it ran or not",
    "lifecycle proxied": "the documented upgrade fetches the .msi itself, and nothing tells it of a proxy",
    "killed services": "whether they come back is an option of each, which Wine does not heed",
    "environments": "they are of Linux",
    "crashes": "their boundaries are those of maintainer scripts",
}


def write_windows_lifecycles(product: Product, folder: Path) -> None:
    """Write the lifecycles of an .msi as scenario files; `product` is the product as an .msi has it."""
    folder.mkdir(parents=True, exist_ok=True)
    templates = _templates()
    for path in sorted(_FOLDER.glob(f"*{_SUFFIX}")):
        name = path.name.removesuffix(f".yaml{_SUFFIX}")
        is_tried = path.name not in (_HOSTILE, _CRASH) and not name.startswith(_INSTALLER)
        is_tried &= f"lifecycle {name}" not in NOT_ON_WINDOWS
        if is_tried and _concerns(path.name, product):
            text = templates.get_template(path.name).render(product=product, distros="windows")
            (folder / f"{_WINDOWS}{name}.yaml").write_text(text + "\n", encoding="utf-8")


def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), undefined=StrictUndefined, autoescape=False)  # noqa: S701 - YAML


def write_lifecycles(
    product: Product,
    environments: Iterable[str],
    folder: Path,
    *,
    with_crashes: bool = False,
    steps: Iterable[str] = (),
    installer: str = "",
) -> None:
    """Write the lifecycles as scenario files for a product, with one for each of these environments.

    `with_crashes` adds one for each way in which something comes to grief. `steps` are done once the previous release
    is installed, in lifecycles that begin with it. `installer` is the text of the script that installs the package.
    """
    more = "".join(f"  - {step}\n" for step in steps)
    folder.mkdir(parents=True, exist_ok=True)
    templates = _templates()
    for path in sorted(_FOLDER.glob(f"*{_SUFFIX}")):
        is_tried = path.name not in (_HOSTILE, _CRASH) and (installer or not path.name.startswith(_INSTALLER))
        if is_tried and _concerns(path.name, product):
            text = templates.get_template(path.name).render(product=product, distros="default", installer=installer)
            text = text.replace(_BEGINNING, f"{_BEGINNING}{more}", 1)
            (folder / path.name.removesuffix(_SUFFIX)).write_text(text + "\n", encoding="utf-8")
    for of, by, at in crashes_of(product) if with_crashes else ():
        text = templates.get_template(_CRASH).render(of=of, by=by, at=at)
        (folder / f"crash-{of}-{by}-{at}.yaml").write_text(text + "\n", encoding="utf-8")
    for word in environments:
        text = templates.get_template(_HOSTILE).render(word=word, environment=find_environment(word))
        (folder / f"environment-{word}.yaml").write_text(text + "\n", encoding="utf-8")


def _concerns(name: str, product: Product) -> bool:
    """Say whether a lifecycle is about something that the product has."""
    if name == _RENAMED:
        return bool(product.formerly)
    return (product.has_cloud or name not in _CONNECTED) and (bool(product.units) or not name.startswith(_SERVICES))
