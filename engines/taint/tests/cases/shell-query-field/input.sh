#!/bin/sh
# Ping page.
host=$(echo "$QUERY_STRING" | sed -n 's/^.*host=\([^&]*\).*$/\1/p')
cmd="ping -c 3 $host"
sh -c "$cmd"
ping -c 1 $host
traceroute "$host"
echo "$host" | sh
