#!/bin/sh
x="$QUERY_STRING"
case "$x" in
  start|stop) eval "/etc/init.d/web $x" ;;
  *) echo "no such action: $x" ;;
esac
if [ "$x" = "reboot" ]; then eval "$x"; fi
if echo "$x" | grep -q '^[0-9.]*$'; then sh -c "ping $x"; fi
[[ $x =~ ^[a-z0-9]+$ ]] && eval "$x"
n=$(echo "$x" | tr -cd '0-9')
eval "echo $n"
m=$(echo "$x" | sed 's/[^a-z]//g')
eval "$m"
