//! Mutual TLS between the host and a plugin that it started.
//!
//! Host and plugin each make a certificate for one another's eyes only and hand it over before
//! they connect: the host in an environment variable, the plugin in the first line that it writes.
//! Each then trusts that one certificate and no other.

use std::sync::Arc;

use groma_protocol::tls::PinnedPeer;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The host's certificate and key, for one plugin process.
pub(crate) struct HostIdentity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl HostIdentity {
    /// A new one.
    pub(crate) fn generate() -> Result<HostIdentity, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.distinguished_name.push(DnType::OrganizationName, "Groma");
        // The plugin takes this certificate for its own root, so it must be allowed to be one.
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?;
        Ok(HostIdentity {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            pem: certificate.pem(),
        })
    }

    /// The certificate as the plugin wants it.
    pub(crate) fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// The settings for connections to the plugin that has shown this certificate.
    pub(crate) fn connect_to(
        self,
        plugin: CertificateDer<'static>,
    ) -> Result<Arc<ClientConfig>, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier = PinnedPeer::new(plugin, &provider);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(vec![self.certificate], self.key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }
}
