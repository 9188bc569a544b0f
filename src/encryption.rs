//! The `encryption` block: how states and plans are sealed.

use std::collections::{BTreeMap, BTreeSet};

use groma_backend::sealing::{
    AesGcm, Hash, MINIMUM_ITERATIONS, MINIMUM_PASSPHRASE, Method, Passphrase, Pbkdf2, Sealing,
};
use groma_config::{DiskLoader, Module, StaticScope, load_module};
use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Attribute, Block, Body, BodySchema, Expression};
use groma_value::{Str, Type, Value, convert};

use crate::configuration::{LoadingFunctions, early_values, functions};
use crate::session::Session;
use crate::workspace;

/// A configuration of encryption beside the one in the root module.
const VARIABLE: &str = "TF_ENCRYPTION";

/// How a configuration wants its files to be sealed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encryption {
    /// States.
    pub(crate) state: Sealing,
    /// Saved plans.
    pub(crate) plan: Sealing,
}

impl Encryption {
    /// That of a root module.
    pub(crate) fn of(session: &Session, root: &Module) -> Result<Encryption, Diagnostics> {
        let mut bodies = Vec::new();
        bodies.extend(root.encryption.as_ref().map(|(body, _)| body.clone()));
        bodies.extend(from_environment(session)?);
        if bodies.is_empty() {
            return Ok(Encryption::default());
        }
        let variables = early_values(session, root);
        let functions = LoadingFunctions(functions(session, None, false));
        let workspace = workspace::current(session)?;
        let scope = StaticScope::root(root, &variables, Some(&functions), &workspace);
        let mut diagnostics = Diagnostics::new();
        let parts = Parts::read(&bodies, &mut diagnostics);
        let reader = Reader { parts: &parts, scope: &scope };
        let encryption = reader.encryption(&mut diagnostics);
        let (encryption, warnings) = diagnostics.into_result(encryption)?;
        session.ui.warnings(warnings);
        Ok(encryption)
    }

    /// That of the configuration in the working directory.
    pub(crate) fn here(session: &Session) -> Result<Encryption, Diagnostics> {
        let loader = DiskLoader::new(".", &session.settings.data_dir)?;
        let (module, sources, _) = load_module(".", &loader, &session.language_version());
        session.ui.add_sources(&sources);
        // Errors elsewhere in the configuration do not matter here.
        Encryption::of(session, module.as_deref().unwrap_or(&Module::default()))
    }
}

/// What the environment says, in either syntax.
fn from_environment(session: &Session) -> Result<Option<Body>, Diagnostics> {
    let variables = &session.environment.variables;
    let text = variables.iter().find(|(name, _)| *name == VARIABLE).map(|(_, text)| text);
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let (file, found) = match text.trim_start().starts_with('{') {
        true => groma_hcl::parse_json(VARIABLE, text.as_bytes()),
        false => groma_hcl::parse_native(VARIABLE, text.as_bytes()),
    };
    found.into_result(())?;
    Ok(Some(file.body))
}

/// The blocks within, later bodies' in the place of earlier ones'.
#[derive(Default)]
struct Parts {
    key_providers: BTreeMap<(Str, Str), Block>,
    methods: BTreeMap<(Str, Str), Block>,
    state: Option<Block>,
    plan: Option<Block>,
}

impl Parts {
    fn read(bodies: &[Body], diagnostics: &mut Diagnostics) -> Parts {
        let schema = BodySchema::new()
            .block("key_provider", &["type", "name"])
            .block("method", &["type", "name"])
            .block("state", &[])
            .block("plan", &[])
            .block("remote_state_data_sources", &[]);
        let mut parts = Parts::default();
        for body in bodies {
            let (content, found) = body.content(&schema);
            diagnostics.extend(found);
            let mut seen: BTreeSet<(Str, Vec<Str>)> = BTreeSet::new();
            for block in content.blocks {
                if !seen.insert((block.block_type.clone(), block.labels.clone())) {
                    let detail = "There is a block like this before. Each method, key provider and target can be configured once.";
                    let summary = format!("Duplicate {} block", block.block_type);
                    diagnostics.push(Diagnostic::error(summary, detail).at(&block.def_range));
                    continue;
                }
                let key = match &block.labels[..] {
                    [ty, name] => Some((ty.clone(), name.clone())),
                    _ => None,
                };
                match (&*block.block_type, key) {
                    ("key_provider", Some(key)) => _ = parts.key_providers.insert(key, block),
                    ("method", Some(key)) => _ = parts.methods.insert(key, block),
                    ("state", _) => parts.state = Some(block),
                    ("plan", _) => parts.plan = Some(block),
                    _ => diagnostics.push(unsupported(
                        "Decrypting the states that terraform_remote_state reads",
                        "leave out this block; states that are not encrypted can be read",
                        &block.def_range,
                    )),
                }
            }
        }
        parts
    }
}

fn unsupported(what: &str, way_out: &str, range: &SourceRange) -> Diagnostic {
    let detail = format!("{what} is not supported by this version of Groma: {way_out}.");
    Diagnostic::error("Unsupported part of the encryption configuration", detail).at(range)
}

fn invalid(detail: impl Into<String>, range: &SourceRange) -> Diagnostic {
    Diagnostic::error("Invalid encryption configuration", detail).at(range)
}

struct Reader<'a> {
    parts: &'a Parts,
    scope: &'a StaticScope<'a>,
}

impl Reader<'_> {
    fn encryption(&self, diagnostics: &mut Diagnostics) -> Encryption {
        let mut target = |block: &Option<Block>| match block {
            Some(block) => self.target(block, diagnostics),
            None => Sealing::default(),
        };
        Encryption { state: target(&self.parts.state), plan: target(&self.parts.plan) }
    }

    /// `state` or `plan`: its method and those to fall back to.
    fn target(&self, block: &Block, diagnostics: &mut Diagnostics) -> Sealing {
        let mut methods = Vec::new();
        let mut enforced = None;
        let mut next = Some(block.clone());
        while let Some(block) = next.take() {
            let mut schema = BodySchema::new().optional(["method"]).block("fallback", &[]);
            if methods.is_empty() {
                schema = schema.optional(["enforced"]);
            }
            let (content, found) = block.body.content(&schema);
            diagnostics.extend(found);
            if let Some(attribute) = content.attribute("enforced") {
                let value = self.value(attribute, &Type::Bool, diagnostics);
                if value.and_then(|v| v.as_bool()) == Some(true) {
                    enforced = Some(attribute.range.clone());
                }
            }
            match content.attribute("method") {
                Some(attribute) => {
                    let Some(method) = self.method(&attribute.expr, diagnostics) else {
                        return Sealing::default();
                    };
                    if let (Method::Unencrypted, Some(_)) = (&method, &enforced) {
                        let detail =
                            "Unable to use unencrypted method since the enforced flag is set.";
                        let summary = "Unencrypted method is forbidden";
                        diagnostics
                            .push(Diagnostic::error(summary, detail).at(attribute.expr.range()));
                    }
                    methods.push(method);
                }
                None => diagnostics.push(invalid(
                    "This block has to name a method, such as method.aes_gcm.name.",
                    &block.def_range,
                )),
            }
            let mut fallbacks = content.blocks.into_iter();
            next = fallbacks.next();
            if let Some(second) = fallbacks.next() {
                let detail = "There can be one fallback block. To fall back further, put a fallback block within it.";
                diagnostics.push(
                    Diagnostic::error("Duplicate fallback block", detail).at(&second.def_range),
                );
            }
        }
        match diagnostics.has_errors() {
            true => Sealing::default(),
            false => Sealing::new(methods),
        }
    }

    fn method(&self, expr: &Expression, diagnostics: &mut Diagnostics) -> Option<Method> {
        let Some(key) = named(expr, "method") else {
            let detail = "Expected method of form method.<type>.<name>";
            let summary = "Invalid encryption method identifier";
            diagnostics.push(Diagnostic::error(summary, detail).at(expr.range()));
            return None;
        };
        let Some(block) = self.parts.methods.get(&key) else {
            let detail = format!(
                "There is no method {:?} {:?} block declared in the encryption block.",
                &*key.0, &*key.1
            );
            let summary = "Reference to undeclared encryption method";
            diagnostics.push(Diagnostic::error(summary, detail).at(expr.range()));
            return None;
        };
        match &*key.0 {
            "unencrypted" => {
                diagnostics.extend(block.body.content(&BodySchema::new()).1);
                Some(Method::Unencrypted)
            }
            "aes_gcm" => self.aes_gcm(block, diagnostics).map(Method::AesGcm),
            other => {
                diagnostics.push(unsupported(
                    &format!("The encryption method {other:?}"),
                    "\"aes_gcm\" and \"unencrypted\" are",
                    &block.def_range,
                ));
                None
            }
        }
    }

    fn aes_gcm(&self, block: &Block, diagnostics: &mut Diagnostics) -> Option<AesGcm> {
        let schema = BodySchema::new().required(["keys"]).optional(["aad"]);
        let (content, found) = block.body.content(&schema);
        diagnostics.extend(found);
        let aad = match content.attribute("aad") {
            Some(attribute) => self.bytes(attribute, diagnostics)?,
            None => Vec::new(),
        };
        let keys = self.key_provider(&content.attribute("keys")?.expr, &[], diagnostics)?;
        if !matches!(keys.key_length, 16 | 32) {
            let detail = format!(
                "The method aes_gcm takes keys of 16 or 32 bytes, and {} has a key_length of {}.",
                keys.name, keys.key_length
            );
            diagnostics.push(invalid(detail, &block.def_range));
            return None;
        }
        Some(AesGcm { keys, aad })
    }

    /// The key provider that is named; `within` are those that lead to it.
    fn key_provider(
        &self,
        expr: &Expression,
        within: &[(Str, Str)],
        diagnostics: &mut Diagnostics,
    ) -> Option<Pbkdf2> {
        let Some(key) = named(expr, "key_provider") else {
            let detail = "Expected key_provider of form key_provider.<type>.<name>";
            diagnostics.push(
                Diagnostic::error("Invalid Key Provider expression", detail).at(expr.range()),
            );
            return None;
        };
        let Some(block) = self.parts.key_providers.get(&key) else {
            let detail = format!(
                "There is no key_provider {:?} {:?} block declared in the encryption block.",
                &*key.0, &*key.1
            );
            let summary = "Reference to undeclared key provider";
            diagnostics.push(Diagnostic::error(summary, detail).at(expr.range()));
            return None;
        };
        if within.contains(&key) {
            let detail = format!(
                "key_provider.{}.{} is derived from itself through its chain.",
                key.0, key.1
            );
            diagnostics
                .push(Diagnostic::error("Circular reference detected", detail).at(expr.range()));
            return None;
        }
        if &*key.0 != "pbkdf2" {
            diagnostics.push(unsupported(
                &format!("The key provider {:?}", &*key.0),
                "\"pbkdf2\" is",
                &block.def_range,
            ));
            return None;
        }
        let mut within = within.to_vec();
        within.push(key);
        self.pbkdf2(block, &within, diagnostics)
    }

    fn pbkdf2(
        &self,
        block: &Block,
        within: &[(Str, Str)],
        diagnostics: &mut Diagnostics,
    ) -> Option<Pbkdf2> {
        let numbers = ["key_length", "iterations", "salt_length"];
        let schema = BodySchema::new()
            .optional(["passphrase", "chain", "hash_function", "encrypted_metadata_alias"])
            .optional(numbers);
        let (content, found) = block.body.content(&schema);
        diagnostics.extend(found);
        let text = |name: &str, diagnostics: &mut Diagnostics| {
            let value = self.value(content.attribute(name)?, &Type::String, diagnostics)?;
            value.as_str().cloned()
        };
        let range = &block.def_range;
        let passphrase = match (content.attribute("passphrase"), content.attribute("chain")) {
            (Some(_), None) => {
                let text = text("passphrase", diagnostics)?;
                if text.len() < MINIMUM_PASSPHRASE {
                    let detail = format!(
                        "The passphrase is too short: at least {MINIMUM_PASSPHRASE} characters are needed."
                    );
                    diagnostics.push(invalid(detail, range));
                    return None;
                }
                Passphrase::Text(text.to_string())
            }
            (None, Some(chain)) => {
                let inner = self.key_provider(&chain.expr, within, diagnostics)?;
                Passphrase::Chain(Box::new(inner))
            }
            _ => {
                let detail = "Exactly one of passphrase and chain has to be set: what the keys are derived from.";
                diagnostics.push(invalid(detail, range));
                return None;
            }
        };
        let (ty, name) = within.last()?;
        let mut provider = Pbkdf2::new(format!("key_provider.{ty}.{name}"), passphrase);
        let mut number = |name: &str, least: u32, default: usize| match content.attribute(name) {
            None => Some(default),
            Some(attribute) => {
                let value = self.value(attribute, &Type::Number, diagnostics)?;
                let number = value.as_number().and_then(|n| n.as_i64());
                let number = number.and_then(|n| u32::try_from(n).ok()).filter(|n| *n >= least);
                if number.is_none() {
                    let detail = format!("{name} has to be a whole number of at least {least}.");
                    diagnostics.push(invalid(detail, attribute.expr.range()));
                }
                Some(number? as usize)
            }
        };
        provider.key_length = number("key_length", 1, provider.key_length)?;
        provider.salt_length = number("salt_length", 1, provider.salt_length)?;
        let iterations = number("iterations", MINIMUM_ITERATIONS, provider.iterations as usize)?;
        provider.iterations = u32::try_from(iterations).ok()?;
        if let Some(alias) = text("encrypted_metadata_alias", diagnostics) {
            provider.alias = alias.to_string();
        }
        provider.hash = match text("hash_function", diagnostics).as_deref() {
            None | Some("sha512") => Hash::Sha512,
            Some("sha256") => Hash::Sha256,
            Some(other) => {
                let detail = format!("There is no hash_function {other:?}; sha256 and sha512 are.");
                diagnostics.push(invalid(detail, range));
                return None;
            }
        };
        Some(provider)
    }

    fn value(
        &self,
        attribute: &Attribute,
        ty: &Type,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        let (value, found) = self.scope.evaluate(&attribute.expr);
        let failed = found.has_errors();
        diagnostics.extend(found);
        if failed {
            return None;
        }
        // Secrets are welcome here: nothing of them is written down.
        let (value, _) = value.unmark_deep();
        match convert(&value, ty) {
            Ok(value) if value.is_null() => None,
            Ok(value) if value.is_wholly_known() => Some(value),
            Ok(_) => {
                let detail = "The value is not known when the state is opened.";
                diagnostics.push(invalid(detail, attribute.expr.range()));
                None
            }
            Err(why) => {
                let detail = format!("The value of {} is unsuitable: {why}.", attribute.name);
                diagnostics.push(invalid(detail, attribute.expr.range()));
                None
            }
        }
    }

    fn bytes(&self, attribute: &Attribute, diagnostics: &mut Diagnostics) -> Option<Vec<u8>> {
        let list = self.value(attribute, &Type::list(Type::Number), diagnostics)?;
        let bytes: Option<Vec<u8>> = list
            .as_sequence()?
            .iter()
            .map(|item| u8::try_from(item.as_number()?.as_i64()?).ok())
            .collect();
        if bytes.is_none() {
            let detail = "aad is a list of bytes: whole numbers from 0 to 255.";
            diagnostics.push(invalid(detail, attribute.expr.range()));
        }
        bytes
    }
}

/// The type and name in `root.TYPE.NAME`, which in JSON syntax is a string.
fn named(expr: &Expression, root: &str) -> Option<(Str, Str)> {
    let native = expr.json_as_native();
    let traversal = native.as_ref().unwrap_or(expr).as_traversal()?;
    let [ty, name] = &traversal.steps[..] else { return None };
    (&*traversal.root == root)
        .then(|| Some((ty.attr_name()?.clone(), name.attr_name()?.clone())))?
}
