"""What the machine's own programs can ask about it: `/metadata/instance`. Source: an observed answer of himds."""


def compute(agent, tags):
    """Give the member `compute`, from `agentconfig.json` and the tags of the ARM resource."""
    return {
        "azEnvironment": "AzurePublicCloud", "isHostCompatibilityLayerVm": "false",
        "location": agent.get("location", ""), "name": agent.get("resourceName", ""), "offer": "",
        "osType": "Linux", "placementGroupId": "",
        "plan": {"name": "", "product": "", "publisher": ""}, "platformFaultDomain": "", "platformUpdateDomain": "",
        "provider": "Microsoft.HybridCompute", "publicKeys": None, "publisher": "", "customData": "",
        "resourceGroupName": agent.get("resourceGroup", ""), "resourceId": agent.get("resourceId", ""),
        "securityProfile": {"secureBootEnabled": "false", "virtualTpmEnabled": "false"}, "sku": "",
        "storageProfile": {}, "subscriptionId": agent.get("subscriptionId", ""),
        "tags": ";".join("%s:%s" % tag for tag in sorted(tags.items())),
        "tagsList": [{"name": name, "value": value} for name, value in sorted(tags.items())],
        "version": "", "vmId": agent.get("vmId", ""), "vmScaleSetName": "", "vmSize": "", "zone": "",
    }  # fmt: skip
