#!/bin/sh
[ "$REQUEST_METHOD" = POST ] && read -n "$CONTENT_LENGTH" POST
body=`dd bs=1 count=$CONTENT_LENGTH 2>/dev/null`
for pair in $(echo "$POST" | tr '&' ' '); do
  eval "set_$pair"
done
su -c "/usr/sbin/apply '$body'"
