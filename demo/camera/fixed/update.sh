#!/bin/sh
# Fetches and writes the newest firmware, if the maker signed it.
wget -q -O /tmp/firmware.bin https://update.example.com/camera100/firmware.bin || exit 1
wget -q -O /tmp/firmware.sig https://update.example.com/camera100/firmware.sig || exit 1
openssl dgst -sha256 -verify /etc/keys/update-public.pem -signature /tmp/firmware.sig /tmp/firmware.bin || exit 1
mtd write /tmp/firmware.bin firmware && reboot
