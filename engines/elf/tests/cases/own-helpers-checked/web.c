/* The same shapes, done well: nothing here lets input into a shell or past a buffer's end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))

static char *mode = "auto";

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

static APART int number(const char *text)
{
    int sum = 0;
    while (*text >= '0' && *text <= '9')
        sum = sum * 10 + *text++ - '0';
    return sum;
}

/* Only the number reaches the command. */
static APART void set_port(void)
{
    char port[16], command[128];
    field(getenv("QUERY_STRING"), "port=", port, sizeof port);
    snprintf(command, sizeof command, "httpd -p %d", number(port));
    system(command);
}

/* Input only chooses between fixed commands. */
static APART void choose(void)
{
    char what[16], command[128];
    const char *name = "status";
    field(getenv("QUERY_STRING"), "what=", what, sizeof what);
    if (strcmp(what, "reset") == 0)
        name = "reset";
    snprintf(command, sizeof command, "service %s", name);
    system(command);
}

/* A vector without a shell. */
static APART void ping(void)
{
    char host[64];
    char *vector[4];
    field(getenv("QUERY_STRING"), "host=", host, sizeof host);
    vector[0] = "ping";
    vector[1] = "-c1";
    vector[2] = host;
    vector[3] = NULL;
    execv("/bin/ping", vector);
}

/* The variable never holds input. */
static APART void apply(void)
{
    char command[128];
    snprintf(command, sizeof command, "wifi %s", mode);
    system(command);
}

static APART void set_mode(int automatic)
{
    mode = automatic ? "auto" : "manual";
}

/* Measured before it is copied. */
static APART int session(void)
{
    char cookie[64];
    const char *sent = getenv("HTTP_COOKIE");
    if (sent == NULL || strlen(sent) >= sizeof cookie)
        return 0;
    strcpy(cookie, sent);
    return cookie[0] == 'S' && cookie[9] == '=';
}

/* The length that the request says is limited. */
static APART int upload(void)
{
    char data[256];
    int length = atoi(getenv("CONTENT_LENGTH"));
    if (length < 0 || length > 255)
        return 1;
    read(0, data, length);
    return data[0] + data[100];
}

/* A width bounds what is scanned, a precision what is written. */
static APART int parse(void)
{
    char name[32], line[64];
    const char *query = getenv("QUERY_STRING");
    if (query == NULL || sscanf(query, "name=%31[a-z]", name) != 1)
        return 0;
    sprintf(line, "name %.20s", query);
    return puts(line) + puts(name);
}

/* Stopping a service opens nothing; naming it neither. */
static APART void close_door(void)
{
    system("killall telnetd");
    puts("telnetd -l /bin/sh");
}

int main(int argc, char **argv)
{
    set_mode(argc > 9);
    switch (argc) {
    case 1: set_port(); break;
    case 2: choose(); break;
    case 3: ping(); break;
    case 4: apply(); break;
    case 5: return session();
    case 6: return upload();
    case 7: return parse();
    default: close_door(); break;
    }
    return 0;
}
