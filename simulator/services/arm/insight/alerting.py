"""`Microsoft.Insights`: action groups and rules on the activity log, as plain resources.

Source: the template references of `actionGroups` and `activityLogAlerts`. Rules are about Resource Health (Assumed: a
rule about another category is kept and never fires). See docs/wire/alerts.md.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from simulator.errors import ApiError
from simulator.resources.activity_alerts import GROUPS, RULES
from simulator.resources.entities import Resource
from simulator.resources.role_assignments import is_in
from simulator.services.arm.plain_type import PlainType
from simulator.store import Store
from simulator.tenancy import subscription_in

_Receivers = list[dict[str, Any]]  # kept and shown, never told: the lab has no mail, no telephone
_LONGEST_SHORT_NAME = 12


class WebhookReceiver(msgspec.Struct, rename="camel"):
    """Where an action group posts to."""

    name: Annotated[str, Meta(min_length=1)]
    service_uri: Annotated[str, Meta(pattern=r"^https?://[^/\s]+")]
    use_common_alert_schema: bool = False
    use_aad_auth: bool = False


class ActionGroup(msgspec.Struct, rename="camel"):
    """What a client may write of an action group."""

    group_short_name: Annotated[str, Meta(min_length=1, max_length=_LONGEST_SHORT_NAME)]
    enabled: bool = True
    webhook_receivers: list[WebhookReceiver] = []
    email_receivers: _Receivers = []
    sms_receivers: _Receivers = []
    voice_receivers: _Receivers = []
    arm_role_receivers: _Receivers = []
    azure_app_push_receivers: _Receivers = []
    itsm_receivers: _Receivers = []
    automation_runbook_receivers: _Receivers = []
    logic_app_receivers: _Receivers = []
    azure_function_receivers: _Receivers = []
    event_hub_receivers: _Receivers = []


class Switched(msgspec.Struct):
    """What PATCH may change of a group or a rule."""

    enabled: bool | msgspec.UnsetType = msgspec.UNSET


class Leaf(msgspec.Struct, rename="camel", omit_defaults=True):
    """A condition on one field."""

    field: str | None = None
    equals: str | None = None
    contains_any: list[str] | None = None


class LeafOrAny(Leaf, rename="camel", omit_defaults=True):
    """A condition on one field, or several of which one has to hold."""

    any_of: list[Leaf] | None = None


class Condition(msgspec.Struct, rename="camel"):
    """Conditions that all have to hold."""

    all_of: Annotated[list[LeafOrAny], Meta(min_length=1)]


class Action(msgspec.Struct, rename="camel", omit_defaults=True):
    """A group to tell, and what its webhooks get besides."""

    action_group_id: str
    webhook_properties: dict[str, str] | None = None


class Actions(msgspec.Struct, rename="camel"):
    """Whom to tell."""

    action_groups: list[Action] = []


class AlertRule(msgspec.Struct, rename="camel"):
    """What a client may write of a rule."""

    scopes: Annotated[list[str], Meta(min_length=1)]
    condition: Condition
    actions: Actions = msgspec.field(default_factory=Actions)
    enabled: bool = True
    description: str = ""


def _complete(_store: Store, resource: Resource, _before: Resource | None) -> Resource:
    """Refuse a rule without a category, or about another subscription. Raises: ApiError 400.

    Source: the reference says that the one is needed, and that rules are about events of their own subscription.
    Assumed: code and text of the other.
    """
    fields = [str(leaf.get("field") or "").lower() for leaf in resource.properties["condition"]["allOf"]]
    if "category" not in fields:
        raise ApiError(400, "BadRequest", "The condition of the alert rule must have a field 'category'.")
    mine = f"/subscriptions/{subscription_in(resource.key)}"
    foreign = next((scope for scope in resource.properties["scopes"] if not is_in(mine, scope)), "")
    if foreign:
        raise ApiError(400, "BadRequest", f"The scope '{foreign}' is not in the subscription of the alert rule.")
    return resource


ACTION_GROUPS = PlainType(name=GROUPS, shape=ActionGroup, patch=Switched, state="", has_system_data=False)
ACTIVITY_LOG_ALERTS = PlainType(
    name=RULES, shape=AlertRule, patch=Switched, state="", has_system_data=False, complete=_complete
)
