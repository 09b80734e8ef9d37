/* What the parts of the stand-in for Windows share. Texts are UTF-8; functions that fill a text take its size. */
#pragma once
#define WIN32_LEAN_AND_MEAN
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <windows.h>

#define DATA "C:\\ProgramData\\AzureConnectedMachineAgent"
#define AGENT_CONFIG DATA "\\Config\\agentconfig.json"
#define AGENT_STATE DATA "\\Config\\agentstate.json"
#define LOCAL_CONFIG DATA "\\Config\\localconfig.json"
#define CERTIFICATE DATA "\\Certs\\myCert"
#define PRIVATE_KEY DATA "\\Certs\\myKey"
#define LOGIN "https://login.microsoftonline.com"
#define ARM "https://management.azure.com"
#define HIS "https://gbl.his.arc.azure.com"
#define AGENT_SERVICE "eec53b1f-b9a4-4479-acf5-6b247c6a49f2"
#define PERIOD_S 300 /* Source: agent overview: a heartbeat every five minutes */
#define RETRY_S 5    /* Assumed, as in the stand-in for Linux */
#define RENEWED_S (45 * 86400) /* Source: renewed while at most 45 of 90 days are left */
#define ROOM 32768   /* room for a request, an answer or a file */

/* text.c */
int json_text(const char *json, const char *name, char *out, size_t size);
long long json_number(const char *json, const char *name);
void json_quote(const char *text, char *out, size_t size);
int read_text(const char *path, char *out, size_t size);
int write_text(const char *path, const char *text, size_t length);
int delete_file(const char *path);
void base64(const unsigned char *data, size_t length, int url, char *out);
size_t unbase64(const char *text, unsigned char *out);
void form_quote(const char *text, char *out, size_t size);

/* keys.c: the machine's RSA key, kept in PRIVATE_KEY. 0 when Windows refuses. */
int new_key(char *public_key);
int sign(int is_pss, const char *message, int url, char *out);
int digest(const wchar_t *algorithm, const void *data, size_t length, unsigned char *out);
time_t end_of(const unsigned char *certificate, size_t length);
void new_id(char *out);

/* http.c: gives the status, or 0 when nothing answers; `problem` says then why. */
int request(const char *method, const char *url, const char *headers, const char *body, char *answer);
void effective_proxy(char *out, size_t size);
extern char problem[512];
extern int retry_after_s; /* what the last answer asked for; 0 where it asked for nothing */

/* azure.c */
int token_for(const char *fields, const char *tenant, char *token, size_t size, char *answer);
int request_certificate(const char *resource, const char *vm_id, const char *public_key, const char *token, char *answer);
int heartbeat(const char *agent, char *answer);
void machine_facts(char *out, size_t size);

/* commands.c */
int run_command(int count, char **words);
