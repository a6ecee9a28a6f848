/* Logins with fixed passwords that are not a plain strcmp beside another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline, noclone))

struct account {
    const char *user;
    const char *password;
};

/* Accounts in a table. */
struct account accounts[] = {
    { "root", "cam2018x" },
    { "support", "support" },
    { NULL, NULL },
};

/* A comparison of the program's own. */
static APART int same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static APART void field(const char *query, const char *name, char *out, size_t size)
{
    const char *at = query ? strstr(query, name) : NULL;
    size_t used = 0;
    if (at != NULL) {
        at += strlen(name);
        while (*at != '\0' && *at != '&' && used + 1 < size)
            out[used++] = *at++;
    }
    out[used] = '\0';
}

/* Stands for a digest written as hexadecimal digits. */
static APART void digest(const char *text, char *out)
{
    unsigned sum = 5381;
    while (*text != '\0')
        sum = sum * 33 + (unsigned char)*text++;
    for (int i = 0; i < 32; i++) {
        out[i] = "0123456789abcdef"[sum >> 28];
        sum = sum * 1103515245 + 12345;
    }
    out[32] = '\0';
}

/* Two pairs in one function, through the program's own comparison. */
static APART int pairs(const char *user, const char *password)
{
    if (same(user, "guest") && same(password, "guest"))
        return 1;
    if (same(user, "admin") && same(password, "camera2019"))
        return 2;
    return 0;
}

/* The digest of the one password that is accepted. */
static APART int hashed(void)
{
    char password[64], hex[33];
    field(getenv("QUERY_STRING"), "password=", password, sizeof password);
    digest(password, hex);
    return strcmp(hex, "5f4dcc3b5aa765d61d8327deb882cf99") == 0;
}

static APART int listed(const char *user, const char *password)
{
    for (const struct account *at = accounts; at->user != NULL; at++)
        if (strcmp(user, at->user) == 0 && strcmp(password, at->password) == 0)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    char user[32], password[32];
    const char *query = getenv("QUERY_STRING");
    field(query, "user=", user, sizeof user);
    field(query, "password=", password, sizeof password);
    if (!pairs(user, password) && !hashed() && !listed(user, password)) {
        puts("login failed");
        return 1;
    }
    return 0;
}
