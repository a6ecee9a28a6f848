#!/bin/sh
echo "Content-type: text/plain"
echo
eval $(echo "$QUERY_STRING" | tr '&' ';')
echo "hello $name"
