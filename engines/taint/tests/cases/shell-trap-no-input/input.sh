#!/bin/sh
# eval "$QUERY_STRING"
HTTP_PORT=80
eval "opt=\$HTTP_PORT"
QUERY_STRING="fixed"
eval "$QUERY_STRING"
while read line; do eval "$line"; done < /etc/defaults
for f in /etc/rc.d/*; do . $f; done
echo "eval $QUERY_STRING" > /tmp/log
