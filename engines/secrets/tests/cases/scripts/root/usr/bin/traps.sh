#!/bin/sh
curl -u "$USER:$PASS" http://x/
curl -u user:password http://example.com
wget --password="$PW" http://x
echo "$user:$pass" | chpasswd
read -p "Password: " PASSWORD
passwd_file=/etc/passwd
if [ "$password" = "" ]; then echo "Usage: $0 --password PASSWORD"; fi
PASSWORD=$(nvram get http_passwd)
PASS=`getpass`
sshpass -p "$1" ssh x
openssl rsa -passin env:KP
openssl rsa -passin file:/etc/kp
mysql -p
echo "Enter password:"
PWD=/tmp
OLDPWD=/home
scp -P 2222 x y:
unzip -P "$ZP" a.zip
