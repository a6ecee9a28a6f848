//! What keys and certificates mean together: which key belongs to which certificate, and what
//! somebody who has it could do.

use super::certificate::date;
use super::{Certificate, SeenCertificate, SeenKey};
use crate::pack::SecretPack;
use crate::report as check;
use duecare_base::{Confidence, Digest, Finding, Severity};
use std::collections::BTreeMap;

/// A validity longer than this is meant to last for ever, in seconds (20 years).
const LIFE_SECONDS_MAX: i64 = 20 * 365 * 86_400 + 5 * 86_400;

type ByKey<'a> = BTreeMap<Digest, Vec<&'a SeenCertificate>>;

/// Findings over all keys and certificates of an image.
pub(crate) fn report(
    keys: &[SeenKey],
    certificates: &[SeenCertificate],
    pack: &SecretPack,
    now: Option<i64>,
) -> Vec<Finding> {
    let mut by_key: ByKey<'_> = BTreeMap::new();
    for seen in certificates {
        if let Some(public) = &seen.certificate.public {
            by_key.entry(public.id).or_default().push(seen);
        }
    }
    let mut findings: Vec<Finding> =
        keys.iter().flat_map(|k| key(k, &by_key, certificates, pack)).collect();
    findings.extend(certificates.iter().flat_map(|c| known_certificate(c, pack)));
    findings.extend(certificates.iter().filter_map(test_certificate));
    findings.extend(
        certificates.iter().filter(|c| !c.trusted).flat_map(|c| weak(c, keys, certificates)),
    );
    if let Some(now) = now {
        findings.extend(expired(certificates, now));
    }
    findings
}

fn describe(key: &SeenKey) -> String {
    let protection = if key.encrypted { ", protected by a passphrase" } else { "" };
    match &key.public {
        Some(public) => format!("{}, {}{protection}", public.label(), key.format),
        None => format!("{}{protection}", key.format),
    }
}

fn is_host_key(key: &SeenKey) -> bool {
    let path = &key.location.path;
    key.format == "Dropbear" || path.contains("host_key") || path.contains("_host_")
}

fn key(
    key: &SeenKey,
    by_key: &ByKey<'_>,
    certificates: &[SeenCertificate],
    pack: &SecretPack,
) -> Vec<Finding> {
    let own: &[&SeenCertificate] =
        key.public.as_ref().and_then(|p| by_key.get(&p.id)).map_or(&[], Vec::as_slice);
    let certificate = own.first().map(|seen| &seen.certificate);
    if let (true, None, Some(known)) =
        (key.in_program, certificate, pack.program_key(&key.identity))
    {
        return vec![own_test_key(key, known)];
    }
    let issues = |c: &Certificate| c.issues(certificates.iter().map(|seen| &seen.certificate));
    let authority = own.iter().any(|seen| issues(&seen.certificate));
    let trusted = own.iter().any(|seen| seen.trusted);
    let code = own.iter().any(|seen| seen.certificate.uses.contains(&"code signing"));
    let what = describe(key);
    let (id, severity, message) = if let Some(use_) = key.signing.or(code.then_some("code signing"))
    {
        (
            check::KEY_SIGNING,
            Severity::Critical,
            format!("a private key for {use_} is shipped ({what})"),
        )
    } else if is_host_key(key) {
        let message = format!("every device with this image has the same SSH host key ({what})");
        (check::KEY_HOST, Severity::High, message)
    } else if authority && trusted {
        let message =
            format!("the private key of a trusted certificate authority is shipped ({what})");
        (check::KEY_PRIVATE, Severity::Critical, message)
    } else if authority {
        let message = format!("the private key of a certificate authority is shipped ({what})");
        (check::KEY_PRIVATE, Severity::High, message)
    } else {
        (check::KEY_PRIVATE, Severity::High, format!("a private key is shipped ({what})"))
    };
    let message = match certificate {
        Some(c) => {
            let purpose = c.purpose(issues(c));
            format!("{message}; it belongs to certificate \"{}\" for {purpose}", c.subject)
        }
        None => message,
    };
    let severity =
        if key.encrypted && id != check::KEY_SIGNING { Severity::Medium } else { severity };
    let severity = if key.example { severity.min(Severity::Medium) } else { severity };
    let confidence = match (key.example, key.parsed) {
        (true, _) => Confidence::Low,
        (false, true) => Confidence::High,
        (false, false) => Confidence::Medium,
    };
    let name = key.identity.short(16);
    let place = key.location.clone();
    let mut finding = check::new(id, severity, confidence, place, name, message)
        .with_snippet(&format!("{what}; key id {}", key.identity.short(16)));
    for seen in own {
        let text = format!("certificate \"{}\" has the same key", seen.certificate.subject);
        finding = finding.with_evidence(seen.location.clone(), &text);
    }
    std::iter::once(finding).chain(published(key, confidence, pack)).collect()
}

/// A key that anybody can download.
fn published(key: &SeenKey, confidence: Confidence, pack: &SecretPack) -> Option<Finding> {
    let known = pack.known_key(&key.identity)?;
    Some(check::new(
        check::KEY_KNOWN,
        Severity::Critical,
        confidence,
        key.location.clone(),
        key.identity.short(16),
        format!("this private key is published: {known}"),
    ))
}

/// A published key that a program carries to test or measure itself with it.
fn own_test_key(key: &SeenKey, known: &str) -> Finding {
    let (name, place) = (key.identity.short(16), key.location.clone());
    let message = format!("a program carries a published test key, which opens nothing: {known}");
    let what = describe(key);
    check::new(check::KEY_PRIVATE, Severity::Info, Confidence::High, place, name.clone(), message)
        .with_snippet(&format!("{what}; key id {name}"))
}

/// Certificates of keys that anybody has.
fn known_certificate(seen: &SeenCertificate, pack: &SecretPack) -> Option<Finding> {
    let public = seen.certificate.public.as_ref()?;
    let known = pack.known_key(&public.id)?;
    let confidence = if seen.example { Confidence::Low } else { Confidence::High };
    Some(check::new(
        check::KEY_KNOWN,
        Severity::Critical,
        confidence,
        seen.location.clone(),
        public.id.short(16),
        format!(
            "certificate \"{}\" rests on a published private key: {known}",
            seen.certificate.subject
        ),
    ))
}

/// Certificates whose own name says that nobody must trust them: the keys of such samples are
/// published or shared among makers (CVE-2024-8105).
fn test_certificate(seen: &SeenCertificate) -> Option<Finding> {
    let certificate = Some(&seen.certificate).filter(|c| c.is_for_tests())?;
    let confidence = if seen.example { Confidence::Low } else { Confidence::High };
    let name = &certificate.subject;
    Some(check::new(
        check::KEY_KNOWN,
        Severity::High,
        confidence,
        seen.location.clone(),
        name.as_str(),
        format!("certificate \"{name}\" is a test key by its own name, and is shipped"),
    ))
}

fn weak(seen: &SeenCertificate, keys: &[SeenKey], all: &[SeenCertificate]) -> Vec<Finding> {
    let certificate = &seen.certificate;
    let mut findings = Vec::new();
    let confidence = if seen.example { Confidence::Low } else { Confidence::High };
    let name = certificate.subject.clone();
    let mut add = |id, severity, key: String, message: String| {
        findings.push(check::new(id, severity, confidence, seen.location.clone(), key, message));
    };
    let mut reasons: Vec<String> = Vec::new();
    // Nobody checks the signature of a root, but a device's own certificate is told by it.
    if let Some(hash) =
        certificate.weak_signature.filter(|_| !(certificate.self_signed && certificate.authority))
    {
        reasons.push(format!("its signature rests on {hash}"));
    }
    if let Some(public) = certificate.public.as_ref().filter(|public| public.is_short()) {
        reasons.push(format!("its key is short ({})", public.label()));
    }
    if certificate.version < 3 {
        reasons.push(format!("it is version {}", certificate.version));
    }
    if certificate.serial_zero {
        reasons.push("its serial number is zero".to_owned());
    }
    let short = certificate.public.as_ref().is_some_and(super::PublicKey::is_short);
    let broken = short || matches!(certificate.weak_signature, Some("MD2" | "MD4" | "MD5"));
    if !reasons.is_empty() {
        let severity = if broken { Severity::Medium } else { Severity::Low };
        let message = format!("certificate \"{name}\" is weak: {}", reasons.join(", "));
        add(check::CERTIFICATE_WEAK, severity, name.clone(), message);
    }
    let life = certificate.not_after.zip(certificate.not_before).map(|(to, from)| to - from);
    let issues = certificate.issues(all.iter().map(|other| &other.certificate));
    if life.is_some_and(|life| life > LIFE_SECONDS_MAX) && !issues {
        let years = life.unwrap_or(0) / (365 * 86_400);
        let message = format!("certificate \"{name}\" is valid for {years} years");
        add(check::CERTIFICATE_LONG, Severity::Info, name.clone(), message);
    }
    if certificate.wildcard {
        let public = certificate.public.as_ref();
        let shipped = keys.iter().any(|k| k.public.as_ref() == public && public.is_some());
        let severity = if shipped { Severity::Medium } else { Severity::Info };
        let with = if shipped { ", and its private key is shipped" } else { "" };
        let message = format!("certificate \"{name}\" holds for every host of a domain{with}");
        add(check::CERTIFICATE_WILDCARD, severity, name, message);
    }
    findings
}

fn expired(certificates: &[SeenCertificate], now: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let over = |seen: &&SeenCertificate| seen.certificate.not_after.is_some_and(|end| end < now);
    for seen in certificates.iter().filter(|c| !c.trusted).filter(over) {
        let certificate = &seen.certificate;
        let end = date(certificate.not_after.unwrap_or(0));
        let severity = if certificate.authority { Severity::Low } else { Severity::Medium };
        let confidence = if seen.example { Confidence::Low } else { Confidence::High };
        findings.push(check::new(
            check::CERTIFICATE_EXPIRED,
            severity,
            confidence,
            seen.location.clone(),
            certificate.subject.clone(),
            format!("certificate \"{}\" expired on {end}", certificate.subject),
        ));
    }
    let trusted: Vec<&SeenCertificate> = certificates.iter().filter(|c| c.trusted).collect();
    let gone: Vec<&&SeenCertificate> = trusted.iter().filter(|c| over(c)).collect();
    if let Some(first) = gone.first() {
        let mut finding = check::new(
            check::CERTIFICATE_EXPIRED,
            Severity::Info,
            Confidence::High,
            duecare_base::Location { line: None, offset: None, ..first.location.clone() },
            "trust store",
            format!(
                "{} of {} certificates in trust stores have expired",
                gone.len(),
                trusted.len()
            ),
        );
        for seen in gone.iter().take(5) {
            let end = date(seen.certificate.not_after.unwrap_or(0));
            let text = format!("\"{}\" expired on {end}", seen.certificate.subject);
            finding = finding.with_evidence(seen.location.clone(), &text);
        }
        findings.push(finding);
    }
    findings
}
