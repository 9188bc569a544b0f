//! The state in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use groma_addrs::{
    AbsProviderConfig, AbsResource, AbsResourceInstance, ConfigResource, DeposedKey, InstanceKey,
};
use groma_value::{Path, Str, Value};

/// All objects and root outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The resources with at least one object.
    pub resources: BTreeMap<AbsResource, ResourceState>,
    /// The root module's output values.
    pub outputs: BTreeMap<Str, Output>,
    /// The results of the last run's checks.
    pub checks: Vec<CheckResult>,
}

/// A resource: its provider and its instances.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceState {
    /// The provider configuration that manages it, as a whole: which instance of it belongs to
    /// which instance of the resource is there.
    pub provider: AbsProviderConfig,
    /// Its instances.
    pub instances: BTreeMap<InstanceKey, Arc<Instance>>,
}

/// An instance: its object, and objects that were replaced and still wait to be destroyed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// The object.
    pub current: Option<Arc<Object>>,
    /// Replaced objects.
    pub deposed: BTreeMap<DeposedKey, Arc<Object>>,
    /// Which instance of the provider configuration manages it, where that has `for_each`.
    pub provider_key: InstanceKey,
    /// What other engines have written with its current and deposed objects that means nothing
    /// here: kept with the instance and written back.
    pub extra: BTreeMap<Option<DeposedKey>, Arc<[Extra]>>,
}

/// A member of a stored object that means nothing here: its name and its value in compact JSON.
pub type Extra = (Str, Arc<[u8]>);

/// An object in its stored form.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The schema version under which it is stored.
    pub schema_version: i64,
    /// Its attributes.
    pub attributes: StoredAttributes,
    /// Where it holds sensitive values that the schema does not know as such.
    pub sensitive_paths: Vec<Path>,
    /// The identity in JSON and its schema version.
    pub identity: Option<(Arc<[u8]>, i64)>,
    /// The provider's private data.
    pub private: Arc<[u8]>,
    /// Whether it is whole.
    pub status: ObjectStatus,
    /// The resources that it depends on, sorted.
    pub dependencies: Arc<[ConfigResource]>,
    /// Whether it was to be replaced by creating first.
    pub create_before_destroy: bool,
    /// Whether it is to be forgotten where another would be destroyed.
    pub skip_destroy: bool,
}

/// The attributes of a stored object.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredAttributes {
    /// A JSON object, compact.
    Json(Arc<[u8]>),
    /// The flat form that versions before 0.12 wrote.
    Flatmap(BTreeMap<String, String>),
}

/// Whether an object is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectStatus {
    /// As it should be.
    Ready,
    /// To be replaced at the next chance, since its creation failed half-way or somebody said so.
    Tainted,
}

/// A root output value.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The value, without marks.
    pub value: Value,
    /// Whether it must not be shown.
    pub sensitive: bool,
}

/// What can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckableKind {
    /// Pre- and postconditions of a resource.
    Resource,
    /// Preconditions of an output value.
    OutputValue,
    /// A `check` block.
    Check,
    /// Validations of a variable.
    InputVariable,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// Not known yet.
    Unknown,
    /// All conditions hold.
    Pass,
    /// A condition does not hold.
    Fail,
    /// A condition could not be evaluated.
    Error,
}

/// The result of the checks of one configuration object.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// What kind of object.
    pub kind: CheckableKind,
    /// Its address in the configuration.
    pub config_addr: String,
    /// All its instances' results together.
    pub status: CheckStatus,
    /// Of each instance: its address, how its checks ended, and the messages of those that failed.
    pub objects: Vec<(String, CheckStatus, Vec<String>)>,
}

impl Instance {
    /// Whether it is the same for a state file; quick where the two share structure.
    fn equal_for_save(&self, other: &Instance) -> bool {
        fn same(a: &Arc<Object>, b: &Arc<Object>) -> bool {
            Arc::ptr_eq(a, b) || a == b
        }
        let current = match (&self.current, &other.current) {
            (Some(a), Some(b)) => same(a, b),
            (None, None) => true,
            _ => false,
        };
        let deposed = || {
            self.deposed.len() == other.deposed.len()
                && self
                    .deposed
                    .iter()
                    .zip(&other.deposed)
                    .all(|((a_key, a), (b_key, b))| a_key == b_key && same(a, b))
        };
        current && deposed() && self.provider_key == other.provider_key && self.extra == other.extra
    }
}

impl ResourceState {
    /// The provider configuration that manages an instance.
    pub fn provider_of(&self, key: &InstanceKey) -> AbsProviderConfig {
        match self.instances.get(key) {
            Some(instance) => self.provider.instance(instance.provider_key.clone()),
            None => self.provider.clone(),
        }
    }
}

impl State {
    /// Whether there is nothing to write if `other` is what was written last. Costs little for
    /// what the two states share.
    pub fn equal_for_save(&self, other: &State) -> bool {
        self.outputs == other.outputs
            && self.checks == other.checks
            && self.resources.len() == other.resources.len()
            && self.resources.iter().zip(&other.resources).all(|((a_addr, a), (b_addr, b))| {
                a_addr == b_addr
                    && a.provider == b.provider
                    && a.instances.len() == b.instances.len()
                    && a.instances.iter().zip(&b.instances).all(|((a_key, a), (b_key, b))| {
                        a_key == b_key && (Arc::ptr_eq(a, b) || a.equal_for_save(b))
                    })
            })
    }

    /// Whether there is neither a resource nor an output.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }

    /// A resource.
    pub fn resource(&self, addr: &AbsResource) -> Option<&ResourceState> {
        self.resources.get(addr)
    }

    /// An instance.
    pub fn instance(&self, addr: &AbsResourceInstance) -> Option<&Arc<Instance>> {
        self.resources.get(&addr.resource)?.instances.get(&addr.key)
    }

    /// All instances in the order of their addresses.
    pub fn instances(
        &self,
    ) -> impl Iterator<Item = (AbsResourceInstance, &ResourceState, &Arc<Instance>)> {
        self.resources.iter().flat_map(|(addr, resource)| {
            resource
                .instances
                .iter()
                .map(move |(key, instance)| (addr.instance(key.clone()), resource, instance))
        })
    }

    /// Puts, or with `None` takes away, an instance's current object.
    pub fn set_current(
        &mut self,
        addr: &AbsResourceInstance,
        provider: &AbsProviderConfig,
        object: Option<Arc<Object>>,
    ) {
        self.update(addr, provider, |instance| instance.current = object);
    }

    /// Puts, or with `None` takes away, a deposed object of an instance.
    pub fn set_deposed(
        &mut self,
        addr: &AbsResourceInstance,
        key: &DeposedKey,
        provider: &AbsProviderConfig,
        object: Option<Arc<Object>>,
    ) {
        self.update(addr, provider, |instance| match object {
            Some(object) => {
                instance.deposed.insert(key.clone(), object);
            }
            None => {
                instance.deposed.remove(key);
                if !instance.extra.is_empty() {
                    instance.extra.remove(&Some(key.clone()));
                }
            }
        });
    }

    /// Changes an instance, which is made if need be and goes when nothing is left in it. Costs
    /// time in proportion to that instance.
    fn update(
        &mut self,
        addr: &AbsResourceInstance,
        provider: &AbsProviderConfig,
        change: impl FnOnce(&mut Instance),
    ) {
        let resource = self.resources.entry(addr.resource.clone()).or_insert_with(|| {
            ResourceState { provider: provider.whole(), instances: BTreeMap::new() }
        });
        let instance = resource.instances.entry(addr.key.clone()).or_default();
        let inner = Arc::make_mut(instance);
        change(inner);
        if inner.current.is_some() {
            if !resource.provider.is_same(provider) {
                resource.provider = provider.whole();
            }
            inner.provider_key = provider.key.clone();
        } else if inner.deposed.is_empty() {
            resource.instances.remove(&addr.key);
            if resource.instances.is_empty() {
                self.resources.remove(&addr.resource);
            }
        }
    }
}
