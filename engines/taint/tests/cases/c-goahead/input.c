static void formPing(webs_t wp, char_t *path, char_t *query)
{
    char_t *host = websGetVar(wp, T("host"), T(""));
    struct job j;
    j.host = host;
    doSystemCmd("ping -c 1 '%s' > /var/out", j.host);
    if (is_valid_ip(host))
        twsystem("arp -d %s", host);
    CsteSystem(host, 0);
#ifdef DEBUG
    system(query);
#endif
}
