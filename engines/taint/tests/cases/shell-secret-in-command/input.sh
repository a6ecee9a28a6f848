#!/bin/sh
eval "mysql -uroot -pZq81ttRw -e $QUERY_STRING"
eval "curl --user admin:Zq81ttRw http://h/$QUERY_STRING"
eval "PASSWORD=Zq81ttRw run $QUERY_STRING"
