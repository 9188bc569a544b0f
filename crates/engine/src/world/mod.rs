//! What has been evaluated so far: the module instances and the values in them.
//!
//! Nodes of the graph write here, each its own values, and expressions read what the nodes before
//! them wrote. A resource's instances are looked up one by one, so that a reference to one of them
//! costs no more than that one.

mod expansion;
mod scope;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use groma_addrs::{self as addrs, AbsResource, InstanceKey, Module, ModuleInstance, ResourceMode};
use groma_config::{Config, ModuleNode};
use groma_lang::FunctionTable;
use groma_value::{Mark, Str, Type, Value};

use crate::functions::ProviderFunctions;

pub(crate) use expansion::{Expansion, Repetition};
pub(crate) use scope::ModuleScope;

/// Where the configuration lies, for `path.cwd` and its kin.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// `path.cwd`: the directory in which the command was started.
    pub cwd: String,
    /// `path.root`
    pub root: String,
}

/// What has been evaluated so far.
pub(crate) struct World {
    /// The configuration.
    pub(crate) config: Config,
    /// The built-in functions.
    pub(crate) functions: Arc<FunctionTable>,
    /// The functions of providers.
    pub(crate) provider_functions: OnceLock<ProviderFunctions>,
    /// Where the configuration lies.
    pub(crate) paths: Paths,
    /// `terraform.workspace`
    pub(crate) workspace: String,
    /// `terraform.applying`
    pub(crate) applying: bool,
    root: Arc<ModuleData>,
    instances: RwLock<HashMap<ModuleInstance, Arc<ModuleData>>>,
    by_module: RwLock<HashMap<Module, Vec<Arc<ModuleData>>>>,
}

/// One module instance.
pub(crate) struct ModuleData {
    /// Its address.
    pub(crate) addr: ModuleInstance,
    /// What is written in the module.
    pub(crate) node: Arc<ModuleNode>,
    /// The instance that calls it.
    pub(crate) parent: Option<Arc<ModuleData>>,
    /// What `each` and `count` are in the arguments of its call.
    pub(crate) repetition: Repetition,
    variables: RwLock<HashMap<Str, Value>>,
    locals: RwLock<HashMap<Str, Value>>,
    outputs: RwLock<HashMap<Str, Value>>,
    calls: RwLock<HashMap<Str, Arc<CallData>>>,
    resources: RwLock<HashMap<addrs::Resource, Arc<ResourceData>>>,
}

/// An expanded module call.
pub(crate) struct CallData {
    /// Its instances' keys.
    pub(crate) expansion: Expansion,
    /// Its instances.
    pub(crate) instances: BTreeMap<InstanceKey, Arc<ModuleData>>,
}

/// An expanded resource and the values of its instances.
pub(crate) struct ResourceData {
    /// Its instances' keys.
    pub(crate) expansion: Expansion,
    /// The type of one instance, for those of which nothing is known.
    pub(crate) ty: Type,
    /// Its values must not last.
    ephemeral: bool,
    values: RwLock<HashMap<InstanceKey, Value>>,
    whole: OnceLock<Value>,
}

fn get<V: Clone>(map: &RwLock<HashMap<Str, V>>, name: &str) -> Option<V> {
    map.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}

fn put<K: std::hash::Hash + Eq, V>(map: &RwLock<HashMap<K, V>>, name: K, value: V) {
    map.write().unwrap_or_else(PoisonError::into_inner).insert(name, value);
}

impl World {
    /// A world in which there is the root module instance and no value yet.
    pub(crate) fn new(
        config: Config,
        functions: Arc<FunctionTable>,
        paths: Paths,
        workspace: String,
    ) -> World {
        let root = Arc::new(ModuleData::new(
            ModuleInstance::root(),
            config.root.clone(),
            None,
            Repetition::default(),
        ));
        let world = World {
            config,
            functions,
            provider_functions: OnceLock::new(),
            paths,
            workspace,
            applying: false,
            root: root.clone(),
            instances: RwLock::default(),
            by_module: RwLock::default(),
        };
        world.register(root);
        world
    }

    /// The root module instance.
    pub(crate) fn root(&self) -> &Arc<ModuleData> {
        &self.root
    }

    /// A module instance.
    pub(crate) fn module(&self, addr: &ModuleInstance) -> Option<Arc<ModuleData>> {
        self.instances.read().unwrap_or_else(PoisonError::into_inner).get(addr).cloned()
    }

    /// All instances of a module that there are so far, in the order of their addresses.
    pub(crate) fn instances_of(&self, module: &Module) -> Vec<Arc<ModuleData>> {
        let map = self.by_module.read().unwrap_or_else(PoisonError::into_inner);
        map.get(module).cloned().unwrap_or_default()
    }

    /// Adds the instances of a call.
    pub(crate) fn expand_call(&self, caller: &Arc<ModuleData>, name: &Str, expansion: Expansion) {
        let Some(node) = caller.node.children.get(name) else { return };
        let mut instances = BTreeMap::new();
        for (key, repetition) in expansion.instances() {
            let data = Arc::new(ModuleData::new(
                caller.addr.child(name.clone(), key.clone()),
                node.clone(),
                Some(caller.clone()),
                repetition,
            ));
            self.register(data.clone());
            instances.insert(key, data);
        }
        put(&caller.calls, name.clone(), Arc::new(CallData { expansion, instances }));
    }

    fn register(&self, data: Arc<ModuleData>) {
        put(&self.instances, data.addr.clone(), data.clone());
        let mut map = self.by_module.write().unwrap_or_else(PoisonError::into_inner);
        map.entry(data.node.path.clone()).or_default().push(data);
    }

    /// Whether it is not known if there is such a module instance.
    pub(crate) fn is_open(&self, addr: &ModuleInstance) -> bool {
        let mut data = self.root.clone();
        for step in addr.steps() {
            let Some(call) = data.call(&step.name) else { return false };
            if !call.expansion.is_known() {
                return true;
            }
            let Some(inner) = call.instances.get(&step.key) else { return false };
            data = inner.clone();
        }
        false
    }

    /// An expanded resource.
    pub(crate) fn resource(&self, addr: &AbsResource) -> Option<Arc<ResourceData>> {
        self.module(&addr.module)?.resource(&addr.resource)
    }
}

impl ModuleData {
    /// A module instance that is no part of the world, and has no values.
    pub(crate) fn detached(addr: ModuleInstance, node: Arc<ModuleNode>) -> ModuleData {
        ModuleData::new(addr, node, None, Repetition::default())
    }

    fn new(
        addr: ModuleInstance,
        node: Arc<ModuleNode>,
        parent: Option<Arc<ModuleData>>,
        repetition: Repetition,
    ) -> ModuleData {
        ModuleData {
            addr,
            node,
            parent,
            repetition,
            variables: RwLock::default(),
            locals: RwLock::default(),
            outputs: RwLock::default(),
            calls: RwLock::default(),
            resources: RwLock::default(),
        }
    }

    /// The value of an input variable.
    pub(crate) fn variable(&self, name: &str) -> Option<Value> {
        get(&self.variables, name)
    }

    /// Puts the value of an input variable.
    pub(crate) fn set_variable(&self, name: Str, value: Value) {
        put(&self.variables, name, value);
    }

    /// The value of a local value.
    pub(crate) fn local(&self, name: &str) -> Option<Value> {
        get(&self.locals, name)
    }

    /// Puts the value of a local value.
    pub(crate) fn set_local(&self, name: Str, value: Value) {
        put(&self.locals, name, value);
    }

    /// Lets go of a local value.
    pub(crate) fn forget_local(&self, name: &str) {
        self.locals.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// The value of an output.
    pub(crate) fn output(&self, name: &str) -> Option<Value> {
        get(&self.outputs, name)
    }

    /// Puts the value of an output.
    pub(crate) fn set_output(&self, name: Str, value: Value) {
        put(&self.outputs, name, value);
    }

    /// An expanded call.
    pub(crate) fn call(&self, name: &str) -> Option<Arc<CallData>> {
        get(&self.calls, name)
    }

    /// An expanded resource.
    pub(crate) fn resource(&self, addr: &addrs::Resource) -> Option<Arc<ResourceData>> {
        self.resources.read().unwrap_or_else(PoisonError::into_inner).get(addr).cloned()
    }

    /// Adds an expanded resource without values.
    pub(crate) fn expand_resource(
        &self,
        addr: addrs::Resource,
        expansion: Expansion,
        ty: Type,
    ) -> Arc<ResourceData> {
        let data = Arc::new(ResourceData {
            expansion,
            ty,
            ephemeral: addr.mode == ResourceMode::Ephemeral,
            values: RwLock::default(),
            whole: OnceLock::new(),
        });
        put(&self.resources, addr, data.clone());
        data
    }

    /// All outputs as one object.
    pub(crate) fn outputs_object(&self) -> Value {
        let declared = self.node.module.outputs.keys();
        Value::object_of(declared.map(|name| {
            (name.clone(), self.output(name).unwrap_or_else(|| Value::unknown(Type::Dynamic)))
        }))
    }
}

impl ResourceData {
    /// The value of an instance; `None` if there is no such instance.
    pub(crate) fn instance(&self, key: &InstanceKey) -> Option<Value> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = values.get(key) {
            return Some(value.clone());
        }
        drop(values);
        // An instance that is yet to be evaluated, or that is left out of this run.
        self.expansion.contains(key).then(|| self.unknown())
    }

    /// The value of an instance of which nothing is known.
    pub(crate) fn unknown(&self) -> Value {
        self.marked(Value::unknown(self.ty.clone()))
    }

    /// The value with the mark that all values of the resource have.
    pub(crate) fn marked(&self, value: Value) -> Value {
        if self.ephemeral { value.marked(Mark::Ephemeral) } else { value }
    }

    /// Puts the value of an instance.
    pub(crate) fn set(&self, key: InstanceKey, value: Value) {
        put(&self.values, key, self.marked(value));
    }

    /// All instances together: the one object, a tuple or an object of objects. Put together once,
    /// so it must not be asked for before all instances are there.
    pub(crate) fn whole(&self) -> Value {
        self.whole.get_or_init(|| self.expansion.gather(|key| self.instance(key))).clone()
    }
}
