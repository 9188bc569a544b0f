//! The ASCII form of keys and signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::PgpError;

/// What stands between the first pair of lines that begin and end such a form.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, PgpError> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| line.starts_with("-----BEGIN PGP ")).ok_or(PgpError::Malformed)?;
    // Headers end with an empty line.
    let mut content = String::new();
    let mut in_headers = true;
    for line in lines {
        if line.starts_with("-----END PGP ") {
            return STANDARD.decode(content).map_err(|_| PgpError::Malformed);
        }
        if in_headers && (line.is_empty() || line.contains(": ")) {
            in_headers = !line.is_empty();
            continue;
        }
        in_headers = false;
        // The checksum at the end guards against broken lines only.
        if !line.starts_with('=') {
            content.push_str(line);
        }
    }
    Err(PgpError::Malformed)
}
