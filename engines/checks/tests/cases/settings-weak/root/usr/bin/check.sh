#!/bin/sh
wget -q --no-check-certificate https://fw.maker-cloud.net/list
curl -sk -u cam:hunter2222 https://fw.maker-cloud.net/f
wget http://fw.maker-cloud.net/firmware/latest.bin -O /tmp/f
mtd write /tmp/f firmware
wget http://updates.maker-cloud.net/cam/latest.bin -O /tmp/g
