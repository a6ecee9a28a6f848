#!/bin/sh
# How the binaries beside the sources were made, on Debian 12 with the packages
# gcc gcc-{mips,mipsel,aarch64,i686}-linux-gnu gcc-arm-linux-gnueabi gcc-arm-linux-gnueabihf.
# Tests never run this.
set -e
cd "$(dirname "$0")"
small="-w -s -Wl,-z,max-page-size=4096,-z,noseparate-code,--build-id=none"
make() { # folder source name compiler flags
    $4 $5 $small -o "$1/$3" "$1/$2"
}
for pair in guest-login/login cgi-program/web near-misses/clean; do
    folder=${pair%/*}; source=${pair#*/}.c
    make $folder $source mips-o2 mips-linux-gnu-gcc "-O2"
    make $folder $source mips-os-fixed mips-linux-gnu-gcc "-Os -fno-pic -no-pie"
    make $folder $source mipsel-o0 mipsel-linux-gnu-gcc "-O0"
    make $folder $source mipsel-os mipsel-linux-gnu-gcc "-Os"
    make $folder $source arm-o2 arm-linux-gnueabi-gcc "-O2 -marm"
    make $folder $source arm-os-fixed arm-linux-gnueabi-gcc "-Os -marm -fno-pic -no-pie"
    make $folder $source thumb-o0 arm-linux-gnueabihf-gcc "-O0"
    make $folder $source thumb-o2 arm-linux-gnueabihf-gcc "-O2"
    make $folder $source aarch64-o2 aarch64-linux-gnu-gcc "-O2"
    make $folder $source x64-o0 gcc "-O0"
    make $folder $source x64-o2 gcc "-O2"
    make $folder $source x86-os-fixed i686-linux-gnu-gcc "-Os -fno-pic -no-pie"
done
note='{"type":"deb","os":"example","name":"library","version":"1.2.3-1"}'
gcc -O2 -w -s -nostdlib -shared -fPIC -Wl,-z,noseparate-code,-soname,libexample.so.1,-rpath,/tmp/lib:/opt/lib,--build-id=0x0011223344556677 \
    -Xlinker "--package-metadata=$note" -o file-facts/library-x64 file-facts/library.c
mips-linux-gnu-gcc -O2 -w -nostdlib -shared -fPIC -Wl,-z,max-page-size=4096,-soname,libexample.so.1,--build-id=none -s \
    -o file-facts/library-mips file-facts/library.c
mips-linux-gnu-gcc -O2 -w -fno-pic -mno-abicalls -c -o file-facts/module-mips.ko file-facts/module.c
make file-facts secrets.c secrets-arm arm-linux-gnueabi-gcc "-O2"
# The vendors' functions come from an empty library that is not kept.
vendor() { # name compiler flags
    printf 'void websGetVar(){}void doSystemCmd(){}void nvram_safe_get(){}void cgiFormString(){}void cJSON_GetObjectItem(){}void is_valid_host(){}' |
        $2 $3 -shared -fPIC -Wl,-soname,libvendor.so -x c -o /tmp/libvendor.so -
    $2 $3 -D_GNU_SOURCE $small -o "vendor-functions/$1" vendor-functions/vendor.c /tmp/libvendor.so
    rm /tmp/libvendor.so
}
vendor mips-o2 mips-linux-gnu-gcc "-O2"
vendor mipsel-os-fixed mipsel-linux-gnu-gcc "-Os -fno-pic -no-pie"
vendor arm-os arm-linux-gnueabi-gcc "-Os -marm"
vendor thumb-o2 arm-linux-gnueabihf-gcc "-O2"
vendor aarch64-o2 aarch64-linux-gnu-gcc "-O2"
vendor x64-o0 gcc "-O0"
for pair in own-helpers/web own-helpers-checked/web more-logins/login; do
    folder=${pair%/*}; source=${pair#*/}.c
    make $folder $source mips-o2 mips-linux-gnu-gcc "-O2"
    make $folder $source mipsel-os-fixed mipsel-linux-gnu-gcc "-Os -fno-pic -no-pie"
    make $folder $source arm-os arm-linux-gnueabi-gcc "-Os -marm"
    make $folder $source thumb-o2 arm-linux-gnueabihf-gcc "-O2"
    make $folder $source aarch64-o2 aarch64-linux-gnu-gcc "-O2"
    make $folder $source x64-o0 gcc "-O0"
    make $folder $source x64-o2 gcc "-O2"
done
named() { # name compiler flags
    printf 'void req_get_cstream_var(){}void rut_doSystemAction(){}void CsteSystem(){}void getVar(){}void eval(){}void tcapi_get(){}void xmldbc_get_wb(){}void twsystem(){}void find_var(){}' |
        $2 $3 -shared -fPIC -Wl,-soname,libvendor.so -x c -o /tmp/libvendor.so -
    $2 $3 $small -o "vendor-names/$1" vendor-names/vendor.c /tmp/libvendor.so
    $2 $3 $small -o "vendor-names/form-$1" vendor-names/form.c
    rm /tmp/libvendor.so
}
named mips-o2 mips-linux-gnu-gcc "-O2"
named arm-os arm-linux-gnueabi-gcc "-Os -marm"
named aarch64-o2 aarch64-linux-gnu-gcc "-O2"
