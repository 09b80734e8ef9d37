// A job with Microsoft's packages for JavaScript, whose own sign-in, paging and polling judge the simulator.
//
//     node javascript_sdk.cjs BASE TENANT CLIENT SECRET SUBSCRIPTION GROUP MACHINE
//
// NODE_PATH names the packages, NODE_EXTRA_CA_CERTS the CA. Prints `begun` when the agent has an extension to
// install, and at its end what it has seen, as JSON.
const { HybridComputeManagementClient } = require("@azure/arm-hybridcompute");
const { ClientSecretCredential } = require("@azure/identity");

const [base, tenant, client, secret, subscription, group, name] = process.argv.slice(2);
const quickly = { updateIntervalInMs: 50 };

async function names(pages) {
  const found = [];
  for await (const item of pages) found.push(item.name);
  return found;
}

async function codeOf(work) {
  try {
    await work;
    return "";
  } catch (error) {
    return `${error.statusCode} ${error.code}`;
  }
}

async function lifeOfAScope(arc) {
  const wanted = { location: "eastus", properties: { publicNetworkAccess: "Disabled" } };
  const made = await arc.privateLinkScopes.createOrUpdate(group, "script", wanted);
  const same = await arc.privateLinkScopes.get(group, "SCRIPT");
  const tagged = await arc.privateLinkScopes.updateTags(group, "script", { tags: { by: "javascript" } });
  const offered = await names(arc.privateLinkResources.listByPrivateLinkScope(group, "script"));
  await arc.privateLinkScopes.beginDeleteAndWait(group, "script", quickly);
  return {
    scope: [made.properties.publicNetworkAccess, made.properties.provisioningState, made.id === same.id, tagged.tags.by],
    offered: offered.length > 0,
    gone: await codeOf(arc.privateLinkScopes.get(group, "script")),
  };
}

async function main() {
  const credential = new ClientSecretCredential(tenant, client, secret, {
    authorityHost: base,
    disableInstanceDiscovery: true,
  });
  const arc = new HybridComputeManagementClient(credential, subscription, {
    endpoint: base,
    credentialScopes: "https://management.azure.com/.default",
  });
  const machine = await arc.machines.get(group, name, { expand: "instanceView" });
  const inGroup = await names(arc.machines.listByResourceGroup(group));
  const everywhere = await names(arc.machines.listBySubscription());
  const properties = { publisher: "Microsoft.Azure.Extensions", type: "CustomScript" };
  const extension = { location: "eastus", properties };
  const adding = await arc.machineExtensions.beginCreateOrUpdate(group, name, "script", extension, quickly);
  await adding.poll();
  const first = await arc.machineExtensions.get(group, name, "script");
  console.log("begun");
  const ended = await adding.pollUntilDone();
  const extensions = await names(arc.machineExtensions.list(group, name));
  const operations = await names(arc.operations.list());
  return {
    status: machine.properties.status,
    listed: [inGroup.includes(name), everywhere.includes(name)],
    adding: [first.properties.provisioningState, ended.properties.provisioningState],
    extensions,
    operations: operations.includes("Microsoft.HybridCompute/machines/read"),
    refused: await codeOf(arc.machines.get(group, "nobody")),
    ...(await lifeOfAScope(arc)),
  };
}

main().then((seen) => console.log(JSON.stringify(seen)));
