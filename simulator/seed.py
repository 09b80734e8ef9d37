"""What a cloud begins with: the tenant, subscription, group and people of a case."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from simulator.contract import Case
from simulator.contract import Principal as SeedPrincipal
from simulator.contract import Subscription as SeedSubscription
from simulator.demo import fleet
from simulator.directory import grants, principal_of, problem_of
from simulator.errors import BadInput
from simulator.identity.certificates import new_issuer_key
from simulator.resources.entities import (
    Entity,
    Principal,
    Provider,
    ResourceGroup,
    RoleAssignment,
    Secret,
    Seed,
    Subscription,
    Tenant,
    ThrottlingRule,
)
from simulator.resources.providers import PROVIDERS, provider_id
from simulator.resources.roles import ROLES
from simulator.resources.transition import Transition
from simulator.snapshots import replace_all
from simulator.store import Store
from simulator.throttle import RULE, mistake_in


def read_case(path: Path) -> Case:
    """Read a case. Raises: BadInput with its mistake."""
    try:
        case = msgspec.json.decode(path.read_bytes(), type=Case)
    except OSError as error:
        raise BadInput(
            "case-file", f"the case cannot be read: {error.strerror}.", place=str(path),
            hint="'arclab-sim serve --seed demo --tls-dir FOLDER' leaves one in that folder.",
        ) from error  # fmt: skip
    except msgspec.DecodeError as error:
        raise BadInput("case-file", f"{error}.", place=str(path)) from error
    _check(case, str(path))
    return case


def _check(case: Case, place: str) -> None:
    """Raises: BadInput for what can be read but cannot be served."""
    for message, hint in _mistakes(case):
        raise BadInput("case-file", f"{message}.", place=place, hint=hint)


def _mistakes(case: Case) -> Iterator[tuple[str, str]]:
    """Give each mistake with a hint."""
    if case.page_size < 1:
        yield f"'page_size' is {case.page_size}; it is 1 or more", ""
    if problem := mistake_in(case.throttling):
        yield problem, ""
    ids = [case.subscription_id, *(more.id for more in case.subscriptions)]
    domains = [name for tenant in case.tenants for name in tenant.domains]
    unique = {"subscriptions have the id": ids, "tenants have the domain": domains} | {
        f"principals have the {field}": [getattr(person, field) for person in case.principals]
        for field in ("object_id", "name")
    }
    for what, values in unique.items():
        for value, count in Counter(value.lower() for value in values).items():
            if count > 1:
                yield f"two {what} '{value}'", ""
    yield from _mistakes_of_people(case)


def _mistakes_of_people(case: Case) -> Iterator[tuple[str, str]]:
    tenants = {case.tenant_id, *(more.tenant_id or case.tenant_id for more in case.subscriptions)}
    tenants |= {tenant.id for tenant in case.tenants}
    for person in case.principals:
        if person.tenant_id and person.tenant_id not in tenants:
            message = f"'{person.name}' is of the tenant '{person.tenant_id}', which the case does not know"
            yield message, f"There are: {', '.join(sorted(tenants))}."
        for role in person.roles:
            if role not in ROLES:
                yield f"'{person.name}' has the unknown role '{role}'", f"Known: {', '.join(ROLES)}."
        if problem := problem_of(person):
            yield problem, ""


def demo_case() -> Case:
    """Give the case of `--seed demo`: the same ids and secrets each time, so that scripts can hold them."""

    def guid(number: int) -> str:
        return str(uuid.UUID(int=0xA5C1AB << 96 | number))

    return Case(
        tenant_id=guid(1), subscription_id=guid(2), subscription_name="arclab demo", location="eastus",
        resource_group="arclab-rg",
        principals=(
            SeedPrincipal("owner", guid(11), guid(12), "demo-owner-secret", roles=("Owner",)),
            SeedPrincipal("onboarding", guid(21), guid(22), "demo-onboarding-secret",
                          roles=("Azure Connected Machine Onboarding",)),
            SeedPrincipal("reader", guid(31), guid(32), "demo-reader-secret", roles=("Reader",)),
            SeedPrincipal("person", guid(41), "", "demo-password", "person@arclab.example", roles=("Owner",)),
        ),
    )  # fmt: skip


def plant(store: Store, case: Case | None, *, is_demo: bool = False, place: str = "") -> None:
    """Put a case into an empty store; a store that holds this case already is left as it is. `place` names the store.

    With `is_demo` the fleet of the demo comes with it.
    Raises: BadInput when the store holds another case, or holds none and none is given.
    """
    held = next((subscription.key for subscription in store.all(Subscription) if subscription.is_home), "")
    if held:
        if case is not None and held != case.subscription_id:
            message = f"it holds the case of subscription '{held}', not of '{case.subscription_id}'."
            raise BadInput("state-case", message, place=place, hint="Give no case, or another state file.")
        return
    if case is None:
        raise BadInput("case", "it holds no case yet.", place=place, hint="Add --seed demo, or --case FILE.")
    store.apply(Transition("seed", _planted(store, case, is_demo=is_demo)))


def replant(store: Store) -> None:
    """Let a cloud begin again with what it began with; its journal and its clock go on. Raises: BadInput."""
    seed = store.get(Seed, "seed")
    if seed is None:
        raise BadInput("no-seed", "this state was begun by a version that did not keep its seed.")
    replace_all(store, "state.reset", list(_planted(store, seed.case, is_demo=seed.is_demo)), {})


def _planted(store: Store, case: Case, *, is_demo: bool) -> tuple[Entity, ...]:
    more = fleet(case, store.clock.now()) if is_demo else ()
    mine = _entities(case)
    return (*mine, *_assigned(case, mine, store.clock.now()), *more, Seed(key="seed", case=case, is_demo=is_demo))


def _entities(case: Case) -> tuple[Entity, ...]:
    home = SeedSubscription(case.subscription_id, case.subscription_name, resource_groups=(case.resource_group,))
    return (
        *(entity for wanted in (home, *case.subscriptions) for entity in _subscribed(wanted, case)),
        *(principal_of(person, case.tenant_id) for person in case.principals),
        *(Tenant(key=tenant.id, domains=tuple(name.lower() for name in tenant.domains)) for tenant in case.tenants),
        Secret(key="identity-issuer", pem=new_issuer_key()),
        ThrottlingRule(key=RULE, limits=case.throttling),
    )  # fmt: skip


def _assigned(case: Case, entities: tuple[Entity, ...], now: float) -> Iterator[RoleAssignment]:
    """Give the roles of a case's people, which they hold at each subscription of their tenant."""
    roles = {person.object_id: person.roles for person in case.principals}
    subscriptions = [entity for entity in entities if isinstance(entity, Subscription)]
    for person in entities:
        if isinstance(person, Principal):
            yield from grants(person, roles[person.key], subscriptions, now)


def _subscribed(wanted: SeedSubscription, case: Case) -> tuple[Entity, ...]:
    """Give a subscription with its groups and registered providers."""
    location = wanted.location or case.location
    return (
        Subscription(key=wanted.id, name=wanted.name, tenant_id=wanted.tenant_id or case.tenant_id, location=location,
                     page_size=case.page_size, is_home=wanted.id == case.subscription_id),
        *(ResourceGroup(key=f"/subscriptions/{wanted.id}/resourceGroups/{name}", name=name, subscription_id=wanted.id,
                        location=location)
          for name in wanted.resource_groups),
        *(Provider(key=provider_id(wanted.id, name), name=name) for name, known in PROVIDERS.items()
          if known.is_registered),
    )  # fmt: skip
