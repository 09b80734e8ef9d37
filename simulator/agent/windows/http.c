/* HTTPS by WinHTTP, with the certificates that the system trusts, through the proxy that the machine is told of. */
#include "agent.h"

#include <winhttp.h>

char problem[512];
int retry_after_s;

/* Source: "Agent-specific proxy configuration": the agent's own setting wins over the variable. */
void effective_proxy(char *out, size_t size) {
    char settings[ROOM];
    const char *variable = getenv("HTTPS_PROXY");
    read_text(LOCAL_CONFIG, settings, sizeof settings);
    if (!json_text(settings, "proxy.url", out, size) || out[0] == 0) snprintf(out, size, "%s", variable ? variable : "");
}

static void widen(const char *text, wchar_t *out, int size) {
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, out, size) == 0) out[0] = 0;
}

static int failed(const char *what, const char *url) {
    snprintf(problem, sizeof problem, "%s %s: error %lu", what, url, GetLastError());
    return 0;
}

static int exchange(HINTERNET asked, const char *headers, const char *body, const char *url, char *answer) {
    static wchar_t wide[ROOM];
    DWORD status = 0, size = sizeof status, length = 0, got;
    widen(headers, wide, ROOM);
    if (!WinHttpSendRequest(asked, headers[0] ? wide : NULL, (DWORD)-1, (void *)body, (DWORD)strlen(body),
                            (DWORD)strlen(body), 0) || !WinHttpReceiveResponse(asked, NULL))
        return failed("cannot reach", url);
    if (!WinHttpQueryHeaders(asked, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, NULL, &status, &size, NULL))
        return failed("no status from", url);
    size = sizeof retry_after_s;
    if (!WinHttpQueryHeaders(asked, WINHTTP_QUERY_RETRY_AFTER | WINHTTP_QUERY_FLAG_NUMBER, NULL, &retry_after_s, &size, NULL))
        retry_after_s = 0;
    do {
        if (!WinHttpReadData(asked, answer + length, ROOM - 1 - length, &got)) return failed("cannot read", url);
        length += got;
    } while (got > 0 && length < ROOM - 1);
    answer[length] = 0;
    return (int)status;
}

/* Ask `https://HOST/PATH`; `headers` are lines that end with CR LF. `answer` has room for ROOM. */
int request(const char *method, const char *url, const char *headers, const char *body, char *answer) {
    wchar_t host[256], path[4096], verb[16], proxy[512];
    char name[256], through[512];
    const char *rest = url + strlen("https://"), *slash = strchr(rest, '/');
    snprintf(name, sizeof name, "%.*s", (int)(slash - rest), rest);
    effective_proxy(through, sizeof through);
    const char *bare = strstr(through, "://") ? strstr(through, "://") + 3 : through;
    through[strcspn(through, "\r\n")] = 0;
    widen(bare, proxy, 512);
    if (wcschr(proxy, '/')) *wcschr(proxy, '/') = 0;
    widen(name, host, 256), widen(slash, path, 4096), widen(method, verb, 16);
    answer[0] = 0, retry_after_s = 0;
    HINTERNET session = WinHttpOpen(L"azcmagent", bare[0] ? WINHTTP_ACCESS_TYPE_NAMED_PROXY : WINHTTP_ACCESS_TYPE_NO_PROXY,
                                    bare[0] ? proxy : NULL, NULL, 0);
    if (session == NULL) return failed("cannot prepare for", url);
    WinHttpSetTimeouts(session, 10000, 10000, 30000, 30000);
    HINTERNET connection = WinHttpConnect(session, host, 443, 0);
    HINTERNET asked = connection == NULL ? NULL : WinHttpOpenRequest(connection, verb, path, NULL, NULL, NULL, WINHTTP_FLAG_SECURE);
    int status = asked == NULL ? failed("cannot prepare for", url) : exchange(asked, headers, body, url, answer);
    if (asked != NULL) WinHttpCloseHandle(asked);
    if (connection != NULL) WinHttpCloseHandle(connection);
    WinHttpCloseHandle(session);
    return status;
}
