/* The example camera's web login and network test, as it should not be: two accounts are written
 * into the program, and what the browser sends becomes part of a shell command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void field(const char *query, const char *name, char *out, size_t size)
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

static int check_password(const char *user, const char *password)
{
    if (strcmp(user, "guest") == 0 && strcmp(password, "guest") == 0)
        return 1;
    if (strcmp(user, "admin") == 0 && strcmp(password, "camera2019") == 0)
        return 2;
    return 0;
}

static void network_test(const char *host)
{
    char command[128];
    sprintf(command, "ping -c 1 %s > /tmp/ping.txt", host);
    system(command);
}

int main(void)
{
    char user[32], password[32], host[64];
    const char *query = getenv("QUERY_STRING");
    field(query, "user=", user, sizeof user);
    field(query, "password=", password, sizeof password);
    field(query, "host=", host, sizeof host);
    puts("Content-Type: text/plain\n");
    if (check_password(user, password) == 0) {
        puts("login failed");
        return 0;
    }
    if (host[0] != '\0')
        network_test(host);
    puts("welcome");
    return 0;
}
