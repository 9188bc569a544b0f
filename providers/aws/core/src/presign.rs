//! Requests of the query protocol that are signed to be sent by somebody else: the region that a
//! database is copied from lets its data go by such a one.
//!
//! The signature is version 4 of AWS's, in the query.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use sha2::{Digest, Sha256};

use crate::{Aws, Error, Partition};

/// For how long the request may be sent, in seconds.
const VALID_FOR: &str = "3600";

impl Aws {
    /// The URL by which a request with these parameters can be made in our name, for an hour.
    pub async fn presigned(
        &self,
        service: &str,
        region: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String, Error> {
        let config = self.sdk_config(region, service);
        let provider = config
            .credentials_provider()
            .ok_or_else(|| Error::refused("NoCredentials", "There are no credentials."))?;
        let credentials = provider
            .provide_credentials()
            .await
            .map_err(|e| Error::refused("NoCredentials", crate::error::causes(&e)))?;
        let suffix = Partition::of_region(region).dns_suffix;
        let usual = format!("https://{service}.{region}.{suffix}");
        let endpoint = config.endpoint_url().unwrap_or(&usual);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|d| d.as_secs());
        let now = now.ok().and_then(|s| i64::try_from(s).ok()).unwrap_or_default();
        let now = jiff::Timestamp::from_second(now).unwrap_or_default();
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        Ok(signed(endpoint, service, region, parameters, &credentials, &time))
    }
}

/// The signed URL at a time such as `20260102T030405Z`.
fn signed(
    endpoint: &str,
    service: &str,
    region: &str,
    parameters: &[(&str, &str)],
    credentials: &Credentials,
    time: &str,
) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
    let date = time.get(..8).unwrap_or_default();
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let credential = format!("{}/{scope}", credentials.access_key_id());
    let mut all = parameters.to_vec();
    all.extend([
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", credential.as_str()),
        ("X-Amz-Date", time),
        ("X-Amz-Expires", VALID_FOR),
        ("X-Amz-SignedHeaders", "host"),
    ]);
    if let Some(token) = credentials.session_token() {
        all.push(("X-Amz-Security-Token", token));
    }
    let mut pairs: Vec<String> =
        all.iter().map(|(n, v)| format!("{}={}", escaped(n), escaped(v))).collect();
    pairs.sort();
    let query = pairs.join("&");
    let request = format!("GET\n/\n{query}\nhost:{host}\n\nhost\n{}", hex(&Sha256::digest(b"")));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));
    let secret = format!("AWS4{}", credentials.secret_access_key());
    let key = [date, region, service, "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| hmac(&key, part.as_bytes()).to_vec());
    format!("{endpoint}/?{query}&X-Amz-Signature={}", hex(&hmac(&key, text.as_bytes())))
}

/// The keyed hash of RFC 2104 over SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    let hashed;
    let key = match key.len() > BLOCK {
        true => {
            hashed = Sha256::digest(key);
            hashed.as_slice()
        }
        false => key,
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let with = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(with(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(with(0x5c)).chain_update(inner).finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_that_of_rfc_4231() {
        let key = [0x0b_u8; 20];
        assert_eq!(
            hex(&hmac(&key, b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        let key = [0xaa_u8; 131];
        assert_eq!(
            hex(&hmac(&key, b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_signed_request_has_all_that_it_needs() {
        let keys = Credentials::new("AKID", "secret", Some("tok/en".to_owned()), None, "test");
        let parameters = [("Action", "CreateDBInstanceReadReplica"), ("KmsKeyId", "a:b")];
        let url = signed(
            "https://rds.eu-west-1.amazonaws.com",
            "rds",
            "eu-west-1",
            &parameters,
            &keys,
            "20260102T030405Z",
        );
        for part in [
            "https://rds.eu-west-1.amazonaws.com/?Action=CreateDBInstanceReadReplica&KmsKeyId=a%3Ab&",
            "X-Amz-Credential=AKID%2F20260102%2Feu-west-1%2Frds%2Faws4_request&",
            "X-Amz-Security-Token=tok%2Fen&",
            "X-Amz-SignedHeaders=host&X-Amz-Signature=",
        ] {
            assert!(url.contains(part), "{part} in {url}");
        }
        assert_eq!(url.rsplit('=').next().map(str::len), Some(64));
    }
}
