#!/bin/sh
# Builds tests/cases/<name>/input.apk from the sources beside this script.
# Needs: a JDK, aapt, apksigner, android-framework-res (Debian packages), and from Maven Central
# com.google.android:android:4.1.1.4 (ANDROID_JAR) and
# com.jakewharton.android.repackaged:dalvik-dx:11.0.0_r3 (DX_JAR).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
framework=/usr/share/android-framework-res/framework-res.apk
for name in flawed careful obfuscated; do
    work=$(mktemp -d)
    mkdir "$work/classes" "$work/out" "$work/src"
    files=$name
    if [ "$name" = obfuscated ]; then
        # The flawed code without its names, in the careful app's package.
        sed -f "$here/names.sed" "$here/flawed/src/Flawed.java" >"$work/src/a.java"
        files=careful
    else
        cp "$here/$name"/src/*.java "$work/src"
    fi
    javac -nowarn --release 8 -g:none -cp "$ANDROID_JAR" -d "$work/classes" "$work"/src/*.java
    java -cp "$DX_JAR" com.android.dx.command.Main --dex --min-sdk-version=16 \
        --output="$work/out/classes.dex" "$work/classes"
    aapt package -f -I "$framework" -M "$here/$files/AndroidManifest.xml" -S "$here/$files/res" \
        -F "$work/unsigned.apk" "$work/out"
    case $name in
    flawed) owner="CN=Android Debug, O=Android, C=US"; schemes="--v1-signing-enabled true --v2-signing-enabled false --v3-signing-enabled false" ;;
    *) owner="CN=Careful Example"; schemes="--v1-signing-enabled false --v2-signing-enabled true --v3-signing-enabled false" ;;
    esac
    keytool -genkeypair -keystore "$work/store" -storepass sample -keypass sample -alias sample \
        -keyalg EC -groupname secp256r1 -validity 9000 -dname "$owner" 2>/dev/null
    # shellcheck disable=SC2086 # several words on purpose
    apksigner sign --ks "$work/store" --ks-pass pass:sample $schemes --min-sdk-version 24 \
        --out "$work/signed.apk" "$work/unsigned.apk"
    mkdir -p "$here/../cases/$name-app"
    cp "$work/signed.apk" "$here/../cases/$name-app/input.apk"
    rm -r "$work"
done
