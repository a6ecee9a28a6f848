void handle(struct req *r)
{
    char buf[64];
    char host[32];
    char small[16];
    strcpy(buf, getenv("HTTP_COOKIE"));
    sprintf(host, "h=%s", getenv("QUERY_STRING"));
    sprintf(small, "n=%.8s", getenv("QUERY_STRING"));
    strncpy(small, getenv("QUERY_STRING"), sizeof(small) - 1);
    strcpy(small, "fixed");
    snprintf(host, sizeof(host), "%s", getenv("HTTP_HOST"));
}
