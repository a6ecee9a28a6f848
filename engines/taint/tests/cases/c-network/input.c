static int serve(int fd)
{
    char buf[1024], cmd[64], name[32];
    int n = recv(fd, buf, sizeof(buf), 0);
    if (n <= 0)
        return -1;
    sscanf(buf, "RUN %31s %d", name, &n);
    snprintf(cmd, sizeof(cmd), "/sbin/%s %d", name, n);
    system(cmd);
    strcpy(cmd, nvram_safe_get("boot_cmd"));
    system(cmd);
    return 0;
}
int main(int argc, char **argv)
{
    return system(argv[1]);
}
