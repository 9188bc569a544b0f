//! Keys and signatures that GnuPG has made.

use super::*;

const DOCUMENT: &[u8] = include_bytes!("testdata/document.txt");

/// A key of its own, one on a curve, and one that signs with a subkey.
const PAIRS: [(&str, &str); 3] = [
    (include_str!("testdata/rsa.asc"), include_str!("testdata/rsa.sig.asc")),
    (include_str!("testdata/ed.asc"), include_str!("testdata/ed.sig.asc")),
    (include_str!("testdata/sub.asc"), include_str!("testdata/sub.sig.asc")),
];

#[test]
fn signatures_count_for_their_document_and_key_only() {
    for (i, (_, signature)) in PAIRS.iter().enumerate() {
        for (j, (key, _)) in PAIRS.iter().enumerate() {
            let result = verify(key, DOCUMENT, signature.as_bytes());
            match i == j {
                true => assert!(result.is_ok(), "{i}: {result:?}"),
                false => assert_eq!(result.unwrap_err(), PgpError::OtherKey, "{i} {j}"),
            }
        }
        let mut other = DOCUMENT.to_vec();
        other[0] ^= 1;
        let result = verify(PAIRS[i].0, &other, signature.as_bytes());
        assert_eq!(result.unwrap_err(), PgpError::Invalid, "{i}");
        let binary = armor::decode(signature).unwrap();
        assert!(verify(PAIRS[i].0, DOCUMENT, &binary).is_ok());
    }
}

#[test]
fn a_revoked_key_counts_no_more() {
    let revoked = include_str!("testdata/revoked.asc");
    let result = verify(revoked, DOCUMENT, PAIRS[1].1.as_bytes());
    assert_eq!(result.unwrap_err(), PgpError::Revoked);
}

#[test]
fn a_key_cannot_take_anothers_for_its_subkey() {
    // The subkey of the third with nothing that vouches for it, behind the first.
    let first = armor::decode(PAIRS[0].0).unwrap();
    let third = armor::decode(PAIRS[2].0).unwrap();
    let at = third.len() - third_subkey(&third).len();
    let forged = [&first[..], &third[at..]].concat();
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(forged);
    let armored = format!(
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{text}\n-----END PGP PUBLIC KEY BLOCK-----\n"
    );
    assert!(verify(&armored, DOCUMENT, PAIRS[0].1.as_bytes()).is_ok());
    let result = verify(&armored, DOCUMENT, PAIRS[2].1.as_bytes());
    assert_eq!(result.unwrap_err(), PgpError::OtherKey);
}

/// The packets of a key from the subkey on.
fn third_subkey(bytes: &[u8]) -> &[u8] {
    let found = (0..bytes.len()).find(|at| {
        matches!(packet::packets(&bytes[*at..]).next(), Some(Ok((packet::PUBLIC_SUBKEY, body))) if body.first() == Some(&4))
            && packet::packets(&bytes[*at..]).all(|packet| packet.is_ok())
    });
    &bytes[found.unwrap()..]
}

#[test]
fn nothing_from_outside_makes_it_fall_over() {
    let key = armor::decode(PAIRS[2].0).unwrap();
    let signature = armor::decode(PAIRS[2].1).unwrap();
    for cut in 0..key.len() {
        let _ = key::Certificate::parse(&key[..cut]);
    }
    for cut in 0..signature.len() {
        assert!(verify(PAIRS[2].0, DOCUMENT, &signature[..cut]).is_err(), "{cut}");
    }
    for at in 0..signature.len() {
        let mut changed = signature.clone();
        changed[at] ^= 0x80;
        let _ = verify(PAIRS[2].0, DOCUMENT, &changed);
    }
    for text in
        ["", "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP x\n\n!\n-----END PGP x"]
    {
        assert_eq!(armor::decode(text), Err(PgpError::Malformed));
    }
}
