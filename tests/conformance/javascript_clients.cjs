// Jobs with Microsoft's other packages for JavaScript: what is around connected machines, and every way to sign in.
//
//     node javascript_clients.cjs BASE TENANT CLIENT SECRET SUBSCRIPTION GROUP MACHINE USER PASSWORD
//
// NODE_PATH names the packages, NODE_EXTRA_CA_CERTS the CA. A line that begins with `device` names a code that somebody
// has to sign in; at its end it prints what it has seen, as JSON.
const { AdvisorManagementClient } = require("@azure/arm-advisor");
const { AuthorizationManagementClient } = require("@azure/arm-authorization");
const { ManagementLockClient } = require("@azure/arm-locks");
const { MonitorClient } = require("@azure/arm-monitor");
const { PolicyClient } = require("@azure/arm-policy");
const { PolicyInsightsClient } = require("@azure/arm-policyinsights");
const { ResourceGraphClient } = require("@azure/arm-resourcegraph");
const { MicrosoftResourceHealth } = require("@azure/arm-resourcehealth");
const { ResourceManagementClient } = require("@azure/arm-resources");
const { SubscriptionClient } = require("@azure/arm-resources-subscriptions");
const identity = require("@azure/identity");
const msal = require("@azure/msal-node");

const [base, tenant, client, secret, subscription, group, name, user, password] = process.argv.slice(2);
const scope = "https://management.azure.com/.default";
const cloud = { authorityHost: base, disableInstanceDiscovery: true };
const credential = new identity.ClientSecretCredential(tenant, client, secret, cloud);
const settings = { endpoint: base, baseUri: base, credentialScopes: scope };
const quickly = { updateIntervalInMs: 50 };
const inGroup = `subscriptions/${subscription}/resourceGroups/${group}`;
const machine = `${inGroup}/providers/Microsoft.HybridCompute/machines/${name}`;

async function all(pages) {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
}

const names = async (pages) => (await all(pages)).map((item) => item.name);

async function codeOf(work) {
  try {
    await work;
    return "";
  } catch (error) {
    return `${error.statusCode} ${error.code}`;
  }
}

async function resources() {
  const arm = new ResourceManagementClient(credential, subscription, settings);
  const made = await arm.resourceGroups.createOrUpdate("by-script", { location: "westus", tags: { a: "b" } });
  const known = [await arm.resourceGroups.checkExistence("by-script"), await arm.resourceGroups.checkExistence("none")];
  const at = made.id.slice(1);
  const tags = [];
  for (const operation of ["Merge", "Replace", "Delete"]) {
    const change = { operation, properties: { tags: { [operation === "Merge" ? "m" : "r"]: "1" } } };
    tags.push((await arm.tagsOperations.beginUpdateAtScopeAndWait(at, change, quickly)).properties.tags);
  }
  const gateway = `${at}/providers/Microsoft.HybridCompute/gateways/by-script`;
  const wanted = { location: "eastus", properties: { gatewayType: "Public", allowedFeatures: ["*"] } };
  const put = await arm.resources.beginCreateOrUpdateByIdAndWait(gateway, "2026-07-15", wanted, quickly);
  const patch = { tags: { by: "script" } };
  const patched = await arm.resources.beginUpdateByIdAndWait(gateway, "2026-07-15", patch, quickly);
  const listed = await names(arm.resources.list({ filter: "tagName eq 'by' and tagValue eq 'script'" }));
  await arm.resources.beginDeleteByIdAndWait(gateway, "2026-07-15", quickly);
  const locks = new ManagementLockClient(credential, subscription, settings);
  await locks.managementLocks.createOrUpdateAtResourceGroupLevel("by-script", "keep", { level: "CanNotDelete" });
  const held = await codeOf(arm.resourceGroups.beginDeleteAndWait("by-script", quickly));
  await locks.managementLocks.deleteAtResourceGroupLevel("by-script", "keep");
  await arm.resourceGroups.beginDeleteAndWait("by-script", quickly);
  return {
    known: known.map((each) => each.body), tags, gateway: [put.properties.provisioningState, patched.tags.by, listed],
    held, gone: await codeOf(arm.resourceGroups.get("by-script")),
    provider: (await arm.providers.get("Microsoft.HybridCompute")).registrationState,
  };
}

async function surroundings() {
  const subscriptions = new SubscriptionClient(credential, settings);
  const health = new MicrosoftResourceHealth(credential, subscription, settings);
  const state = await health.availabilityStatuses.getByResource(machine);
  const graph = new ResourceGraphClient(credential, settings);
  const query = `resources | where name == '${name}' | project name, status = tostring(properties.status)`;
  const advisor = new AdvisorManagementClient(credential, subscription, settings);
  const monitor = new MonitorClient(credential, subscription, settings);
  const since = new Date(Date.now() - 3600e3).toISOString();
  const filter = `eventTimestamp ge '${since}' and resourceGroupName eq '${group}'`;
  return {
    subscriptions: (await all(subscriptions.subscriptions.list())).map((each) => each.displayName),
    health: state.properties.availabilityState,
    graph: (await graph.resources({ subscriptions: [subscription], query })).data,
    advice: (await all(advisor.recommendations.list())).length >= 0,
    logged: (await all(monitor.activityLogs.list(filter))).some((each) => each.resourceId.endsWith(name)),
  };
}

async function rights() {
  const access = new AuthorizationManagementClient(credential, subscription, settings);
  const [reader] = await all(access.roleDefinitions.list(inGroup, { filter: "roleName eq 'Reader'" }));
  const number = "5f1c1d0e-0000-4000-8000-0000000000fe";
  const wanted = { roleDefinitionId: reader.id, principalId: "5f1c1d0e-0000-4000-8000-000000000031" };
  const given = await access.roleAssignments.create(inGroup, number, { ...wanted, principalType: "ServicePrincipal" });
  const listed = await names(access.roleAssignments.listForScope(inGroup));
  await access.roleAssignments.delete(inGroup, number);
  const again = await access.roleAssignments.delete(inGroup, number);
  return { role: given.roleDefinitionId === reader.id, listed: listed.includes(number), again: again.id ?? "none",
           denied: (await all(access.denyAssignments.list())).length };
}

async function policies() {
  const policy = new PolicyClient(credential, subscription, settings);
  const isMachine = { field: "type", equals: "Microsoft.HybridCompute/machines" };
  const rule = { if: isMachine, then: { effect: "audit" } };
  const definition = await policy.policyDefinitions.createOrUpdate("by-script", { policyType: "Custom", policyRule: rule });
  await policy.policyAssignments.create(inGroup, "by-script", { policyDefinitionId: definition.id });
  const insights = new PolicyInsightsClient(credential, subscription, settings);
  await insights.policyStates.beginTriggerResourceGroupEvaluationAndWait(subscription, group, quickly);
  const states = await all(insights.policyStates.listQueryResultsForResource("latest", machine));
  await policy.policyAssignments.delete(inGroup, "by-script");
  await policy.policyDefinitions.delete("by-script");
  const mine = states.filter((state) => state.policyAssignmentName === "by-script");
  return { compliance: mine.map((state) => state.complianceState) };
}

const clientId = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"; // the Azure CLI

async function signIns() {
  const show = (code) => console.log(`device ${code}`);
  const device = new identity.DeviceCodeCredential({
    tenantId: tenant, ...cloud, userPromptCallback: (told) => show(told.userCode),
  });
  await device.getToken(scope);
  const authority = { authority: `${base}/${tenant}`, knownAuthorities: [new URL(base).host] };
  const person = new msal.PublicClientApplication({ auth: { clientId, ...authority } });
  const deviceCodeCallback = (told) => show(told.userCode);
  const { account } = await person.acquireTokenByDeviceCode({ scopes: [scope], deviceCodeCallback });
  const renewed = await person.acquireTokenSilent({ account, scopes: [scope], forceRefresh: true });
  const own = new msal.ConfidentialClientApplication({ auth: { clientId: client, clientSecret: secret, ...authority } });
  const first = await own.acquireTokenByClientCredential({ scopes: [scope] });
  Object.assign(process.env, {
    AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret, AZURE_AUTHORITY_HOST: base,
  });
  const kinds = [identity.EnvironmentCredential, identity.DefaultAzureCredential];
  const tokens = await Promise.all(kinds.map((kind) => new kind({ disableInstanceDiscovery: true }).getToken(scope)));
  const wrong = await new identity.ClientSecretCredential(tenant, client, "wrong", cloud).getToken(scope).catch(String);
  const typed = new identity.UsernamePasswordCredential(tenant, clientId, user, password, cloud);
  const known = await person.acquireTokenByUsernamePassword({ scopes: [scope], username: user, password });
  return {
    typed: [Boolean((await typed.getToken(scope)).token), known.account.username],
    person: account.username, renewed: renewed.fromCache, own: first.tokenType,
    environment: tokens.every((each) => each.token), wrong: wrong.includes("AADSTS7000215"),
  };
}

async function main() {
  return { ...(await resources()), ...(await surroundings()), ...(await rights()), ...(await policies()),
           ...(await signIns()) };
}

main().then((seen) => console.log(JSON.stringify(seen)));
