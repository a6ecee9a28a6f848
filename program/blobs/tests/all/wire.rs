//! Speaks to the test's object store past the code that is tested.

use std::collections::HashMap;
use std::time::Duration;

/// The answer to a GET of the bucket.
pub(crate) fn get_bucket(query: &[(&str, &str)]) -> String {
    let base = std::env::var("DUECARE_TEST_S3_URL").unwrap();
    let url = url::Url::parse(&base).unwrap();
    let set: HashMap<_, _> = url.query_pairs().into_owned().collect();
    let file = std::fs::read_to_string(&set["credentials_file"]).unwrap();
    let value = |name: &str| {
        let line = file.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_once('=').unwrap().1.trim().to_owned()
    };
    let bucket = rusty_s3::Bucket::new(
        set["endpoint"].parse().unwrap(),
        rusty_s3::UrlStyle::Path,
        url.host_str().unwrap().to_owned(),
        "us-east-1",
    )
    .unwrap();
    let signed = rusty_s3::signing::sign(
        &jiff::Timestamp::now(),
        rusty_s3::Method::Get,
        bucket.base_url().clone(),
        &value("aws_access_key_id"),
        &value("aws_secret_access_key"),
        None,
        "us-east-1",
        Duration::from_secs(60).as_secs(),
        query.iter().copied(),
        std::iter::empty(),
    );
    let pem = std::fs::read(&set["ca_file"]).unwrap();
    let roots = ureq::tls::Certificate::from_pem(&pem).unwrap();
    let tls = ureq::tls::TlsConfig::builder()
        .root_certs(ureq::tls::RootCerts::new_with_certs(&[roots]))
        .build();
    let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
    agent.get(signed.as_str()).call().unwrap().body_mut().read_to_string().unwrap()
}
