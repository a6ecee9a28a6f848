#!/bin/sh
curl -s -u cam:Upl0adPw http://10.0.0.9/put -T $1
wget --user=cam --password=Wg3tPass http://10.0.0.9/x
sshpass -p Ssh9Pass scp $1 root@10.0.0.9:/
mysql -uroot -pMy5qlPw db
openssl enc -d -aes-256-cbc -k F1rmKey77 -in fw.bin
openssl rsa -passin pass:K3yPhrase -in k.pem
smbclient //nas/x -U cam%Smb4Pass
export PGPASSWORD="Pg5ecret"
[ "$password" = "Backd00r" ] && exec /bin/sh
htpasswd -b /etc/h.pw admin Ht9Passw
