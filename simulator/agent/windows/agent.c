/* The stand-in's one program for Windows. Started by the service manager it is the service that it is called by,
   else it is the command line. VERSION is the release's four-part number. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define DATA "C:\\ProgramData\\AzureConnectedMachineAgent"
#define GUEST "C:\\ProgramData\\GuestConfig"

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

static void WINAPI on_control(DWORD control) {
    if (control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_SHUTDOWN) {
        report(SERVICE_STOP_PENDING);
        SetEvent(stopping);
    }
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
    report(SERVICE_RUNNING);
    WaitForSingleObject(stopping, INFINITE);
    append("stopped");
    report(SERVICE_STOPPED);
}

int main(int count, char **words) {
    SERVICE_TABLE_ENTRYA table[] = {{"", serve}, {NULL, NULL}};
    if (count == 2 && (strcmp(words[1], "version") == 0 || strcmp(words[1], "--version") == 0)) {
        printf("azcmagent version %s\n", VERSION);
        return 0;
    }
    if (count == 1 && StartServiceCtrlDispatcherA(table)) return 0;
    fprintf(stderr, "arclab's stand-in of the agent for Windows knows the command 'version' only.\n");
    return 1;
}
