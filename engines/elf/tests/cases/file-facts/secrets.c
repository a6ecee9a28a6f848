/* Texts with credentials and texts that only look so. */
#include <stdio.h>
const char *const texts[] = {
    "root:$1$Xs9Kq2Lm$8Jd0fQy3PzRtWv1aBcDeF/:0:0:root:/root:/bin/sh",
    "rtsp://operator:Zx81spectrum@camera.local/live",
    "/usr/sbin/telnetd -l /usr/sbin/login -u Alphanetworks:%s -i br0 &",
    "curl -u svc:Up1oad! http://10.0.0.1/upload",
    "usage: fetch http://user:password@host/",
    "proxy http://%s:%s@%s:%d/",
    "$1$%s$",
    "chown -u 0:0 /tmp",
};
int main(int argc, char **argv) { return puts(texts[argc & 7]); }
