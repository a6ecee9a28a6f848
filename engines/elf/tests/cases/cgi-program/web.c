/* A CGI program: planted flaws and near misses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Planted: the secret user agent. */
int allowed(void) {
    const char *agent = getenv("HTTP_USER_AGENT");
    if (agent && strcmp(agent, "xmlset_roodkcableoj28840ybtide") == 0) return 1;
    return 0;
}

/* Planted: a whole Authorization header. */
int header(void) {
    const char *auth = getenv("HTTP_AUTHORIZATION");
    if (!auth) return 0;
    return strcmp(auth, "Basic YWRtaW46c2VjcmV0") == 0;
}

/* Trap: protocol keywords. */
int method(void) {
    const char *m = getenv("REQUEST_METHOD");
    if (!m) return 0;
    if (!strcmp(m, "POST")) return 1;
    if (!strcmp(m, "GET")) return 2;
    return 0;
}

/* Planted: the query reaches a shell. */
void ping(void) {
    char cmd[256];
    const char *query = getenv("QUERY_STRING");
    const char *host = query ? strchr(query, '=') : 0;
    if (!host) return;
    snprintf(cmd, sizeof cmd, "ping -c 1 %s", host + 1);
    system(cmd);
}

/* Trap: only a number reaches the shell. */
void delay(void) {
    char cmd[64];
    const char *query = getenv("QUERY_STRING");
    if (!query) return;
    snprintf(cmd, sizeof cmd, "sleep %d", atoi(query));
    system(cmd);
}

/* Trap: a constant command, and one from the program's own environment. */
void fixed(void) {
    char cmd[128];
    system("/sbin/reboot");
    snprintf(cmd, sizeof cmd, "%s -c /etc/x", getenv("EDITOR"));
    system(cmd);
}

static void run(const char *what) {
    char line[300];
    sprintf(line, "/bin/log %s >/dev/null", what);
    system(line);
}

/* Planted: through a wrapper. */
void log_agent(void) {
    char *agent = getenv("HTTP_REFERER");
    if (agent) run(agent);
}

/* Trap: the wrapper with a constant. */
void log_start(void) { run("start"); }

int main(int argc, char **argv) {
    puts("Content-Type: text/plain\n");
    if (!allowed() && !header()) return 1;
    switch (method()) {
    case 1: ping(); break;
    case 2: delay(); break;
    default: fixed();
    }
    log_agent();
    log_start();
    return 0;
}
