/* Stands in for a daemon of the example camera. It says its name and waits. */
#include <stdio.h>
#include <unistd.h>

#ifndef NAME
#define NAME "ipcamd"
#endif

int main(void)
{
    puts(NAME " 3.1.4 of the example camera");
    for (;;)
        pause();
}
