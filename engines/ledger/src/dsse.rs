//! Envelopes: bytes of a named type, signed by one or more keys (DSSE v1).
//!
//! A signature is over the pre-authentication encoding (PAE) of type and payload, so neither can be
//! taken for something else. Written in one canonical spelling; read as the protocol allows: either
//! base64 alphabet, unknown members ignored.

use crate::{base64, json, key::SignerKey, key::VerifierKey, text::hex};
use ed25519_dalek::{Signature as Ed25519Signature, Signer as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Most bytes of an envelope. Evidence is about digests; what is large is stored by its digest.
pub const ENVELOPE_BYTES_MAX: usize = 1 << 20;

/// Most signatures of an envelope.
pub const SIGNATURES_MAX: usize = 32;

/// The payload type of in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A signature in an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// A hint which key it was; it is not authenticated, and decides nothing.
    pub keyid: Option<String>,
    /// The signature's bytes.
    pub sig: Vec<u8>,
}

/// An envelope whose form was checked, and whose signatures were not: see [`Envelope::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

/// What is wrong with an envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Too long.
    #[error("an envelope has at most {ENVELOPE_BYTES_MAX} bytes")]
    Long,
    /// Not JSON.
    #[error("the envelope")]
    Json(#[from] json::JsonError),
    /// A member that isn't there, or is of another kind.
    #[error("{0} is missing, or not what it must be")]
    Member(&'static str),
    /// No signature at all, or too many.
    #[error("an envelope has 1 to {SIGNATURES_MAX} signatures")]
    Signatures,
    /// Too few of the trusted keys signed.
    #[error("{found} of the trusted keys signed, {needed} are needed")]
    Threshold {
        /// Different keys whose signature holds.
        found: usize,
        /// How many must.
        needed: usize,
    },
}

/// The pre-authentication encoding: what is signed.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// A signer of envelopes; implement it for algorithms or key stores that aren't built in.
pub trait SignEnvelope {
    /// The hint for verifiers.
    fn keyid(&self) -> String;

    /// Signs a pre-authentication encoding.
    fn sign_pae(&self, pae: &[u8]) -> Vec<u8>;
}

/// A verifier of envelopes.
pub trait VerifyEnvelope {
    /// The hint that its signer writes. Two verifiers with the same are the same key.
    fn keyid(&self) -> String;

    /// Whether this key signed.
    fn verify_pae(&self, pae: &[u8], sig: &[u8]) -> bool;
}

/// SHA-256 over the key's SubjectPublicKeyInfo in DER (RFC 8410), in hexadecimal.
#[must_use]
pub fn ed25519_keyid(public: &[u8; 32]) -> String {
    /// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }
    const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    hex(&Sha256::new().chain_update(SPKI).chain_update(public).finalize())
}

impl SignEnvelope for SignerKey {
    fn keyid(&self) -> String {
        ed25519_keyid(self.verifier().as_bytes())
    }

    fn sign_pae(&self, pae: &[u8]) -> Vec<u8> {
        self.ed25519().sign(pae).to_bytes().to_vec()
    }
}

impl VerifyEnvelope for VerifierKey {
    fn keyid(&self) -> String {
        ed25519_keyid(self.as_bytes())
    }

    fn verify_pae(&self, pae: &[u8], sig: &[u8]) -> bool {
        Ed25519Signature::from_slice(sig)
            .is_ok_and(|sig| self.ed25519().verify_strict(pae, &sig).is_ok())
    }
}

impl Envelope {
    /// Signs a payload with each of the signers.
    ///
    /// # Errors
    /// When there is no signer, or too many, or the payload is too large.
    pub fn sign(
        payload_type: &str,
        payload: Vec<u8>,
        signers: &[&dyn SignEnvelope],
    ) -> Result<Self, EnvelopeError> {
        if signers.is_empty() || signers.len() > SIGNATURES_MAX {
            return Err(EnvelopeError::Signatures);
        }
        let message = pae(payload_type, &payload);
        let signature = |signer: &&dyn SignEnvelope| EnvelopeSignature {
            keyid: Some(signer.keyid()),
            sig: signer.sign_pae(&message),
        };
        let signatures = signers.iter().map(signature).collect();
        let envelope = Self { payload_type: payload_type.to_owned(), payload, signatures };
        if envelope.to_json().len() > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeError::Long);
        }
        Ok(envelope)
    }

    /// Reads an envelope.
    ///
    /// # Errors
    /// When its form is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeError::Long);
        }
        let value = json::from_slice(bytes)?;
        let payload_type = value.get("payloadType").and_then(Value::as_str);
        let payload = value.get("payload").and_then(Value::as_str).and_then(base64::decode_either);
        let list = value.get("signatures").and_then(Value::as_array);
        let list = list.ok_or(EnvelopeError::Member("signatures"))?;
        if list.is_empty() || list.len() > SIGNATURES_MAX {
            return Err(EnvelopeError::Signatures);
        }
        let signatures = list.iter().map(read_signature).collect::<Result<_, _>>()?;
        Ok(Self {
            payload_type: payload_type.ok_or(EnvelopeError::Member("payloadType"))?.to_owned(),
            payload: payload.ok_or(EnvelopeError::Member("payload"))?,
            signatures,
        })
    }

    /// The canonical spelling: sorted members, no white space, standard base64.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = |text: &str| Value::String(text.to_owned()).to_string();
        let signatures: Vec<String> = self
            .signatures
            .iter()
            .map(|one| {
                let keyid = one.keyid.as_deref().map(|id| format!("\"keyid\":{},", text(id)));
                let keyid = keyid.unwrap_or_default();
                format!("{{{keyid}\"sig\":\"{}\"}}", base64::encode(&one.sig))
            })
            .collect();
        format!(
            "{{\"payload\":\"{}\",\"payloadType\":{},\"signatures\":[{}]}}",
            base64::encode(&self.payload),
            text(&self.payload_type),
            signatures.join(",")
        )
    }

    /// The type of the payload. Look at it before the payload.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// What was signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signatures, good or not.
    #[must_use]
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// The ids of the keys, of those given, that signed. Each key counts once, whatever the hints
    /// in the envelope say.
    ///
    /// # Errors
    /// When fewer than `threshold` did; a threshold of 0 counts as 1.
    pub fn verify(
        &self,
        keys: &[&dyn VerifyEnvelope],
        threshold: usize,
    ) -> Result<Vec<String>, EnvelopeError> {
        let message = pae(&self.payload_type, &self.payload);
        let mut signed = Vec::new();
        for key in keys {
            let id = key.keyid();
            let mine = |one: &&EnvelopeSignature| {
                one.keyid.as_ref().is_none_or(|hint| *hint == id || !known(hint, keys))
            };
            let by = self.signatures.iter().filter(mine);
            if !signed.contains(&id) && by.into_iter().any(|s| key.verify_pae(&message, &s.sig)) {
                signed.push(id);
            }
        }
        let needed = threshold.max(1);
        if signed.len() < needed {
            return Err(EnvelopeError::Threshold { found: signed.len(), needed });
        }
        Ok(signed)
    }
}

/// Whether a hint is one of these keys' own; others say nothing, and every key is tried.
fn known(hint: &str, keys: &[&dyn VerifyEnvelope]) -> bool {
    keys.iter().any(|key| key.keyid() == hint)
}

fn read_signature(value: &Value) -> Result<EnvelopeSignature, EnvelopeError> {
    let keyid = match value.get("keyid") {
        None | Some(Value::Null) => None,
        Some(Value::String(keyid)) => Some(keyid.clone()),
        Some(_) => return Err(EnvelopeError::Member("keyid")),
    };
    let sig = value.get("sig").and_then(Value::as_str).and_then(base64::decode_either);
    Ok(EnvelopeSignature { keyid, sig: sig.ok_or(EnvelopeError::Member("sig"))? })
}
