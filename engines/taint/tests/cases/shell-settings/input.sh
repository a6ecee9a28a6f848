#!/bin/sh
name=`nvram get wan_hostname`
eval "udhcpc -H $name"
zone=$(uci get system.zone)
. /etc/zones/$zone
