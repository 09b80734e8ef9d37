/* The machine's RSA key by Windows' own cryptography. The key is imported anew for each signature: Wine keeps the kind of
   the first one for the life of a handle. */
#include "agent.h"

#include <bcrypt.h>
#include <wincrypt.h>

static const unsigned char SEQUENCE[] = {0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
static const unsigned char EXPONENT[] = {0x02, 0x03, 0x01, 0x00, 0x01};

/* Make and keep a key of 2048 bits; fill in base64 of the DER of its PKCS#1 RSAPublicKey. */
int new_key(char *public_key) {
    BCRYPT_ALG_HANDLE rsa;
    BCRYPT_KEY_HANDLE key;
    unsigned char blob[2048], der[sizeof SEQUENCE + 256 + sizeof EXPONENT];
    ULONG length;
    if (BCryptOpenAlgorithmProvider(&rsa, BCRYPT_RSA_ALGORITHM, NULL, 0) || BCryptGenerateKeyPair(rsa, &key, 2048, 0) ||
        BCryptFinalizeKeyPair(key, 0) || BCryptExportKey(key, NULL, BCRYPT_RSAFULLPRIVATE_BLOB, blob, sizeof blob, &length, 0))
        return 0;
    BCryptDestroyKey(key);
    BCRYPT_RSAKEY_BLOB *head = (BCRYPT_RSAKEY_BLOB *)blob;
    if (head->cbModulus != 256 || head->cbPublicExp != 3 || !write_text(PRIVATE_KEY, (char *)blob, length)) return 0;
    memcpy(der, SEQUENCE, sizeof SEQUENCE);
    memcpy(der + sizeof SEQUENCE, blob + sizeof *head + 3, 256);
    memcpy(der + sizeof SEQUENCE + 256, EXPONENT, sizeof EXPONENT);
    base64(der, sizeof der, 0, public_key);
    return 1;
}

int digest(const wchar_t *algorithm, const void *data, size_t length, unsigned char *out) {
    BCRYPT_ALG_HANDLE hash;
    ULONG size = wcscmp(algorithm, BCRYPT_SHA1_ALGORITHM) == 0 ? 20 : 32;
    return BCryptOpenAlgorithmProvider(&hash, algorithm, NULL, 0) == 0 &&
           BCryptHash(hash, NULL, 0, (unsigned char *)data, (ULONG)length, out, size) == 0;
}

/* Sign with SHA-256: RSA-PSS with a salt as long as the hash, or PKCS#1. Fill in base64, of the kind for URLs or not. */
int sign(int is_pss, const char *message, int url, char *out) {
    BCRYPT_PSS_PADDING_INFO pss = {BCRYPT_SHA256_ALGORITHM, 32};
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_ALG_HANDLE rsa;
    BCRYPT_KEY_HANDLE key;
    char blob[2048];
    unsigned char hash[32], signature[256];
    ULONG length = 0;
    int size = read_text(PRIVATE_KEY, blob, sizeof blob);
    if (size == 0 || BCryptOpenAlgorithmProvider(&rsa, BCRYPT_RSA_ALGORITHM, NULL, 0) ||
        BCryptImportKeyPair(rsa, NULL, BCRYPT_RSAFULLPRIVATE_BLOB, &key, (unsigned char *)blob, (ULONG)size, 0))
        return 0;
    int is_done = digest(BCRYPT_SHA256_ALGORITHM, message, strlen(message), hash) &&
                  BCryptSignHash(key, is_pss ? (void *)&pss : &pkcs1, hash, sizeof hash, signature, sizeof signature,
                                 &length, is_pss ? BCRYPT_PAD_PSS : BCRYPT_PAD_PKCS1) == 0;
    BCryptDestroyKey(key);
    base64(signature, length, url, out);
    return is_done;
}

/* Fill in a random GUID of 36 characters. */
void new_id(char *out) {
    BCRYPT_ALG_HANDLE random;
    unsigned char id[16] = {0};
    if (BCryptOpenAlgorithmProvider(&random, BCRYPT_RNG_ALGORITHM, NULL, 0) == 0) BCryptGenRandom(random, id, sizeof id, 0);
    id[6] = (id[6] & 15) | 64;
    id[8] = (id[8] & 63) | 128;
    for (int i = 0; i < 16; i++) out += sprintf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[i]);
}

/* Give when a certificate, as DER, ends; 0 for one that cannot be read. */
time_t end_of(const unsigned char *certificate, size_t length) {
    PCCERT_CONTEXT read = CertCreateCertificateContext(X509_ASN_ENCODING, certificate, (DWORD)length);
    if (read == NULL) return 0;
    FILETIME end = read->pCertInfo->NotAfter;
    CertFreeCertificateContext(read);
    return (time_t)((((long long)end.dwHighDateTime << 32) + end.dwLowDateTime) / 10000000 - 11644473600LL); /* since 1601 */
}
