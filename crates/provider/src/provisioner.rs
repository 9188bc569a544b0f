//! The port through which the engine speaks to provisioners: what runs after an object has been
//! created, or before it is destroyed.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use groma_diag::Diagnostics;
use groma_schema::{Attribute, Block};
use groma_value::{Str, Type, Value};

/// A kind of provisioner.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// The schema of its configuration.
    fn schema(&self) -> &Block;

    /// Checks a configuration, which may have unknown values.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Does its work. Errors mean that it failed.
    async fn provision(&self, request: ProvisionRequest<'_>) -> Diagnostics;
}

/// Who hears what a provisioner says.
pub trait ProvisionOutput: Send + Sync {
    /// One or more lines.
    fn output(&self, text: &str);
}

/// What a provisioner is asked.
pub struct ProvisionRequest<'a> {
    /// Its configuration, wholly known.
    pub config: Value,
    /// How to reach the machine ([`connection_schema`]); null if nothing is said of it.
    pub connection: Value,
    /// The configuration has parts that must not be shown: diagnostics must neither quote it nor
    /// what came of it. What goes to `output` is taken care of.
    pub secret: bool,
    /// Who hears what it says.
    pub output: &'a dyn ProvisionOutput,
    /// Comes when it should end soon.
    pub stop: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
}

/// The provisioners that there are.
#[derive(Clone, Default)]
pub struct Provisioners(Arc<BTreeMap<Str, Arc<dyn Provisioner>>>);

impl Provisioners {
    /// These provisioners, by the names that configurations call them by.
    pub fn new(all: impl IntoIterator<Item = (Str, Arc<dyn Provisioner>)>) -> Provisioners {
        Provisioners(Arc::new(all.into_iter().collect()))
    }

    /// A provisioner.
    pub fn get(&self, name: &str) -> Option<Arc<dyn Provisioner>> {
        self.0.get(name).cloned()
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &Str> {
        self.0.keys()
    }
}

/// The schema of `connection` blocks: whatever some type of connection takes.
pub fn connection_schema() -> &'static Block {
    static SCHEMA: LazyLock<Block> = LazyLock::new(|| {
        let optional = |ty: Type, names: &'static [&'static str]| {
            names.iter().map(move |name| (Str::from(*name), Attribute::optional(ty.clone())))
        };
        let texts = [
            "type",
            "user",
            "password",
            "timeout",
            "script_path",
            "target_platform",
            "private_key",
            "certificate",
            "host_key",
            "agent_identity",
            "proxy_scheme",
            "proxy_host",
            "proxy_user_name",
            "proxy_user_password",
            "bastion_host",
            "bastion_host_key",
            "bastion_user",
            "bastion_password",
            "bastion_private_key",
            "bastion_certificate",
            "cacert",
        ];
        let texts =
            texts.into_iter().map(|name| (Str::from(name), Attribute::optional(Type::String)));
        let numbers = optional(Type::Number, &["port", "proxy_port", "bastion_port"]);
        let switches = optional(Type::Bool, &["agent", "https", "insecure", "use_ntlm"]);
        let host = (Str::from("host"), Attribute::required(Type::String));
        Block::with_attributes(texts.chain(numbers).chain(switches).chain([host]))
    });
    &SCHEMA
}
