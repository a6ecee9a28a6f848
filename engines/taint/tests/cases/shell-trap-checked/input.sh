#!/bin/sh
x="$QUERY_STRING"
case "$x" in
  *[!0-9a-zA-Z.]*) exit 1 ;;
esac
eval "ping $x"
