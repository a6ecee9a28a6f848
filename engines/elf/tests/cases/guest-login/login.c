/* A small login service: planted credentials and near misses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>

static int read_line(int fd, char *out, int max) {
    int n = recv(fd, out, max - 1, 0);
    if (n < 0) n = 0;
    out[n] = 0;
    out[strcspn(out, "\r\n")] = 0;
    return n;
}

/* Planted: guest/guest from the wire. */
static int serve(int fd) {
    char user[64], pass[64];
    send(fd, "login: ", 7, 0);
    recv(fd, user, sizeof user - 1, 0);
    send(fd, "Password: ", 10, 0);
    recv(fd, pass, sizeof pass - 1, 0);
    if (strcmp(user, "guest") == 0 && strcmp(pass, "guest") == 0) return 1;
    if (!strcmp(user, "quit")) return 2;
    send(fd, "Login incorrect\n", 16, 0);
    return 0;
}

/* Trap: a command loop compares one value with many keywords. */
static int command(int fd) {
    char word[64];
    read_line(fd, word, sizeof word);
    if (!strcmp(word, "status1")) return 1;
    if (!strcmp(word, "reboot2")) return 2;
    if (!strcmp(word, "firmware3")) return 3;
    if (!strcmp(word, "upgrade4")) return 4;
    if (!strcmp(word, "reset5")) return 5;
    if (!strcmp(word, "admin")) return 6;
    return 0;
}

int main(void) {
    struct sockaddr_in a = {0};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_family = AF_INET;
    a.sin_port = 0x1700;
    bind(s, (struct sockaddr *)&a, sizeof a);
    listen(s, 1);
    for (;;) {
        int fd = accept(s, 0, 0);
        if (serve(fd)) command(fd);
        close(fd);
    }
}
