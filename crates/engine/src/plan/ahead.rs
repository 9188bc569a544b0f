//! Reading objects before their turn.
//!
//! What has become of an object depends on what the state says of it, and on nothing that is
//! planned. So a provider that makes few calls of many reads is asked for all objects as soon as it
//! is configured; else each would wait for those that it depends on, one call after another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use groma_addrs::{AbsProviderConfig, AbsResourceInstance, ResourceMode};
use groma_diag::Diagnostics;
use groma_provider::{ReadResourceRequest, ReadResourceResponse};
use groma_value::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::refresh::Prior;
use super::{Planner, lock};
use crate::objects::decode;

/// How many objects are asked for at once: as many as the largest calls take some times over.
const AT_ONCE: usize = 512;

/// The reads that are under way, or done, for those who ask later.
#[derive(Default)]
pub(crate) struct Ahead(Mutex<HashMap<AbsResourceInstance, Asked>>);

/// A read, whose provider and request must be those that are asked for in the end.
struct Asked {
    provider: AbsProviderConfig,
    task: JoinHandle<Option<(ReadResourceRequest, Answer)>>,
}

type Answer = (Option<ReadResourceResponse>, Diagnostics);

impl Drop for Asked {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Ahead {
    /// The answer to a request, if it has been asked before.
    pub(super) async fn answer(
        &self,
        addr: &AbsResourceInstance,
        provider: &AbsProviderConfig,
        request: &ReadResourceRequest,
    ) -> Option<Answer> {
        let mut asked = lock(&self.0).remove(addr).filter(|asked| asked.provider == *provider)?;
        let (before, answer) = (&mut asked.task).await.ok()??;
        (before == *request).then_some(answer)
    }
}

impl Planner {
    /// Asks a provider that has just been configured for what the state has of it, if it makes few
    /// calls of that.
    pub(super) async fn read_ahead(&self, addr: &AbsProviderConfig) {
        let options = &self.options;
        // What is left out is not to be read.
        let all = options.targets.is_empty() && options.excludes.is_empty();
        if !options.refresh || !all || self.run.is_unconfigured(addr) {
            return;
        }
        let Ok(provider) = self.run.around.pool.get(addr) else { return };
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        for (abs, state) in &self.previous.resources {
            let ty = &abs.resource.ty;
            if state.provider.provider != addr.provider
                || abs.resource.mode != ResourceMode::Managed
                || self.has_meta(abs, addr)
                || !provider.gathers_reads(ty).await
            {
                continue;
            }
            let schema = self.run.around.schemas.resource(&addr.provider, abs.resource.mode, ty);
            let Ok(Some(schema)) = schema else { continue };
            for (key, instance) in &state.instances {
                let Some(object) = instance.current.clone() else { continue };
                if state.provider_of(key) != *addr {
                    continue;
                }
                let (at, ty) = (abs.instance(key.clone()), ty.clone());
                let (of, provider, schema) = (at.clone(), provider.clone(), schema.clone());
                let (slots, capabilities) = (slots.clone(), self.run.capabilities());
                let task = tokio::spawn(async move {
                    let _slot = slots.acquire().await.ok()?;
                    // What goes wrong here goes wrong once more when it is the object's turn.
                    let mut found = Diagnostics::new();
                    let decoded = decode(&of, &object, &schema, &provider, &mut found).await?;
                    let prior = Prior::stored(decoded, &object);
                    let (request, _) = prior.read_request(ty, Value::NULL, capabilities);
                    let answer = provider.read_resource(request.clone()).await;
                    Some((request, answer))
                });
                lock(&self.ahead.0).insert(at, Asked { provider: addr.clone(), task });
            }
        }
    }

    /// Whether a module has something to say to the provider that may not be known yet.
    fn has_meta(&self, abs: &groma_addrs::AbsResource, addr: &AbsProviderConfig) -> bool {
        let node = self.run.world.config.module(&abs.module.module());
        node.is_some_and(|node| node.module.provider_meta.contains_key(&addr.provider))
    }
}
