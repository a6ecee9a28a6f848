/* A web server that names none of its own functions: the getter of form fields shows only by how
 * it is called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline, noclone))

struct request { char *names[16]; char *values[16]; };

static const char *const base = "/goform/";

static APART char *get(struct request *request, const char *name, char *otherwise)
{
    for (int i = 0; i < 16 && request->names[i] != NULL; i++)
        if (strcmp(request->names[i], name) == 0)
            return request->values[i];
    return otherwise;
}

static APART void diagnose(struct request *request)
{
    char command[128];
    char *host = get(request, "host", "");
    char *count = get(request, "count", "4");
    snprintf(command, sizeof command, "ping -c %d %s", atoi(count), host);
    system(command);
}

static APART void set_lan(struct request *request)
{
    char *ip = get(request, "lanIp", "192.168.0.1");
    char *mask = get(request, "lanMask", "255.255.255.0");
    printf("%s %s", ip, mask);
    system("service network restart");
}

static APART void set_time(struct request *request)
{
    char *zone = get(request, "timeZone", "0");
    char *server = get(request, "ntpServer", "");
    printf("%s %s", zone, server);
    system("service ntp restart");
}

int main(int argc, char **argv)
{
    static struct request request;
    puts(base);
    switch (argc) {
    case 1: diagnose(&request); break;
    case 2: set_lan(&request); break;
    default: set_time(&request); break;
    }
    return 0;
}
