/* JSON as far as the services' answers need it, base64, and files that are written whole or not at all. */
#include "agent.h"

/* A file that another of the agent's programs has open cannot be replaced or deleted; it has it open for a moment. */
#define TRIES 100
#define TRY_MS 20

/* Find the value of the first member of a name, at whichever depth. */
static const char *member(const char *json, const char *name) {
    char key[80];
    snprintf(key, sizeof key, "\"%s\"", name);
    for (const char *at = strstr(json, key); at != NULL; at = strstr(at + 1, key)) {
        const char *after = at + strlen(key);
        after += strspn(after, " \t\r\n");
        if (*after == ':') return after + 1 + strspn(after + 1, " \t\r\n");
    }
    return NULL;
}

int json_text(const char *json, const char *name, char *out, size_t size) {
    const char *at = member(json, name);
    size_t used = 0;
    out[0] = 0;
    if (at == NULL || *at != '"') return 0;
    for (at++; *at != 0 && *at != '"' && used + 1 < size; at++) {
        if (*at == '\\') {
            if (*++at == 0) break;
            if (*at == 'u') {
                unsigned code = '?';
                sscanf(at + 1, "%4x", &code);
                out[used++] = code < 128 ? (char)code : '?';
                at += strnlen(at + 1, 4);
            } else out[used++] = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at == 't' ? '\t' : *at;
        } else out[used++] = *at;
    }
    out[used] = 0;
    return *at == '"';
}

long long json_number(const char *json, const char *name) {
    const char *at = member(json, name);
    return at == NULL ? 0 : strtoll(at, NULL, 10);
}

void json_quote(const char *text, char *out, size_t size) {
    size_t used = 0;
    out[used++] = '"';
    for (; *text != 0 && used + 8 < size; text++) {
        if (*text == '"' || *text == '\\') out[used++] = '\\', out[used++] = *text;
        else if ((unsigned char)*text < 32) used += sprintf(out + used, "\\u%04x", *text);
        else out[used++] = *text;
    }
    out[used++] = '"';
    out[used] = 0;
}

int read_text(const char *path, char *out, size_t size) {
    FILE *file = fopen(path, "rb");
    size_t length = file == NULL ? 0 : fread(out, 1, size - 1, file);
    out[length] = 0;
    if (file != NULL) fclose(file);
    return (int)length;
}

int write_text(const char *path, const char *text, size_t length) {
    char fresh[MAX_PATH];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "wb");
    if (file == NULL) return 0;
    int is_whole = fwrite(text, 1, length, file) == length;
    is_whole = fclose(file) == 0 && is_whole;
    for (int i = 0; is_whole && i < TRIES; i++, Sleep(TRY_MS))
        if (MoveFileExA(fresh, path, MOVEFILE_REPLACE_EXISTING)) return 1;
    return 0;
}

int delete_file(const char *path) {
    for (int i = 0; i < TRIES; i++, Sleep(TRY_MS))
        if (DeleteFileA(path) || GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND) return 1;
    return 0;
}

void base64(const unsigned char *data, size_t length, int url, char *out) {
    const char *digits = url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        unsigned group = data[i] << 16 | (i + 1 < length ? data[i + 1] << 8 : 0) | (i + 2 < length ? data[i + 2] : 0);
        for (int part = 0; part < 4; part++) {
            if (i + part <= length) *out++ = digits[group >> (18 - 6 * part) & 63];
            else if (!url) *out++ = '=';
        }
    }
    *out = 0;
}

size_t unbase64(const char *text, unsigned char *out) {
    unsigned group = 0, bits = 0;
    size_t length = 0;
    for (; *text != 0 && *text != '-' && *text != '='; text++) {
        const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *digit = strchr(digits, *text);
        if (digit == NULL) continue;
        group = group << 6 | (unsigned)(digit - digits);
        bits += 6;
        if (bits >= 8) out[length++] = (unsigned char)(group >> (bits -= 8));
    }
    return length;
}

void form_quote(const char *text, char *out, size_t size) {
    size_t used = 0;
    for (; *text != 0 && used + 4 < size; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text)) out[used++] = *text;
        else used += sprintf(out + used, "%%%02X", (unsigned char)*text);
    }
    out[used] = 0;
}
