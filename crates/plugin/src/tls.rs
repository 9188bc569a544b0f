//! Mutual TLS between the host and a plugin that it started.
//!
//! Host and plugin each make a certificate for one another's eyes only and hand it over before
//! they connect: the host in an environment variable, the plugin in the first line that it writes.
//! Each then trusts that one certificate and no other.

use std::sync::Arc;

use p521::ecdsa::signature::Verifier as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivateKeyDer, PrivatePkcs8KeyDer,
    ServerName, SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

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
        let verifier = PinnedCertificate::new(plugin, &provider);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_auth_cert(vec![self.certificate], self.key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Trusts one certificate, whatever it says of itself.
#[derive(Debug)]
struct PinnedCertificate {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What plugins written with go-plugin sign with, and ring does not know.
static P521_ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&EcdsaP521Sha512],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&EcdsaP521Sha512])],
};

impl PinnedCertificate {
    fn new(certificate: CertificateDer<'static>, provider: &CryptoProvider) -> PinnedCertificate {
        PinnedCertificate { certificate, algorithms: provider.signature_verification_algorithms }
    }

    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == SignatureScheme::ECDSA_NISTP521_SHA512 {
            &P521_ALGORITHMS
        } else {
            &self.algorithms
        }
    }
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, self.algorithms(dss.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, self.algorithms(dss.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = P521_ALGORITHMS.supported_schemes();
        schemes.extend(self.algorithms.supported_schemes());
        schemes
    }
}

/// ECDSA on the curve P-521 with SHA-512.
#[derive(Debug)]
struct EcdsaP521Sha512;

impl SignatureVerificationAlgorithm for EcdsaP521Sha512 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key =
            p521::ecdsa::VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature =
            p521::ecdsa::Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::signature::RandomizedSigner as _;
    use p521::ecdsa::{Signature, SigningKey, VerifyingKey};
    use p521::elliptic_curve::rand_core::OsRng;

    use super::*;

    #[test]
    fn signatures_on_p521() {
        let key = SigningKey::random(&mut OsRng);
        let public = VerifyingKey::from(&key).to_encoded_point(false);
        let signature: Signature = key.sign_with_rng(&mut OsRng, b"message");
        let signature = signature.to_der();
        let verify = |message: &[u8], signature: &[u8]| {
            EcdsaP521Sha512.verify_signature(public.as_bytes(), message, signature)
        };
        assert!(verify(b"message", signature.as_bytes()).is_ok());
        assert!(verify(b"massage", signature.as_bytes()).is_err());
        assert!(verify(b"message", &signature.as_bytes()[1..]).is_err());
        assert!(EcdsaP521Sha512.verify_signature(b"", b"message", signature.as_bytes()).is_err());
    }

    #[test]
    fn only_the_announced_certificate_is_trusted() {
        let provider = ring::default_provider();
        let [a, b] = [(); 2].map(|()| HostIdentity::generate().unwrap().certificate);
        let verifier = PinnedCertificate::new(a.clone(), &provider);
        let name = ServerName::try_from("localhost").unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::ZERO);
        let verify = |certificate| verifier.verify_server_cert(certificate, &[], &name, &[], now);
        assert!(verify(&a).is_ok());
        assert!(verify(&b).is_err());
        let schemes = verifier.supported_verify_schemes();
        assert!(schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
        assert!(schemes.contains(&SignatureScheme::ECDSA_NISTP256_SHA256));
    }
}
