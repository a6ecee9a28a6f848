package org.example.viewer;

import android.content.ContentValues;
import android.content.Context;
import android.content.SharedPreferences;
import android.database.sqlite.SQLiteDatabase;
import android.os.Environment;
import android.preference.PreferenceManager;
import android.util.Log;
import android.webkit.SslErrorHandler;
import android.webkit.WebView;
import android.webkit.WebViewClient;
import android.widget.EditText;
import java.io.File;
import java.io.FileWriter;
import java.security.cert.X509Certificate;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSession;
import javax.net.ssl.X509TrustManager;

/** Every flaw that the checks know, once. */
public class Flawed {
    static final String DEFAULT_PASSWORD = "admin";
    static final String KEY_PASSWORD = "password";
    String password;

    void savePlain(Context context, EditText field) {
        SharedPreferences prefs = context.getSharedPreferences("camera", 0);
        prefs.edit().putString("camera_password", field.getText().toString()).commit();
    }

    /** The key is known only to the caller. */
    static void put(Context context, String key, String value) {
        PreferenceManager.getDefaultSharedPreferences(context).edit().putString(key, value).apply();
    }

    void saveThroughHelper(Context context, String psk) {
        put(context, "wifi_psk", psk);
    }

    void saveForEverybody(Context context, String pwd) {
        context.getSharedPreferences("shared", 1).edit().putString("pwd", pwd).commit();
    }

    void database(SQLiteDatabase db, String pass) {
        db.execSQL("CREATE TABLE users (_id INTEGER PRIMARY KEY, name TEXT, password TEXT)");
        ContentValues row = new ContentValues();
        row.put("password", pass);
        db.insert("users", null, row);
    }

    void external() throws Exception {
        File file = new File(Environment.getExternalStorageDirectory(), "backup.txt");
        FileWriter writer = new FileWriter(file);
        writer.write("password=" + password);
        writer.close();
    }

    void log(String user, String given) {
        Log.d("Login", "user=" + user + " password=" + given);
    }

    boolean factory() {
        return password.equals("f4ct0ry!");
    }

    byte[] encrypt(byte[] clear) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        SecretKeySpec key = new SecretKeySpec("0123456789abcdef".getBytes("UTF-8"), "AES");
        cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(new byte[16]));
        return cipher.doFinal(clear);
    }

    byte[] weak(byte[] clear) throws Exception {
        return Cipher.getInstance("DES/ECB/PKCS5Padding").doFinal(clear);
    }

    String stream() {
        return "rtsp://viewer:sample-pass1@cam.example.net/live";
    }

    String update() {
        return "http://updates.vendor-cloud.net/latest";
    }

    void page(WebView view) {
        view.getSettings().setJavaScriptEnabled(true);
        view.addJavascriptInterface(this, "camera");
    }

    static class Trust implements X509TrustManager {
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        public X509Certificate[] getAcceptedIssuers() {
            return null;
        }
    }

    static class AnyName implements HostnameVerifier {
        public boolean verify(String host, SSLSession session) {
            return true;
        }
    }

    static class Client extends WebViewClient {
        @Override
        public void onReceivedSslError(
                WebView view, SslErrorHandler handler, android.net.http.SslError error) {
            handler.proceed();
        }
    }
}
