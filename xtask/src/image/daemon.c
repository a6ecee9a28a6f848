/* The flaws of a camera's daemon: a fixed login, a back door word, and a shell command made from
 * what a stranger sends. Compiled for ARM into the planted image, never for this machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int login(const char *user, const char *password)
{
    if (strcmp(user, "guest") == 0 && strcmp(password, "guest") == 0)
        return 1;
    return 0;
}

static void ping(const char *host)
{
    char command[128];
    sprintf(command, "ping -c 1 %s", host);
    system(command);
}

int main(int argc, char **argv)
{
    char user[64], password[64];
    const char *query = getenv("QUERY_STRING");
    const char *agent = getenv("HTTP_USER_AGENT");
    if (agent && strcmp(agent, "xmlset_roodkcableoj28840ybtide") == 0)
        return system("/bin/sh");
    if (scanf("%63s %63s", user, password) != 2)
        return 1;
    if (!login(user, password))
        return 2;
    if (query)
        ping(query);
    if (argc > 1)
        puts(argv[1]);
    return 0;
}
