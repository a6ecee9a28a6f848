/* Input goes through the program's own functions and variables before it reaches a shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))

static char *posted;
static char device_name[64];

/* Copies a field by hand. */
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

/* Asks the server for a variable that the caller names. */
static APART const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

/* Reads the body of a request, whatever its length. */
static APART void body(char *out, int size)
{
    int got = fread(out, 1, size - 1, stdin);
    out[got > 0 ? got : 0] = '\0';
}

static APART void run(const char *command)
{
    puts("running");
    system(command);
}

static APART void run_quietly(const char *command)
{
    char line[256];
    snprintf(line, sizeof line, "%s >/dev/null 2>&1", command);
    run(line);
}

/* Copied by a helper, put into a command here. */
static APART void ping(void)
{
    char host[64], command[128];
    field(getenv("QUERY_STRING"), "host=", host, sizeof host);
    snprintf(command, sizeof command, "ping -c 1 %s", host);
    system(command);
}

/* Brought in by a helper, run by two others. */
static APART void trace(void)
{
    char command[200];
    snprintf(command, sizeof command, "traceroute %s", variable("HTTP_X_TARGET"));
    run_quietly(command);
}

/* Stored in a variable by one function, used by another. */
static APART void store(void)
{
    posted = getenv("HTTP_COOKIE");
    field(getenv("QUERY_STRING"), "name=", device_name, sizeof device_name);
}

static APART void use(void)
{
    char command[200];
    snprintf(command, sizeof command, "logger %s", posted);
    system(command);
}

static APART void rename_device(void)
{
    char command[200];
    snprintf(command, sizeof command, "hostname %s", device_name);
    system(command);
}

/* A vector instead of a command line, but still a shell. */
static APART void update(void)
{
    char host[64], command[128];
    char *vector[4];
    field(getenv("QUERY_STRING"), "server=", host, sizeof host);
    snprintf(command, sizeof command, "wget http://%s/fw.bin", host);
    vector[0] = "sh";
    vector[1] = "-c";
    vector[2] = command;
    vector[3] = NULL;
    execv("/bin/sh", vector);
}

/* Copied onto the stack without a bound. */
static APART int session(void)
{
    char cookie[64];
    const char *sent = getenv("HTTP_COOKIE");
    if (sent == NULL)
        return 0;
    strcpy(cookie, sent);
    return cookie[0] == 'S' && cookie[9] == '=';
}

/* As many bytes as the request says. */
static APART int upload(void)
{
    char data[256];
    int length = atoi(getenv("CONTENT_LENGTH"));
    read(0, data, length);
    return data[0] + data[100];
}

static APART void door(void)
{
    system("/usr/sbin/telnetd -l /bin/sh -p 2323 &");
}

int main(int argc, char **argv)
{
    char posted_body[512];
    body(posted_body, sizeof posted_body);
    store();
    switch (argc) {
    case 1: ping(); break;
    case 2: trace(); break;
    case 3: use(); break;
    case 4: rename_device(); break;
    case 5: update(); break;
    case 6: return session();
    case 7: return upload();
    default: door(); break;
    }
    puts(posted_body);
    return 0;
}
