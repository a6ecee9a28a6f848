use crate::place::{bucket, directory, quick};
use duecare_blobs::{Blobs, Error, Location, Public};

#[test]
fn addresses() {
    for (address, shown) in [
        ("/srv/duecare", "/srv/duecare"),
        ("data/blobs", "data/blobs"),
        ("file:///srv/a%20b", "/srv/a b"),
        ("s3://bucket?region=eu-central-1", "s3://bucket/"),
        ("s3://bucket/in/here/?endpoint=https://s3.example:9000", "s3://bucket/in/here"),
        ("s3://bucket?endpoint=http://127.0.0.1:9000&path_style=false", "s3://bucket/"),
        ("s3://bucket?endpoint=http://[::1]:9000", "s3://bucket/"),
        ("s3://bucket?endpoint=http://store:9000&allow_http=true", "s3://bucket/"),
    ] {
        assert_eq!(address.parse::<Location>().unwrap().to_string(), shown);
    }
    for (address, part) in [
        ("", "empty"),
        ("ftp://host/x", "`ftp` is unknown"),
        ("file://host/x", "absolute"),
        ("file:///x?y=z", "%3F"),
        ("s3://bucket", "region"),
        ("s3://b?region=x", "3 to 63"),
        ("s3://buc%6bet!?region=x", "3 to 63"),
        ("s3://bucket/../x/.y?region=x", "dot"),
        ("s3://bucket/a%20b?region=x", "letters"),
        ("s3://key:hunter2@bucket?region=x", "credentials don't belong"),
        ("s3://bucket:9000?region=x", "endpoint=https://"),
        ("s3://bucket?endpoint=https://key:hunter2@host", "credentials in it"),
        ("s3://bucket?endpoint=http://store.example", "no TLS"),
        ("s3://bucket?endpoint=ftp://store.example", "https://"),
        ("s3://bucket?region=x&secret=hunter2", "may come"),
        ("s3://bucket?region=x&region=y", "twice"),
        ("s3://bucket?region=a.evil.example/", "eu-central-1"),
        ("s3://bucket?region=x&path_style=yes", "true or false"),
    ] {
        let error = address.parse::<Location>().unwrap_err();
        assert!(matches!(error, Error::Location { .. }), "{address}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(part), "{address}: {text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_file_where_the_directory_should_be() {
    let path = directory().url();
    std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
    std::fs::write(&path, b"x").unwrap();
    let error = Blobs::open(&path).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert!(error.to_string().contains(&path));
}

/// What went wrong, with everything below it.
fn told(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

#[test]
fn a_wrong_way_to_a_bucket_says_what_to_do() {
    let Some(place) = bucket() else { return };
    let url = place.url();
    let file = directory().url();
    std::fs::create_dir_all(std::path::Path::new(&file).parent().unwrap()).unwrap();
    let secret = "hunter2hunter2hunter2";
    let text = format!(
        "[default]\naws_access_key_id = AKIDNOBODY\naws_secret_access_key = {secret}\n\
         aws_session_token = {secret}\n"
    );
    std::fs::write(&file, text).unwrap();
    let set = |name: &str, value: &str| {
        let (path, query) = url.split_once('?').unwrap();
        let rest: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(name)).collect();
        format!("{path}?{}&{name}={value}", rest.join("&"))
    };
    let without_ca = url.split('&').filter(|p| !p.starts_with("ca_file")).collect::<Vec<_>>();
    for (address, part) in [
        (set("credentials_file", &file), "check the credentials"),
        (set("credentials_file", "/nowhere/at-all"), "/nowhere/at-all"),
        (set("profile", "other"), "no section of that name"),
        (set("ca_file", &file), "has no certificate"),
        (without_ca.join("&"), "in 1 attempts"),
        (set("endpoint", "https://127.0.0.1:1"), "in 4 attempts"),
        (url.replace("s3://duecare-test/", "s3://duecare-missing/"), "make the bucket first"),
    ] {
        for error in [
            Blobs::open_with(&address, &quick()).unwrap_err(),
            Public::open_with(&address, &quick()).unwrap_err(),
        ] {
            let text = told(&error);
            assert!(text.contains(part), "{address}: {text}");
            assert!(!text.contains(secret) && !text.contains("X-Amz"), "{text}");
        }
    }
    let credentials = std::fs::read_to_string(
        url.split("credentials_file=").nth(1).unwrap().split('&').next().unwrap(),
    )
    .unwrap();
    let shown = format!("{:?} {:?}", place.blobs(), place.blobs().begin(1, None).unwrap());
    for line in credentials.lines().filter_map(|line| line.split_once('=')) {
        assert!(!shown.contains(line.1.trim()), "{shown}");
    }
}
