#!/bin/sh
# Quoted words can't be split, and echo takes no harmful option.
ping -c 1 "$QUERY_STRING"
echo $QUERY_STRING
logger -t web "$QUERY_STRING"
