/* The command line: version, connect, show, disconnect, config. An error's number is the exit status. */
#include "agent.h"

#define API "?api-version=2026-06-16-preview"

static struct {
    const char *subscription, *group, *location, *name, *tenant, *client, *secret, *token;
    int is_local_only, as_json;
} given;

static const struct { const char *flag, *brief; const char **value; } OPTIONS[] = {
    {"--subscription-id", "-s", &given.subscription}, {"--resource-group", "-g", &given.group},
    {"--location", "-l", &given.location}, {"--resource-name", "-n", &given.name},
    {"--tenant-id", "-t", &given.tenant}, {"--service-principal-id", "-i", &given.client},
    {"--service-principal-secret", "-p", &given.secret}, {"--access-token", NULL, &given.token},
};

/* Source: exit code table and onboarding troubleshooting guide. */
static int refuse(int code, const char *format, const char *what) {
    fprintf(stderr, "AZCM%04d: ", code);
    fprintf(stderr, format, what);
    fprintf(stderr, "\n");
    return code;
}

static int refused_by_azure(int code, const char *what, int status, const char *answer) {
    char error[128], message[512];
    if (status == 0) return refuse(26, "The network failed: %s.", problem);
    json_text(answer, "code", error, sizeof error), json_text(answer, "message", message, sizeof message);
    fprintf(stderr, "AZCM%04d: %s\n  Code: %s\n  Message: %s\n  httpStatusCode: %d\n", code, what, error, message, status);
    return code;
}

static int read_options(int count, char **words) {
    for (int i = 2; i < count; i++) {
        int known = 0;
        if (strcmp(words[i], "--force-local-only") == 0 || strcmp(words[i], "-f") == 0) known = given.is_local_only = 1;
        if (strcmp(words[i], "--json") == 0 || strcmp(words[i], "-j") == 0) known = given.as_json = 1;
        for (size_t k = 0; !known && k < sizeof OPTIONS / sizeof *OPTIONS; k++)
            if (i + 1 < count && (strcmp(words[i], OPTIONS[k].flag) == 0 ||
                                  (OPTIONS[k].brief != NULL && strcmp(words[i], OPTIONS[k].brief) == 0)))
                *OPTIONS[k].value = words[++i], known = 1;
        if (!known) return refuse(101, "This release of the stand-in for Windows does not know '%s' here.", words[i]);
    }
    return 0;
}

/* Give the state of a service, as the service manager tells it. */
static const char *state_of(const char *name) {
    SERVICE_STATUS status = {0};
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, name, SERVICE_QUERY_STATUS);
    int is_known = service != NULL && QueryServiceStatus(service, &status);
    if (service != NULL) CloseServiceHandle(service);
    if (manager != NULL) CloseServiceHandle(manager);
    return !is_known ? "absent" : status.dwCurrentState == SERVICE_RUNNING ? "running" : "stopped";
}

/* Sign in to ARM as the options say; 0, or the number of the error. */
static int sign_in(const char *tenant, char *token, size_t size) {
    static char answer[ROOM];
    char fields[2048], client[256], secret[1024];
    if (given.token != NULL) {
        snprintf(token, size, "%s", given.token);
        return 0;
    }
    if (given.client == NULL || given.secret == NULL || tenant == NULL || tenant[0] == 0)
        return refuse(16, "A mandatory parameter is missing: %s.",
                      "--service-principal-id, --service-principal-secret and --tenant-id, or --access-token");
    form_quote(given.client, client, sizeof client), form_quote(given.secret, secret, sizeof secret);
    snprintf(fields, sizeof fields, "client_id=%s&client_secret=%s&grant_type=client_credentials&scope="
             "https%%3A%%2F%%2Fmanagement.azure.com%%2F.default", client, secret);
    answer[0] = 0;
    if (token_for(fields, tenant, token, size, answer)) return 0;
    if (answer[0] == 0) return refuse(26, "The network failed: %s.", problem);
    json_text(answer, "error_description", fields, sizeof fields);
    return refuse(41, "Signing in failed: %s", fields);
}

static int of_arm(const char *method, const char *resource, const char *api, const char *token, const char *body, char *answer) {
    char url[1024], headers[9216];
    snprintf(url, sizeof url, ARM "%s%s", resource, api);
    snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\nContent-Type: application/json\r\n", token);
    return request(method, url, headers, body, answer);
}

/* Let himds send a heartbeat: without AGENT_STATE one is due. 0, or the number of the error. */
static int await_heartbeat(void) {
    static char state[ROOM];
    char details[512];
    for (int i = 0; i < 600; i++) {
        Sleep(100);
        if (!read_text(AGENT_STATE, state, sizeof state)) continue;
        if (json_number(state, "lastHeartbeatEpoch") > 0) return 0;
        json_text(state, "errorDetails", details, sizeof details);
        return refuse(62, "The machine is registered, but its heartbeat was refused: %s.", details);
    }
    return refuse(62, "The machine is registered, but himds did not send a heartbeat within %s.", "60 s");
}

static int connect_machine(void) {
    static char answer[ROOM], body[ROOM];
    char token[8192], resource[512], group[256], name[64] = "", vm_id[40], public_key[512], facts[1024], client[64], tenant[64];
    DWORD length = sizeof name;
    if (given.subscription == NULL || given.group == NULL || given.location == NULL)
        return refuse(16, "A mandatory parameter is missing: %s.", "--subscription-id, --resource-group or --location");
    if (read_text(AGENT_CONFIG, answer, ROOM) && json_text(answer, "resourceId", resource, sizeof resource))
        return refuse(67, "The machine is already connected as '%s'. Disconnect it first.", resource);
    if (strcmp(state_of("himds"), "running") != 0) return refuse(61, "The agent service (%s) does not run.", "himds");
    GetComputerNameExA(ComputerNameDnsHostname, name, &length);
    snprintf(group, sizeof group, "/subscriptions/%s/resourceGroups/%s", given.subscription, given.group);
    snprintf(resource, sizeof resource, "%s/providers/Microsoft.HybridCompute/machines/%s", group, given.name ? given.name : name);
    int code = sign_in(given.tenant, token, sizeof token), status;
    if (code != 0) return code;
    if (of_arm("GET", group, "?api-version=2024-11-01", token, "", answer) == 404) {
        snprintf(body, sizeof body, "{\"location\": \"%s\"}", given.location);
        of_arm("PUT", group, "?api-version=2024-11-01", token, body, answer);
    }
    status = of_arm("GET", resource, API, token, "", answer);
    if (status == 200) return refuse(44, "The resource '%s' already exists.", resource);
    if (status != 404) return refused_by_azure(status == 401 ? 41 : 42, "Azure refused to look for the resource.", status, answer);
    if (!new_key(public_key)) return refuse(103, "The key could not be %s.", "made");
    new_id(vm_id);
    machine_facts(facts, sizeof facts);
    snprintf(body, sizeof body, "{\"location\": \"%s\", \"tags\": {}, \"identity\": {\"type\": \"SystemAssigned\"}, \"properties\": "
             "{%s, \"vmId\": \"%s\", \"clientPublicKey\": \"%s\", \"agentVersion\": \"" VERSION "\"}}",
             given.location, facts, vm_id, public_key);
    status = of_arm("PUT", resource, API, token, body, answer);
    if (status != 200 && status != 201) return refused_by_azure(42, "Azure refused to create the resource.", status, answer);
    status = request_certificate(resource, vm_id, public_key, "", answer);
    if (status != 200) return refused_by_azure(81, "The certificate was refused.", status, answer);
    json_text(answer, "clientId", client, sizeof client), json_text(answer, "tenantId", tenant, sizeof tenant);
    json_text(answer, "certificate", body, sizeof body);
    if (!delete_file(AGENT_STATE)) return refuse(1, "'%s' could not be deleted.", AGENT_STATE);
    snprintf(answer, ROOM, "{\"subscriptionId\": \"%s\", \"resourceGroup\": \"%s\", \"resourceName\": \"%s\", \"resourceId\": \"%s\", "
             "\"location\": \"%s\", \"cloud\": \"AzureCloud\", \"vmId\": \"%s\", \"tenantId\": \"%s\", \"clientId\": \"%s\", "
             "\"publicKey\": \"%s\"}\n",
             given.subscription, given.group, given.name ? given.name : name, resource, given.location, vm_id, tenant, client,
             public_key);
    if (!write_text(CERTIFICATE, body, strlen(body)) || !write_text(AGENT_CONFIG, answer, strlen(answer)))
        return refuse(1, "The identity could not be kept in '%s'.", DATA);
    code = await_heartbeat();
    if (code == 0) printf("Connected machine to Azure\n");
    return code;
}

static int disconnect(void) {
    static char answer[ROOM];
    char agent[ROOM], token[8192], resource[512], tenant[64];
    read_text(AGENT_CONFIG, agent, sizeof agent);
    json_text(agent, "tenantId", tenant, sizeof tenant);
    int is_connected = json_text(agent, "resourceId", resource, sizeof resource), status = 404;
    if (!given.is_local_only) {
        if (!is_connected) return refuse(63, "The machine is not %s.", "connected");
        int code = sign_in(given.tenant ? given.tenant : tenant, token, sizeof token);
        if (code != 0) return code;
        status = of_arm("DELETE", resource, API, token, "", answer);
        for (int i = 0; status == 202 && i < 120; i++) {
            Sleep(1000);
            if (of_arm("GET", resource, API, token, "", answer) == 404) status = 404;
        }
        if (status != 200 && status != 204 && status != 404)
            return refused_by_azure(43, "Azure refused to delete the resource.", status, answer);
    }
    if (!delete_file(AGENT_CONFIG) || !delete_file(CERTIFICATE) || !delete_file(PRIVATE_KEY) || !delete_file(AGENT_STATE))
        return refuse(1, "The identity could not be deleted from '%s'.", DATA);
    printf(given.is_local_only ? "Disconnected machine from Azure (local state only)\n" : "Disconnected machine from Azure\n");
    return 0;
}

static void show_row(const char *label, const char *key, const char *value, int is_first) {
    char quoted[2048];
    json_quote(value, quoted, sizeof quoted);
    if (given.as_json) printf("%s  \"%s\": %s", is_first ? "" : ",\n", key, quoted);
    else printf("%-40s: %s\n", label, value);
}

/* Cut user and password out of an address. */
static void without_user(char *url) {
    char *host = strstr(url, "://"), *at = strrchr(url, '@');
    host = host == NULL ? url : host + 3;
    if (at != NULL && at >= host) memmove(host, at + 1, strlen(at + 1) + 1);
}

static int show(void) {
    static const char *const ROWS[][2] = {
        {"Resource Name", "resourceName"}, {"Resource Group Name", "resourceGroup"}, {"Resource Id", "resourceId"},
        {"Subscription ID", "subscriptionId"}, {"Tenant ID", "tenantId"}, {"VM ID", "vmId"}, {"Location", "location"},
        {"Cloud", "cloud"}};
    static const char *const SERVICES[][2] = {
        {"  Agent Service (himds)", "himds"}, {"  Azure Arc Proxy (arcproxy)", "arcproxy"},
        {"  Extension Service (ExtensionService)", "ExtensionService"}, {"  GC Service (GCArcService)", "GCArcService"}};
    char agent[ROOM], state[ROOM], value[1024];
    read_text(AGENT_CONFIG, agent, sizeof agent), read_text(AGENT_STATE, state, sizeof state);
    int is_heard = time(NULL) - json_number(state, "lastHeartbeatEpoch") < 900;
    if (given.as_json) printf("{\n");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_text(agent, ROWS[i][1], value, sizeof value);
        show_row(ROWS[i][0], ROWS[i][1], value, i == 0);
    }
    show_row("Agent Version", "agentVersion", VERSION, 0);
    show_row("Agent Logfile", "agentLogfile", DATA "\\Log\\himds.log", 0);
    show_row("Agent Status", "status", json_text(agent, "resourceId", value, sizeof value) && is_heard ? "Connected" : "Disconnected", 0);
    json_text(state, "lastHeartbeat", value, sizeof value);
    show_row("Agent Last Heartbeat", "lastHeartbeat", value, 0);
    json_text(state, "errorDetails", value, sizeof value);
    show_row("Agent Error Details", "agentErrorDetails", value, 0);
    effective_proxy(value, sizeof value);
    without_user(value);
    show_row("Using HTTPS Proxy", "httpsProxy", value, 0);
    for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES; i++) show_row(SERVICES[i][0], SERVICES[i][1], state_of(SERVICES[i][1]), 0);
    if (given.as_json) printf("\n}\n");
    return 0;
}

/* `config get|set|clear proxy.url`, the one setting that this agent has. */
static int config(int count, char **words) {
    char text[ROOM], value[1024];
    if (count < 4 || strcmp(words[3], "proxy.url") != 0)
        return refuse(101, "The stand-in for Windows knows 'azcmagent config get|set|clear %s' only.", "proxy.url");
    if (count == 5 && strcmp(words[2], "set") == 0) json_quote(words[4], value, sizeof value);
    else if (count == 4 && strcmp(words[2], "clear") == 0) strcpy(value, "\"\"");
    else if (count == 4 && strcmp(words[2], "get") == 0) {
        read_text(LOCAL_CONFIG, text, sizeof text);
        json_text(text, "proxy.url", value, sizeof value);
        printf("%s\n", value);
        return 0;
    } else return refuse(101, "'azcmagent config %s' is not understood.", words[2]);
    snprintf(text, sizeof text, "{\"proxy.url\": %s}\n", value);
    if (!write_text(LOCAL_CONFIG, text, strlen(text))) return refuse(69, "'%s' could not be written.", LOCAL_CONFIG);
    printf("Config property proxy.url %s.\n", words[2][0] == 's' ? "set" : "cleared");
    return 0;
}

int run_command(int count, char **words) {
    if (count == 2 && (strcmp(words[1], "version") == 0 || strcmp(words[1], "--version") == 0)) {
        printf("azcmagent version %s\n", VERSION);
        return 0;
    }
    if (count > 2 && strcmp(words[1], "config") == 0) return config(count, words);
    int code = read_options(count, words);
    if (code != 0) return code;
    if (count > 1 && strcmp(words[1], "connect") == 0) return connect_machine();
    if (count > 1 && strcmp(words[1], "disconnect") == 0) return disconnect();
    if (count > 1 && strcmp(words[1], "show") == 0) return show();
    return refuse(101, "arclab's stand-in of the agent for Windows knows %s.", "version, connect, show, disconnect and config");
}
