#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deliberately wrong: material for the tests of the analysers. */
int login(const char *user)
{
    char name[8];
    char *copy = malloc(16);
    strcpy(name, user);
    name[8] = 0;
    free(copy);
    copy[0] = 'x';
    printf(user);
    return name[0];
}
