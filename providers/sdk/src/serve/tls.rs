//! The plugin's side of mutual TLS: it shows a certificate made for this one process, and takes
//! only the client that shows the certificate which the engine has announced.

use std::sync::Arc;

use groma_protocol::tls::PinnedPeer;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::Failure;

/// The settings for connections from the client that has this certificate, and our own certificate.
pub(super) fn server(client_pem: &str) -> Result<(ServerConfig, CertificateDer<'static>), Failure> {
    let client = CertificateDer::from_pem_slice(client_pem.as_bytes()).map_err(|e| {
        format!("the client certificate in PLUGIN_CLIENT_CERT is unreadable: {e:?}")
    })?;
    let key = KeyPair::generate()?;
    let certificate = own_certificate(&key)?;
    let provider = Arc::new(ring::default_provider());
    let verifier = PinnedPeer::new(client, &provider);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(
            vec![certificate.clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok((config, certificate))
}

fn own_certificate(key: &KeyPair) -> Result<CertificateDer<'static>, rcgen::Error> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.distinguished_name.push(DnType::OrganizationName, "Groma");
    // The engine takes it for its own root. Strict ones want no certificate authority in this place.
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params.self_signed(key)?.der().clone())
}
