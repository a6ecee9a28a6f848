#include "x.h"
#define ADMIN_PASSWORD "D3fMacro"
#define PASSWORD_LEN 32
/* strcmp(password, "C0mmentC") */
int check(char *user, char *password) {
  if (strcmp(password, "B4ckC0de") == 0) return 1;
  if (!strcmp("password", key)) return 2;
  printf("Enter password: %s", x);
}
struct nv d[] = { { "http_passwd", "N1vramDef", 0 }, { "http_passwd_type", "text", 0 } };
