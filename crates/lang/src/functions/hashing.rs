//! Hashes and identifiers.

use base64::Engine;
use groma_value::{Type, Value};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use super::encoding::BASE64;
use super::files;
use super::spec::{Builtin, Call, Outcome, fail, fail_arg, function, number, string};

pub(super) fn all() -> Vec<Builtin> {
    let hash = |name| function(name).param(string("str")).returns(Type::String);
    let of_file = |name| function(name).param(string("path")).returns(Type::String);
    vec![
        hash("md5").body(|c| Ok(hex::<Md5>(c.str(0)?.as_bytes()))),
        hash("sha1").body(|c| Ok(hex::<Sha1>(c.str(0)?.as_bytes()))),
        hash("sha256").body(|c| Ok(hex::<Sha256>(c.str(0)?.as_bytes()))),
        hash("sha512").body(|c| Ok(hex::<Sha512>(c.str(0)?.as_bytes()))),
        hash("base64sha256").body(|c| Ok(base64::<Sha256>(c.str(0)?.as_bytes()))),
        hash("base64sha512").body(|c| Ok(base64::<Sha512>(c.str(0)?.as_bytes()))),
        of_file("filemd5").body(|c| Ok(hex::<Md5>(&content(c)?))),
        of_file("filesha1").body(|c| Ok(hex::<Sha1>(&content(c)?))),
        of_file("filesha256").body(|c| Ok(hex::<Sha256>(&content(c)?))),
        of_file("filesha512").body(|c| Ok(hex::<Sha512>(&content(c)?))),
        of_file("filebase64sha256").body(|c| Ok(base64::<Sha256>(&content(c)?))),
        of_file("filebase64sha512").body(|c| Ok(base64::<Sha512>(&content(c)?))),
        function("uuid")
            .returns(Type::String)
            .impure()
            .body(|_| Ok(random_id().to_string().into())),
        function("uuidv5")
            .param(string("namespace"))
            .param(string("name"))
            .returns(Type::String)
            .body(uuid_v5),
        function("bcrypt")
            .param(string("str"))
            .variadic(number("cost"))
            .returns(Type::String)
            .impure()
            .body(bcrypt_hash),
    ]
}

fn hex<D: Digest>(bytes: &[u8]) -> Value {
    let digest = D::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect::<String>().into()
}

fn base64<D: Digest>(bytes: &[u8]) -> Value {
    BASE64.encode(D::digest(bytes)).into()
}

fn content(c: &Call<'_>) -> Outcome<Vec<u8>> {
    let path = c.str(0)?;
    let (path, shown) = files::resolved(c.env, path, &groma_value::Marks::NONE);
    c.env.files.read(&path).or_else(|error| fail(files::described("open", &shown, &error)))
}

/// An identifier all of whose bits are random, so that it is of no version.
fn random_id() -> Uuid {
    let (mut bytes, more) = (Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes());
    bytes[6] = more[0];
    bytes[8] = more[1];
    Uuid::from_bytes(bytes)
}

fn uuid_v5(c: &Call<'_>) -> Outcome {
    let namespace = c.str(0)?;
    let id = match &**namespace {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        text => match text.len() {
            32 | 36 | 38 | 45 => match Uuid::try_parse(text) {
                Ok(id) => id,
                Err(_) => {
                    return fail(format!(
                        "uuidv5() doesn't support namespace {namespace} (invalid UUID format)",
                    ));
                }
            },
            length => {
                return fail(format!(
                    "uuidv5() doesn't support namespace {namespace} (invalid UUID length: \
                     {length})",
                ));
            }
        },
    };
    Ok(Uuid::new_v5(&id, c.str(1)?.as_bytes()).to_string().into())
}

fn bcrypt_hash(c: &Call<'_>) -> Outcome {
    if c.args.len() > 2 {
        return fail("bcrypt() takes no more than two arguments");
    }
    let cost = match c.args.get(1) {
        None => 10,
        Some(_) => c.int(1)?,
    };
    let Ok(cost) = u32::try_from(cost.max(4)) else {
        return fail_arg(1, "the cost is too great");
    };
    match bcrypt::hash_with_result(c.str(0)?.as_bytes(), cost) {
        Ok(parts) => Ok(parts.format_for_version(bcrypt::Version::TwoA).into()),
        Err(error) => fail(format!("error occurred generating password {error}")),
    }
}
