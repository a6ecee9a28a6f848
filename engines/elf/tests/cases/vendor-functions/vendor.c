/* Handlers as vendors' web servers have them, over their own library functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern char *websGetVar(void *request, const char *name, const char *otherwise);
extern void doSystemCmd(const char *format, ...);
extern char *nvram_safe_get(const char *name);
extern int cgiFormString(const char *name, char *buffer, int size);
extern void *cJSON_GetObjectItem(void *object, const char *name);
extern int is_valid_host(const char *text);
struct item { void *next, *previous, *child; int type; char *text; };

/* Planted: the vendor's formatting shell function. */
void set_clock(void *r) { doSystemCmd("ntpclient -h %s &", websGetVar(r, "ntpServer", "")); }

/* Planted: a field in a buffer, copied behind a fixed beginning. */
void set_name(void *r) {
    char field[64], command[200];
    cgiFormString("hostname", field, 64);
    strcpy(command, "hostname ");
    strcat(command, field);
    system(command);
}

/* Planted: a JSON item's text. */
void set_route(void *o) {
    char command[200];
    struct item *item = cJSON_GetObjectItem(o, "ip");
    sprintf(command, "route add %s", item->text);
    pclose(popen(command, "r"));
}

/* Weak: a stored setting. */
void set_address(void) {
    char command[200];
    sprintf(command, "ifconfig br0 %s", nvram_safe_get("lan_ip"));
    system(command);
}

/* Weak: quoted, and checked before. */
void probe(void *r) {
    char command[200], *host = websGetVar(r, "host", "");
    if (!is_valid_host(host)) return;
    sprintf(command, "ping '%s'", host);
    system(command);
}

/* Planted: through a global buffer. */
static char shared[256];
void set_chain(void *r) {
    snprintf(shared, sizeof shared, "iptables -A %s", websGetVar(r, "chain", ""));
    system(shared);
}

/* Planted: through an allocated text. */
void say(void *r) {
    char *command;
    asprintf(&command, "echo %s", websGetVar(r, "txt", ""));
    system(command);
    free(command);
}

/* Near miss: a number. */
void stop(void *r) { doSystemCmd("killall -%d httpd", atoi(websGetVar(r, "n", ""))); }

/* Planted: a second way in, beside the proper one. */
int form_login(void *r) {
    char *user = websGetVar(r, "username", "");
    char *password = websGetVar(r, "password", "");
    if (!strcmp(user, "super") && !strcmp(password, "zy5up3r!")) return 1;
    return !strcmp(password, nvram_safe_get("http_passwd"));
}

/* Near miss: values of a setting. */
int mode(void *r) {
    char *mode = websGetVar(r, "mode", "");
    if (!strcmp(mode, "wpa2psk")) return 1;
    if (!strcmp(mode, "open")) return 2;
    return 0;
}

int main(int argc, char **argv) {
    set_clock(argv); set_name(argv); set_route(argv); set_address(); probe(argv);
    set_chain(argv); say(argv); stop(argv);
    return form_login(argv) + mode(argv);
}
