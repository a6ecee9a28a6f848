#include "x.h"
/* system(getenv("QUERY_STRING")); */
#define RUN(x) system(x)
int main(int argc, char **argv)
{
    char cmd[128];
    const char *q = getenv("QUERY_STRING");
    // system(q);
    snprintf(cmd, sizeof(cmd), "ping -c %d localhost", atoi(q));
    system(cmd);
    if (strcmp(q, "reboot") == 0)
        system(q);
    system("reboot");
    if (!q || strcmp(q, "halt"))
        return 1;
    snprintf(cmd, sizeof cmd, "/sbin/%s", q);
    system(cmd);
    printf("system(%s)", q);
    system(getenv("HOME"));
    if (!strcmp(mode, "password")) x();
    if (!strcmp(pass_mode, "wpa")) x();
    if (!strcmp(bypass, "all")) x();
    execl("/bin/ping", "ping", q, NULL);
    fgets(cmd, sizeof(cmd), config);
    system(cmd);
    return 0;
}
