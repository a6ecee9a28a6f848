//! What real stores rarely do when a test waits for it: a server that answers by the book that the
//! test writes.

use crate::place::{directory, quick};
use duecare_base::Digest;
use duecare_blobs::{Blobs, Error};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

const LIST: &str = "<ListBucketResult></ListBucketResult>";

/// Gives these answers, one per connection, and keeps the requests' first lines and headers.
struct Book {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

fn fault(status: &str, code: &str) -> String {
    answer(status, "", &format!("<Error><Code>{code}</Code><Message>words</Message></Error>"))
}

fn book(answers: Vec<String>) -> Book {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let file = directory().url();
    std::fs::create_dir_all(std::path::Path::new(&file).parent().unwrap()).unwrap();
    std::fs::write(&file, "[default]\naws_access_key_id=a\naws_secret_access_key=b\n").unwrap();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&requests);
    std::thread::spawn(move || {
        // Opening asks twice: for a list and for unfinished uploads.
        for answer in [ok(LIST), ok("<ListMultipartUploadsResult/>")].into_iter().chain(answers) {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() > 0 {
                request.push(byte[0]);
            }
            let head = String::from_utf8(request).unwrap().to_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse::<u64>().unwrap());
            if head.contains("expect: 100-continue") {
                connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            }
            std::io::copy(&mut (&connection).take(length), &mut std::io::sink()).unwrap();
            kept.lock().unwrap().push(head);
            connection.write_all(answer.as_bytes()).unwrap();
        }
    });
    let url = format!("s3://bucket?endpoint=http://127.0.0.1:{port}&credentials_file={file}");
    Book { url, requests }
}

impl Book {
    fn blobs(&self) -> Blobs {
        Blobs::open_with(&self.url, &quick()).unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().split_off(2)
    }
}

#[test]
fn a_busy_store_is_asked_again_but_not_for_ever() {
    let busy = || fault("503 Service Unavailable", "SlowDown");
    let book_of_two = book(vec![busy(), fault("500 Internal Server Error", ""), ok("")]);
    assert_eq!(book_of_two.blobs().put(b"abc").unwrap(), Digest::of(b"abc"));
    assert_eq!(book_of_two.requests().len(), 3);
    let endless = book(vec![busy(), busy(), busy(), busy()]);
    let error = endless.blobs().put(b"abc").unwrap_err();
    let Error::Refused { answer, .. } = &error else { panic!("{error}") };
    assert_eq!((answer.status, answer.code.as_str()), (503, "SlowDown"));
    assert!(error.to_string().contains("try again later"), "{error}");
}

#[test]
fn a_full_store_is_full() {
    for answer in [fault("507 Insufficient Storage", ""), fault("403 Forbidden", "QuotaExceeded")] {
        let error = book(vec![answer]).blobs().put(b"abc").unwrap_err();
        assert!(error.is_full(), "{error}");
    }
}

#[test]
fn a_refusal_is_not_repeated() {
    let refused = book(vec![fault("403 Forbidden", "AccessDenied")]);
    let error = refused.blobs().put(b"abc").unwrap_err();
    assert!(error.to_string().contains("must be allowed"), "{error}");
    let moved = answer("301 Moved Permanently", "Location: http://127.0.0.1:1/\r\n", "");
    let error = book(vec![moved]).blobs().put(b"abc").unwrap_err();
    assert!(error.to_string().contains("region"), "{error}");
}

#[test]
fn a_body_is_guarded_by_its_md5() {
    let one = book(vec![ok("")]);
    one.blobs().put(b"abc").unwrap();
    let request = one.requests().remove(0);
    let path = format!("put /bucket/sha256/ba/78/{}?", Digest::of(b"abc"));
    assert!(request.starts_with(&path), "{request}");
    // 900150983cd24fb0d6963f7d28e17f72 (RFC 1321, A.5) in base 64; the request was put into lower case.
    assert!(request.contains("content-md5: kafqmdzst7dwlj99kof/cg=="), "{request}");
    assert!(request.contains("x-amz-signedheaders=content-md5%3bhost"), "{request}");
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let digest = Digest::of(b"0123456789");
    let torn =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\n0123";
    let rest =
        answer("206 Partial Content", "ETag: \"e\"\r\nContent-Range: bytes 4-9/10\r\n", "456789");
    let book_of_two = book(vec![torn.into(), rest]);
    assert_eq!(book_of_two.blobs().read_all(&digest, 10).unwrap(), b"0123456789");
    let request = book_of_two.requests().remove(1);
    assert!(
        request.contains("range: bytes=4-9") && request.contains("if-match: \"e\""),
        "{request}"
    );
    // A store that sends everything again would double bytes.
    let whole = ok("0123456789");
    let error = book(vec![torn.into(), whole]).blobs().read_all(&digest, 10).unwrap_err();
    assert!(error.to_string().contains("does not behave like S3"), "{error}");
}

#[test]
fn a_join_that_fails_inside_a_success_is_a_failure() {
    let bytes = vec![7; 9 * 1024 * 1024];
    let id = || {
        ok("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
    };
    let part = || answer("200 OK", "ETag: \"p\"\r\n", "");
    let broken = || ok("<Error><Code>MalformedXML</Code></Error>");
    let book_of_failure =
        book(vec![id(), part(), part(), broken(), answer("204 No Content", "", "")]);
    let error = book_of_failure.blobs().put(&bytes).unwrap_err();
    assert!(
        matches!(&error, Error::Refused { answer, .. } if answer.code == "MalformedXML"),
        "{error}"
    );
    let last = book_of_failure.requests().pop().unwrap();
    assert!(last.starts_with("delete ") && last.contains("uploadid=u"), "aborted: {last}");
    // The answer to the join was lost; the second attempt finds no upload, but the object.
    let lost = "HTTP/1.1 200".to_owned();
    let none = fault("404 Not Found", "NoSuchUpload");
    let head = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\nETag: \"x-2\"\r\n\r\n",
        bytes.len()
    );
    let book_of_loss = book(vec![id(), part(), part(), lost, none, head]);
    assert_eq!(book_of_loss.blobs().put(&bytes).unwrap(), Digest::of(&bytes));
}

#[test]
fn a_bucket_that_keeps_versions_does_not_erase() {
    let there = || answer("200 OK", "", "");
    let kept =
        answer("204 No Content", "x-amz-delete-marker: true\r\nx-amz-version-id: v1\r\n", "");
    let error = book(vec![there(), kept]).blobs().delete(&Digest::of(b"abc")).unwrap_err();
    assert!(matches!(error, Error::VersionsKept { .. }), "{error}");
    let gone = answer("204 No Content", "", "");
    assert!(book(vec![there(), gone]).blobs().delete(&Digest::of(b"abc")).unwrap());
}

#[test]
fn new_credentials_are_read_when_the_old_ran_out() {
    let one = book(vec![fault("400 Bad Request", "ExpiredToken"), ok("")]);
    let blobs = one.blobs();
    let file = one.url.split("credentials_file=").nth(1).unwrap();
    std::fs::write(file, "[default]\naws_access_key_id=new\naws_secret_access_key=b\n").unwrap();
    blobs.put(b"abc").unwrap();
    let requests = one.requests();
    assert!(requests[0].contains("x-amz-credential=a%2f"), "{}", requests[0]);
    assert!(requests[1].contains("x-amz-credential=new%2f"), "{}", requests[1]);
}
