#!/bin/sh
curl -u bob:Ee15vvPt ftp://x/ && curl -u ann:Ff26uuQu ftp://y/
mount -o user=joe,password=Gg37ttRv //h/s /m; export API_PASSWORD=Hh48ssSw
echo -e "root:Nn93nnBb\nadmin:Oo04mmCc" | chpasswd
