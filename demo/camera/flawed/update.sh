#!/bin/sh
# Fetches and writes the newest firmware.
wget -q -O /tmp/firmware.bin http://update.example.com/camera100/firmware.bin || exit 1
md5sum -c /etc/firmware.md5 || exit 1
mtd write /tmp/firmware.bin firmware && reboot
