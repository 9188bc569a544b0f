//! What is sealed is opened by those with the passphrase, and by nobody else.

use super::*;

fn provider(passphrase: &str) -> Pbkdf2 {
    let mut provider =
        Pbkdf2::new("key_provider.pbkdf2.k".into(), Passphrase::Text(passphrase.into()));
    provider.iterations = 1000;
    provider
}

fn method(passphrase: &str) -> Method {
    Method::AesGcm(AesGcm { keys: provider(passphrase), aad: Vec::new() })
}

fn state() -> StateFile {
    StateFile { serial: 7, lineage: "line".into(), ..StateFile::read(
        br#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{"secret":{"value":"hush","type":"string"}},"resources":[],"check_results":null}"#,
    ).unwrap() }
}

#[test]
fn sealed_states_are_opened_with_the_passphrase_only() {
    let sealing = Sealing::new(vec![method("a long passphrase")]);
    let sealed = sealing.seal_state(&state()).unwrap();
    let text = String::from_utf8(sealed.clone()).unwrap();
    assert!(!text.contains("hush") && !text.contains("secret"), "{text}");
    assert!(text.starts_with(r#"{"serial":7,"lineage":"line","meta":{"key_provider.pbkdf2.k":"#));
    assert!(text.ends_with(r#""encryption_version":"v0"}"#));
    assert_eq!(sealing.open_state(&sealed).unwrap().unwrap(), state());
    // Another process knows nothing but the passphrase.
    let again = Sealing::new(vec![Method::Unencrypted, method("a long passphrase")]);
    assert_eq!(again.open_state(&sealed).unwrap().unwrap(), state());
    let wrong = Sealing::new(vec![method("a wrong passphrase")]);
    assert_eq!(wrong.open_state(&sealed).unwrap_err().summary, "Decryption failed");
    let none = Sealing::default();
    let error = none.open_state(&sealed).unwrap_err();
    assert_eq!(error.summary, "Encrypted without a way to decrypt");
}

#[test]
fn what_is_not_sealed_needs_a_leave() {
    let plain = state().to_bytes().unwrap();
    let strict = Sealing::new(vec![method("a long passphrase")]);
    assert_eq!(strict.open_state(&plain).unwrap_err().summary, "Unencrypted content");
    let moving = Sealing::new(vec![method("a long passphrase"), Method::Unencrypted]);
    assert_eq!(moving.open_state(&plain).unwrap().unwrap(), state());
    assert!(moving.is_outdated());
    let sealed = moving.seal_state(&state()).unwrap();
    moving.open_state(&sealed).unwrap();
    assert!(!moving.is_outdated());
    assert!(strict.open_state(b"  ").unwrap().is_none());
}

#[test]
fn changed_files_are_noticed() {
    let sealing = Sealing::new(vec![method("a long passphrase")]);
    let sealed = String::from_utf8(sealing.seal_state(&state()).unwrap()).unwrap();
    let other = sealed.replace("\"serial\":7", "\"serial\":8");
    let error = sealing.open_state(other.as_bytes()).unwrap_err();
    assert_eq!(error.summary, "Invalid encrypted state");
    let cut = sealed.replace("\"encrypted_data\":\"", "\"encrypted_data\":\"AAAA");
    assert_eq!(sealing.open_state(cut.as_bytes()).unwrap_err().summary, "Decryption failed");
}

#[test]
fn keys_may_be_derived_from_keys() {
    let chained = || {
        let mut outer = Pbkdf2::new(
            "key_provider.pbkdf2.outer".into(),
            Passphrase::Chain(Box::new(provider("a long passphrase"))),
        );
        outer.iterations = 1000;
        outer.hash = Hash::Sha256;
        outer.key_length = 16;
        Sealing::new(vec![Method::AesGcm(AesGcm { keys: outer, aad: vec![1, 2] })])
    };
    let sealed = chained().seal_plan(b"plan".to_vec()).unwrap();
    assert!(is_sealed_plan(&sealed));
    assert_eq!(chained().open_plan(sealed).unwrap(), b"plan");
}

#[test]
fn the_form_is_that_of_the_family() {
    let told = r#"{"salt":"AAECAwQFBgcICQoLDA0ODw==","iterations":1000,"hash_function":"sha512","key_length":32}"#;
    let meta = Metadata::from([("key_provider.pbkdf2.k".to_owned(), STANDARD.encode(told))]);
    let key = provider("a long passphrase").known_key(&meta).unwrap();
    let cipher = cipher(&key).unwrap();
    let mut data = b"plan".to_vec();
    let nonce = Nonce::assume_unique_for_key([7; NONCE_LEN]);
    cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut data).unwrap();
    let mut sealed = vec![7; NONCE_LEN];
    sealed.append(&mut data);
    let text = serde_json::json!({
        "meta": meta,
        "encrypted_data": STANDARD.encode(sealed),
        "encryption_version": "v0",
    });
    let sealing = Sealing::new(vec![method("a long passphrase")]);
    assert_eq!(sealing.open_plan(text.to_string().into_bytes()).unwrap(), b"plan");
}
