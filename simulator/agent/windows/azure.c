/* What the agent asks of Azure: tokens, its certificate, heartbeats. docs/wire/his.md has the shapes. */
#include "agent.h"

/* Post a form to Entra; fill in the access token. */
int token_for(const char *fields, const char *tenant, char *token, size_t size, char *answer) {
    char url[256];
    snprintf(url, sizeof url, LOGIN "/%s/oauth2/v2.0/token", tenant);
    int status = request("POST", url, "Content-Type: application/x-www-form-urlencoded\r\n", fields, answer);
    return status == 200 && json_text(answer, "access_token", token, size);
}

/* Ask for the identity's certificate; for a new one with the `token` that the old one gives. */
int request_certificate(const char *resource, const char *vm_id, const char *public_key, const char *token, char *answer) {
    char url[256], headers[10240], body[2048], signature[512];
    if (!sign(1, resource, 0, signature)) return 0;
    snprintf(url, sizeof url, HIS "/machine/%s/identity?api-version=2.1", vm_id);
    snprintf(headers, sizeof headers, "Content-Type: application/json\r\nsignedMessage: %s:rsapss %s\r\n%s%s%s", resource, signature,
             token[0] ? "Authorization: Bearer " : "", token, token[0] ? "\r\n" : "");
    snprintf(body, sizeof body, "{\"resourceId\": \"%s\", \"publicKey\": \"%s\"}", resource, public_key);
    return request("POST", url, headers, body, answer);
}

/* Fill in the DER of the machine's certificate; gives its size, 0 where there is none. */
static size_t own_certificate(unsigned char *der) {
    char text[8192], *begin;
    read_text(CERTIFICATE, text, sizeof text);
    begin = strstr(text, "CERTIFICATE-----");
    return begin == NULL ? 0 : unbase64(begin + strlen("CERTIFICATE-----"), der);
}

/* Renew the certificate when it is time. A renewal that fails stops no heartbeat; the next one tries again. */
static void renew(const char *agent, const char *vm_id, const char *token, char *answer) {
    unsigned char der[8192];
    char resource[512], public_key[512];
    static char certificate[8192];
    size_t length = own_certificate(der);
    if (length == 0 || end_of(der, length) - time(NULL) > RENEWED_S) return;
    json_text(agent, "resourceId", resource, sizeof resource), json_text(agent, "publicKey", public_key, sizeof public_key);
    if (request_certificate(resource, vm_id, public_key, token, answer) == 200 &&
        json_text(answer, "certificate", certificate, sizeof certificate))
        write_text(CERTIFICATE, certificate, strlen(certificate));
}

/* Prove with the certificate's key who the machine is. Source: Entra's certificate credentials. */
static int assertion(const char *tenant, const char *client, char *out, size_t size) {
    char part[4096], head[4096], claims[4096], id[40], signature[512];
    unsigned char der[8192], thumb[20];
    size_t length = own_certificate(der);
    if (length == 0 || !digest(L"SHA1", der, length, thumb)) return 0;
    base64(thumb, sizeof thumb, 1, part);
    snprintf(claims, sizeof claims, "{\"alg\": \"RS256\", \"typ\": \"JWT\", \"x5t\": \"%s\"}", part);
    base64((unsigned char *)claims, strlen(claims), 1, head);
    long long now = time(NULL);
    new_id(id);
    snprintf(claims, sizeof claims, "{\"aud\": \"" LOGIN "/%s/oauth2/v2.0/token\", \"iss\": \"%s\", \"sub\": \"%s\", "
             "\"jti\": \"%s\", \"nbf\": %lld, \"iat\": %lld, \"exp\": %lld}", tenant, client, client, id, now - 60, now, now + 600);
    base64((unsigned char *)claims, strlen(claims), 1, part);
    snprintf(out, size, "%s.%s", head, part);
    if (!sign(0, out, 1, signature)) return 0;
    snprintf(out + strlen(out), size - strlen(out), ".%s", signature);
    return 1;
}

void machine_facts(char *out, size_t size) {
    char host[MAX_COMPUTERNAME_LENGTH + 1] = "";
    DWORD length = sizeof host;
    OSVERSIONINFOA system = {sizeof system};
    GetComputerNameA(host, &length);
    GetVersionExA(&system);
    snprintf(out, size, "\"osName\": \"windows\", \"osType\": \"windows\", \"osSku\": \"Windows as Wine plays it\", "
             "\"osVersion\": \"%lu.%lu.%lu\", \"machineFqdn\": \"%s\"", system.dwMajorVersion, system.dwMinorVersion,
             system.dwBuildNumber, host);
}

/* Send one heartbeat as the machine of `agent`, the text of AGENT_CONFIG. Gives the status; 0 with a problem. */
int heartbeat(const char *agent, char *answer) {
    char tenant[64], client[64], vm_id[64], token[8192], url[256], facts[1024], moment[32], proof[8192];
    static char text[ROOM];
    time_t now = time(NULL);
    json_text(agent, "tenantId", tenant, sizeof tenant), json_text(agent, "clientId", client, sizeof client);
    json_text(agent, "vmId", vm_id, sizeof vm_id);
    snprintf(problem, sizeof problem, "the key or the certificate cannot be used");
    if (!assertion(tenant, client, proof, sizeof proof)) return 0;
    snprintf(text, sizeof text, "client_id=%s&grant_type=client_credentials&scope=" AGENT_SERVICE "%%2F.default&client_assertion=%s"
             "&client_assertion_type=urn%%3Aietf%%3Aparams%%3Aoauth%%3Aclient-assertion-type%%3Ajwt-bearer", client, proof);
    snprintf(problem, sizeof problem, "Entra ID refused the machine");
    if (!token_for(text, tenant, token, sizeof token, answer)) return 0;
    renew(agent, vm_id, token, answer);
    machine_facts(facts, sizeof facts);
    strftime(moment, sizeof moment, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    snprintf(url, sizeof url, HIS "/machine/%s/heartbeat?api-version=2.1", vm_id);
    snprintf(proof, sizeof proof, "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n", token);
    snprintf(text, sizeof text, "{%s, \"agentVersion\": \"" VERSION "\", \"status\": \"Connected\", \"timestamp\": \"%s\", "
             "\"errorDetails\": [], \"detectedProperties\": {}, \"agentConfiguration\": {}, \"serviceStatuses\": {}}",
             facts, moment);
    return request("POST", url, proof, text, answer);
}
