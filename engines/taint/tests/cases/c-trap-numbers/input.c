int handler(webs_t wp)
{
    char cmd[64];
    int port = atoi(websGetVar(wp, "port", "80"));
    sprintf(cmd, "httpd -p %d", port);
    system(cmd);
    doSystemCmd("vlan %d", strtol(websGetVar(wp, "vlan", ""), 0, 10));
    const char *mode = websGetVar(wp, "mode", "");
    if (!strcmp(mode, "up") || !strcmp(mode, "down")) {
        sprintf(cmd, "ifconfig eth0 %s", mode);
        system(cmd);
    }
    snprintf(cmd, sizeof(cmd), "wan %s", strcmp(mode, "a") ? "up" : "down");
    system(cmd);
    return 0;
}
