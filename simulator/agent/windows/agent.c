/* The stand-in's one program for Windows. Started by the service manager it is the service that it is called by,
   else it is the command line. VERSION is the release's four-part number. */
#include "agent.h"

#define GUEST "C:\\ProgramData\\GuestConfig"
#define LOOK_MS 200 /* a lab moves the clock by hours at once, so that no long sleep is trusted */

struct service {
    const char *name;
    const char *log;
    const char *folders[6]; /* made when it starts, parents first */
};

/* Source: agent overview, "Windows agent installation details": folders and logs of each service. */
static const struct service SERVICES[] = {
    {"himds", DATA "\\Log\\himds.log", {DATA, DATA "\\Config", DATA "\\Certs", DATA "\\Log", DATA "\\Tokens"}},
    {"arcproxy", DATA "\\Log\\arcproxy.log", {DATA, DATA "\\Log"}},
    {"GCArcService", GUEST "\\arc_policy_logs\\gc_agent.log", {GUEST, GUEST "\\arc_policy_logs"}},
    {"ExtensionService", GUEST "\\ext_mgr_logs\\gc_ext.log", {GUEST, GUEST "\\ext_mgr_logs"}},
};

static const struct service *self;
static SERVICE_STATUS_HANDLE handle;
static HANDLE stopping;

static void report(DWORD state) {
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, 0, NO_ERROR, 0, 0, 0};
    if (state == SERVICE_RUNNING) status.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN;
    SetServiceStatus(handle, &status);
}

static int append(const char *what) {
    SYSTEMTIME now;
    FILE *log = fopen(self->log, "a");
    if (log == NULL) return 0;
    GetSystemTime(&now);
    fprintf(log, "%04d-%02d-%02dT%02d:%02d:%02dZ %s %s %s\n", now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute,
            now.wSecond, self->name, VERSION, what);
    return fclose(log) == 0;
}

/* End at once, whatever is on its way: files are always whole. Wine's `net stop` does not wait for a service. */
static void WINAPI on_control(DWORD control) {
    if (control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_SHUTDOWN) {
        append("stopped");
        report(SERVICE_STOPPED);
        SetEvent(stopping);
    }
}

/* Say when the next heartbeat is due: at once after connecting and after a change of version. */
static long long due(const char *state) {
    char version[64];
    long long wait = json_number(state, "retryAfter");
    if (json_number(state, "errorEpoch") > 0) return json_number(state, "errorEpoch") + (wait > RETRY_S ? wait : RETRY_S);
    if (!json_text(state, "agentVersion", version, sizeof version) || strcmp(version, VERSION) != 0) return 0;
    return json_number(state, "lastHeartbeatEpoch") + PERIOD_S;
}

/* Send a heartbeat, and note what became of it. A machine that was disconnected meanwhile keeps nothing. */
static void beat(const char *agent) {
    static char answer[ROOM], state[ROOM];
    char last[32], code[128], message[512], text[1024], quoted[1100], stamp[32];
    time_t now = time(NULL);
    int status = heartbeat(agent, answer);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    if (status == 200)
        snprintf(state, sizeof state, "{\"lastHeartbeat\": \"%s\", \"lastHeartbeatEpoch\": %lld, \"agentVersion\": \"" VERSION "\"}\n",
                 stamp, (long long)now);
    else {
        json_text(answer, "code", code, sizeof code), json_text(answer, "message", message, sizeof message);
        snprintf(text, sizeof text, "%d %s: %s", status, code, message);
        json_quote(status ? text : problem, quoted, sizeof quoted);
        read_text(AGENT_STATE, answer, sizeof answer);
        json_text(answer, "lastHeartbeat", last, sizeof last);
        snprintf(state, sizeof state, "{\"lastHeartbeat\": \"%s\", \"lastHeartbeatEpoch\": %lld, \"errorDetails\": %s, "
                 "\"errorTimestamp\": \"%s\", \"errorEpoch\": %lld, \"retryAfter\": %d}\n", last, json_number(answer, "lastHeartbeatEpoch"), quoted,
                 stamp, (long long)now, retry_after_s);
    }
    append(status == 200 ? "Heartbeat sent" : "Heartbeat failed");
    if (GetFileAttributesA(AGENT_CONFIG) != INVALID_FILE_ATTRIBUTES) write_text(AGENT_STATE, state, strlen(state));
}

static DWORD WINAPI beat_until_stopped(void *unused) {
    static char agent[ROOM], state[ROOM];
    while (WaitForSingleObject(stopping, LOOK_MS) == WAIT_TIMEOUT) {
        if (!read_text(AGENT_CONFIG, agent, sizeof agent)) continue;
        read_text(AGENT_STATE, state, sizeof state);
        if (due(state) <= time(NULL)) beat(agent);
    }
    return unused != NULL;
}

/* Read the machine's variable anew, as Windows does at each start of a service. Wine's service manager keeps those that
   it saw when it started its first one. */
static void take_proxy_variable(void) {
    char value[512] = "", text[600];
    DWORD size = sizeof value;
    RegGetValueA(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment", "HTTPS_PROXY",
                 RRF_RT_REG_SZ, NULL, value, &size);
    snprintf(text, sizeof text, "HTTPS_PROXY=%s", value);
    _putenv(text);
}

static void WINAPI serve(DWORD count, LPSTR *names) {
    for (size_t i = 0; i < sizeof SERVICES / sizeof *SERVICES; i++)
        if (count > 0 && _stricmp(names[0], SERVICES[i].name) == 0) self = &SERVICES[i];
    handle = RegisterServiceCtrlHandlerA(count > 0 ? names[0] : "", on_control);
    if (handle == NULL) return;
    stopping = CreateEventA(NULL, TRUE, FALSE, NULL);
    for (int i = 0; self != NULL && self->folders[i] != NULL; i++) CreateDirectoryA(self->folders[i], NULL);
    if (self == NULL || stopping == NULL || !append("started")) {
        report(SERVICE_STOPPED);
        return;
    }
    take_proxy_variable();
    report(SERVICE_RUNNING);
    if (strcmp(self->name, "himds") == 0 && CreateThread(NULL, 0, beat_until_stopped, NULL, 0, NULL) == NULL) {
        append("cannot start its heartbeats");
        report(SERVICE_STOPPED);
        return;
    }
    WaitForSingleObject(stopping, INFINITE); /* the process ends when this returns, and its threads with it */
}

int main(int count, char **words) {
    SERVICE_TABLE_ENTRYA table[] = {{"", serve}, {NULL, NULL}};
    if (count == 1 && StartServiceCtrlDispatcherA(table)) return 0;
    return run_command(count, words);
}
