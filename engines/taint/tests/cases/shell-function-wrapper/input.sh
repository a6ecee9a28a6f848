#!/bin/sh
run() {
  eval "$1"
}
apply() {
  local what="$1"
  run "/etc/init.d/$what restart"
}
run "date"
apply "$QUERY_STRING"
