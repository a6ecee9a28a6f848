package org.example.careful;

import android.content.Context;
import android.content.SharedPreferences;
import android.database.sqlite.SQLiteDatabase;
import android.util.Base64;
import android.util.Log;
import android.webkit.SslErrorHandler;
import android.webkit.WebView;
import android.webkit.WebViewClient;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509TrustManager;

/** The same tasks as in the flawed app, done with care, and what looks like a flaw and is none. */
public class Careful {
    static final String KEY_PASSWORD = "password";
    static final String EXTRA_PASSWORD = "extra_pw1";
    SharedPreferences safe;
    String password;
    SecretKey key;

    static String protect(SecretKey key, String text) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key);
        return Base64.encodeToString(cipher.doFinal(text.getBytes("UTF-8")), 0);
    }

    void saveEncrypted(Context context, String text) throws Exception {
        context.getSharedPreferences("camera", 0).edit().putString("password", protect(key, text)).apply();
    }

    void forget(Context context) {
        context.getSharedPreferences("camera", 0).edit().putString("password", "").apply();
        context.getSharedPreferences("camera", 0).edit().putString("token", null).apply();
    }

    void about(Context context, String hint) {
        SharedPreferences.Editor editor = context.getSharedPreferences("camera", 0).edit();
        editor.putString("password_hint", hint);
        editor.putString("fcm_token", hint);
        editor.putString("theme", hint);
        editor.putBoolean("remember_password", true);
        editor.apply();
    }

    void table(SQLiteDatabase db) {
        db.execSQL("CREATE TABLE users (_id INTEGER PRIMARY KEY, name TEXT, password_hash TEXT)");
    }

    void log(String user) {
        Log.d("Login", "password changed for " + user);
        Log.d("Login", "wrong password");
    }

    boolean filled() {
        return !password.equals("") && !password.equals("null");
    }

    byte[] encrypt(byte[] material, byte[] clear) throws Exception {
        byte[] iv = new byte[16];
        new SecureRandom().nextBytes(iv);
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(material, "AES"), new IvParameterSpec(iv));
        return cipher.doFinal(clear);
    }

    String schema() {
        return "http://schemas.android.com/apk/res/android";
    }

    String template() {
        return "rtsp://%s:%s@%s/live";
    }

    void page(WebView view) {
        view.getSettings().setJavaScriptEnabled(false);
    }

    static class Trust implements X509TrustManager {
        final X509TrustManager system;

        Trust(X509TrustManager system) {
            this.system = system;
        }

        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            system.checkServerTrusted(chain, type);
        }

        public X509Certificate[] getAcceptedIssuers() {
            return system.getAcceptedIssuers();
        }
    }

    static class Names implements HostnameVerifier {
        public boolean verify(String host, SSLSession session) {
            if (!host.equals("cam.example.net")) {
                return false;
            }
            return true;
        }
    }

    static class Client extends WebViewClient {
        @Override
        public void onReceivedSslError(
                WebView view, SslErrorHandler handler, android.net.http.SslError error) {
            handler.cancel();
        }
    }
}
