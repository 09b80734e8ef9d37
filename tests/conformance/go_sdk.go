// A job with Microsoft's SDK for Go as Debian packages it, whose own sign-in, paging, polling and registration judge
// the simulator.
//
//	go_sdk BASE TENANT CLIENT SECRET SUBSCRIPTION GROUP MACHINE UPN PASSWORD
//
// SSL_CERT_FILE names the CA. Prints `device CODE` when a person has to sign in, `begun` when the agent has an extension
// to install, and at its end what it has seen, as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"regexp"
	"time"

	older "github.com/Azure/azure-sdk-for-go/services/hybridcompute/mgmt/2019-12-12/hybridcompute"
	"github.com/Azure/azure-sdk-for-go/services/hybridcompute/mgmt/2020-08-02/hybridcompute"
	"github.com/Azure/azure-sdk-for-go/services/policyinsights/mgmt/2018-04-04/policyinsights"
	"github.com/Azure/azure-sdk-for-go/services/preview/authorization/mgmt/2020-04-01-preview/authorization"
	"github.com/Azure/azure-sdk-for-go/services/preview/monitor/mgmt/2022-10-01-preview/insights"
	"github.com/Azure/azure-sdk-for-go/services/resourcegraph/mgmt/2021-03-01/resourcegraph"
	"github.com/Azure/azure-sdk-for-go/services/resourcehealth/mgmt/2020-05-01/resourcehealth"
	"github.com/Azure/azure-sdk-for-go/services/resources/mgmt/2016-09-01/locks"
	"github.com/Azure/azure-sdk-for-go/services/resources/mgmt/2021-04-01/resources"
	"github.com/Azure/azure-sdk-for-go/services/subscription/mgmt/2020-09-01/subscription"
	"github.com/Azure/go-autorest/autorest"
	"github.com/Azure/go-autorest/autorest/adal"
	"github.com/Azure/go-autorest/autorest/azure"
	"github.com/Azure/go-autorest/autorest/to"
)

const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

var (
	ctx  = context.Background()
	seen = map[string]interface{}{}
	code = regexp.MustCompile(`Code="(\w+)"`)

	base, tenant, client, secret, sub, group, name, upn, password string
)

// must ends the program where something failed, and says where.
func must(where string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", where, err)
	}
}

// codeOf gives the code of a refusal; the SDK wraps it in several ways, and says it in one.
func codeOf(err error) string {
	found := code.FindStringSubmatch(fmt.Sprint(err))
	if found == nil {
		return fmt.Sprint(err)
	}
	return found[1]
}

// signIn lets a client sign in by secret, a person by password and on another device, and gives the first's tokens.
func signIn(environment azure.Environment) autorest.Authorizer {
	config, err := adal.NewOAuthConfig(environment.ActiveDirectoryEndpoint, tenant)
	must("config", err)
	resource := environment.ResourceManagerEndpoint
	byPassword, err := adal.NewServicePrincipalTokenFromUsernamePassword(*config, client, upn, password, resource)
	must("password", err)
	must("password", byPassword.Refresh())
	must("refresh token", byPassword.Refresh())
	device, err := adal.InitiateDeviceAuth(http.DefaultClient, *config, client, resource)
	must("device", err)
	fmt.Println("device", *device.UserCode)
	token, err := adal.WaitForUserCompletion(http.DefaultClient, device)
	must("device", err)
	wrong, err := adal.NewServicePrincipalToken(*config, client, "wrong", resource)
	must("wrong", err)
	var refusal adal.TokenRefreshError
	if errors.As(wrong.Refresh(), &refusal) {
		seen["wrong"] = refusal.Response().StatusCode
	}
	own, err := adal.NewServicePrincipalToken(*config, client, secret, resource)
	must("secret", err)
	must("secret", own.Refresh())
	seen["tokens"] = []interface{}{byPassword.Token().Type, token.Type, own.Token().Type, !own.Token().IsExpired()}
	return autorest.NewBearerAuthorizer(own)
}

// quickly makes a client poll often.
func quickly(c *autorest.Client, authorizer autorest.Authorizer) {
	c.Authorizer = authorizer
	c.PollingDelay = 50 * time.Millisecond
	c.RetryDuration = 50 * time.Millisecond
}

// machines makes a machine, changes it, finds it in lists of pages, and deletes it.
func machines(authorizer autorest.Authorizer) {
	arc := hybridcompute.NewMachinesClientWithBaseURI(base, sub)
	quickly(&arc.Client, authorizer)
	made, err := arc.CreateOrUpdate(ctx, group, "gopher", hybridcompute.Machine{
		Location: to.StringPtr("eastus"),
		Tags:     map[string]*string{"by": to.StringPtr("go")},
		Identity: &hybridcompute.MachineIdentity{Type: to.StringPtr("SystemAssigned")},
		MachinePropertiesModel: &hybridcompute.MachinePropertiesModel{
			VMID: to.StringPtr("7e1c2d34-4444-4000-8000-000000000001")},
	})
	must("create", err)
	changed, err := arc.Update(ctx, group, "gopher", hybridcompute.MachineUpdate{
		Tags: map[string]*string{"by": to.StringPtr("gopher")}})
	must("update", err)
	got, err := arc.Get(ctx, group, "GOPHER", hybridcompute.InstanceView)
	must("get", err)
	found := map[string]bool{}
	pages := 0
	for page, err := arc.ListByResourceGroup(ctx, group); page.NotDone(); err = page.NextWithContext(ctx) {
		must("list", err)
		pages++
		for _, item := range page.Values() {
			found[*item.Name] = true
		}
	}
	everywhere, err := arc.ListBySubscriptionComplete(ctx)
	must("list all", err)
	first := older.NewMachinesClientWithBaseURI(base, sub)
	quickly(&first.Client, authorizer)
	reconnected, err := first.Reconnect(ctx, group, "gopher", older.MachineReconnect{
		MachineReconnectPropertiesModel: &older.MachineReconnectPropertiesModel{
			VMID: to.StringPtr("7e1c2d34-4444-4000-8000-000000000002")}})
	must("reconnect", err)
	seen["reconnected"] = *reconnected.VMID
	gone, err := arc.Delete(ctx, group, "gopher")
	must("delete", err)
	again, err := arc.Delete(ctx, group, "gopher")
	must("delete again", err)
	_, err = arc.Get(ctx, group, "gopher", "")
	seen["machine"] = []interface{}{*made.Tags["by"], *changed.Tags["by"], *got.Name, got.Status, len(*got.Identity.PrincipalID) == 36}
	seen["listed"] = []interface{}{found["gopher"], found[name], pages > 0, everywhere.NotDone()}
	seen["gone"] = []interface{}{gone.StatusCode, again.StatusCode, codeOf(err)}
}

// extensions lets the agent install an extension, changes and deletes it.
func extensions(authorizer autorest.Authorizer) {
	arc := hybridcompute.NewMachineExtensionsClientWithBaseURI(base, sub)
	quickly(&arc.Client, authorizer)
	properties := hybridcompute.MachineExtensionProperties{
		Publisher: to.StringPtr("Microsoft.Azure.Extensions"), Type: to.StringPtr("CustomScript"),
		TypeHandlerVersion: to.StringPtr("2.1"), Settings: map[string]string{"commandToExecute": "id"},
	}
	future, err := arc.CreateOrUpdate(ctx, group, name, "script", hybridcompute.MachineExtension{
		Location: to.StringPtr("eastus"), MachineExtensionProperties: &properties})
	must("install", err)
	fmt.Println("begun")
	must("install", future.WaitForCompletionRef(ctx, arc.Client))
	installed, err := future.Result(arc)
	must("install", err)
	listed, err := arc.ListComplete(ctx, group, name, "")
	must("list extensions", err)
	seen["extension"] = []interface{}{future.Status(), *installed.ProvisioningState, *installed.TypeHandlerVersion, *listed.Value().Name}
	removal, err := arc.Delete(ctx, group, name, "script")
	must("remove", err)
	fmt.Println("begun")
	must("remove", removal.WaitForCompletionRef(ctx, arc.Client))
	last, err := removal.Result(arc)
	must("remove", err)
	_, err = arc.Get(ctx, group, name, "script")
	seen["removed"] = []interface{}{removal.Status(), last.StatusCode, codeOf(err)}
}

// around drives what a program needs around machines.
func around(authorizer autorest.Authorizer, machine string) {
	groups := resources.NewGroupsClientWithBaseURI(base, sub)
	quickly(&groups.Client, authorizer)
	_, err := groups.CreateOrUpdate(ctx, "Gophers", resources.Group{Location: to.StringPtr("eastus")})
	must("group", err)
	there, err := groups.CheckExistence(ctx, "gophers")
	must("group is there", err)
	holding := locks.NewManagementLocksClientWithBaseURI(base, sub)
	quickly(&holding.Client, authorizer)
	_, err = holding.CreateOrUpdateAtResourceGroupLevel(ctx, "Gophers", "keep", locks.ManagementLockObject{
		ManagementLockProperties: &locks.ManagementLockProperties{Level: locks.CanNotDelete}})
	must("lock", err)
	_, held := groups.Delete(ctx, "Gophers", "")
	_, err = holding.DeleteAtResourceGroupLevel(ctx, "Gophers", "keep")
	must("unlock", err)
	deletion, err := groups.Delete(ctx, "Gophers", "")
	must("delete group", err)
	must("delete group", deletion.WaitForCompletionRef(ctx, groups.Client))
	left, err := groups.CheckExistence(ctx, "Gophers")
	must("group is gone", err)
	seen["group"] = []interface{}{there.StatusCode, codeOf(held), left.StatusCode}

	tags := resources.NewTagsClientWithBaseURI(base, sub)
	quickly(&tags.Client, authorizer)
	_, err = tags.UpdateAtScope(ctx, machine[1:], resources.TagsPatchResource{Operation: resources.TagsPatchOperationMerge,
		Properties: &resources.Tags{Tags: map[string]*string{"language": to.StringPtr("go")}}})
	must("tags", err)
	anything := resources.NewClientWithBaseURI(base, sub)
	quickly(&anything.Client, authorizer)
	tagged, err := anything.ListComplete(ctx, "tagName eq 'language' and tagValue eq 'go'", "createdTime", nil)
	must("resources", err)
	generic, err := anything.GetByID(ctx, machine[1:], "2025-01-13")
	must("by id", err)
	seen["tagged"] = []interface{}{*tagged.Value().Name == name, *generic.Tags["language"]}

	providers := resources.NewProvidersClientWithBaseURI(base, sub)
	quickly(&providers.Client, authorizer)
	_, err = providers.Unregister(ctx, "Microsoft.AzureStackHCI")
	must("unregister", err)
	_, err = anything.CreateOrUpdate(ctx, group, "Microsoft.HybridCompute", "machines/"+name+"/providers/Microsoft.AzureStackHCI",
		"virtualMachineInstances", "default", "2024-01-01", resources.GenericResource{Properties: map[string]string{}})
	registered, problem := providers.Get(ctx, "Microsoft.AzureStackHCI", "")
	must("provider", problem)
	seen["registered by itself"] = []interface{}{fmt.Sprint(err), *registered.RegistrationState}
}

// insight asks the services that watch machines.
func insight(authorizer autorest.Authorizer, machine string) {
	health := resourcehealth.NewAvailabilityStatusesClientWithBaseURI(base, sub)
	quickly(&health.Client, authorizer)
	status, err := health.GetByResource(ctx, machine[1:], "", "")
	must("health", err)
	graph := resourcegraph.NewWithBaseURI(base)
	quickly(&graph.Client, authorizer)
	answer, err := graph.Resources(ctx, resourcegraph.QueryRequest{
		Subscriptions: &[]string{sub}, Query: to.StringPtr("resources | where name =~ '" + name + "' | project name"),
		Options: &resourcegraph.QueryRequestOptions{ResultFormat: resourcegraph.ResultFormatObjectArray}})
	must("graph", err)
	states := policyinsights.NewPolicyStatesClientWithBaseURI(base)
	quickly(&states.Client, authorizer)
	judged, err := states.ListQueryResultsForResource(ctx, policyinsights.Latest, machine[1:], nil, "", "", nil, nil, "", "")
	must("policy states", err)
	activity := insights.NewActivityLogsClientWithBaseURI(base, sub)
	quickly(&activity.Client, authorizer)
	since := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	events, err := activity.ListComplete(ctx, "eventTimestamp ge '"+since+"' and resourceGroupName eq '"+group+"'", "")
	must("activity log", err)
	roles := authorization.NewRoleDefinitionsClientWithBaseURI(base, sub)
	quickly(&roles.Client, authorizer)
	role, err := roles.Get(ctx, "/subscriptions/"+sub, reader)
	must("role", err)
	subscriptions := subscription.NewSubscriptionsClientWithBaseURI(base)
	quickly(&subscriptions.Client, authorizer)
	mine, err := subscriptions.ListComplete(ctx)
	must("subscriptions", err)
	seen["insight"] = []interface{}{status.Properties.AvailabilityState, *answer.Count, judged.Value != nil,
		*events.Value().ResourceGroupName == group, *role.RoleName, *mine.Value().SubscriptionID == sub}
}

func main() {
	for i, each := range []*string{&base, &tenant, &client, &secret, &sub, &group, &name, &upn, &password} {
		*each = os.Args[i+1]
	}
	environment, err := azure.EnvironmentFromURL(base, azure.OverrideProperty{
		Key: azure.EnvironmentActiveDirectoryEndpoint, Value: base + "/"})
	must("environment", err)
	seen["environment"] = environment.ResourceManagerEndpoint == base
	environment.ResourceManagerEndpoint = "https://management.azure.com/"
	authorizer := signIn(environment)
	machine := "/subscriptions/" + sub + "/resourceGroups/" + group + "/providers/Microsoft.HybridCompute/machines/" + name
	machines(authorizer)
	extensions(authorizer)
	around(authorizer, machine)
	insight(authorizer, machine)
	said, err := json.Marshal(seen)
	must("what was seen", err)
	fmt.Println(string(said))
}
