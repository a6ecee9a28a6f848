#!/bin/sh
openssl dgst -sha256 -verify /etc/fw.pub -signature /tmp/f.sig /tmp/f || exit 1
mtd write /tmp/f firmware
