//! Running provisioners: after a creation, and before a destruction.

use groma_addrs::AbsResourceInstance;
use groma_config::{Connection, OnFailure, Provisioner as Written, ProvisionerWhen};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::Scope;
use groma_plan::InstanceChange;
use groma_provider::{ProvisionOutput, ProvisionRequest};
use groma_value::Value;

use super::Applier;
use crate::event::{Event, EventSink};
use crate::interrupt::Urgency;
use crate::objects::on;
use crate::provision::{Prepared, Remains, find, place, prepare};

/// What is to be run for an object.
pub(super) struct Provisioning<'a> {
    /// The instance.
    pub(super) addr: &'a AbsResourceInstance,
    /// The blocks, of which those for `when` are run.
    pub(super) blocks: &'a [Written],
    /// When it is.
    pub(super) when: ProvisionerWhen,
    /// The connection of the block around them.
    pub(super) connection: Option<&'a Connection>,
}

/// What a provisioner says, as it is passed on.
struct Voice<'a> {
    events: &'a dyn EventSink,
    addr: &'a AbsResourceInstance,
    kind: &'a str,
    /// What is said instead, if it may not be shown.
    instead: Option<&'static str>,
}

impl ProvisionOutput for Voice<'_> {
    fn output(&self, text: &str) {
        let line = self.instead.unwrap_or(text);
        let (addr, provisioner) = (self.addr, self.kind);
        self.events.event(Event::ProvisionOutput { addr, provisioner, line });
    }
}

/// What is shown in place of the output of a provisioner with this configuration; `None` if it may
/// be shown. What connections are made with, provisioners keep to themselves.
fn suppressed(config: &Value) -> Option<&'static str> {
    let marks = config.marks_deep();
    if marks.is_sensitive() {
        Some("(output suppressed due to sensitive value in config)")
    } else if marks.is_ephemeral() {
        Some("(output suppressed due to ephemeral value in config)")
    } else {
        None
    }
}

impl Applier {
    /// Runs provisioners in their order, until one of them fails. Tells whether none did.
    pub(super) async fn provision(
        &self,
        work: Provisioning<'_>,
        scope: &(dyn Scope + Send + Sync),
        diagnostics: &mut Diagnostics,
    ) -> bool {
        for written in work.blocks.iter().filter(|written| written.when == work.when) {
            let provisioner = match find(&self.run.around.provisioners, written) {
                Ok(provisioner) => provisioner,
                Err(diagnostic) => {
                    diagnostics.push(*diagnostic);
                    return false;
                }
            };
            let mut found = Diagnostics::new();
            let prepared = prepare(&*provisioner, written, work.connection, scope, &mut found);
            diagnostics.extend(on(found, work.addr));
            let Some(Prepared { config, connection }) = prepared else { return false };
            if !config.is_wholly_known() || !connection.is_wholly_known() {
                diagnostics.push(unknown(written).on(work.addr));
                return false;
            }
            let (events, addr) = (&*self.run.around.events, work.addr);
            let instead = suppressed(&config);
            let voice = Voice { events, addr, kind: &written.kind, instead };
            events.event(Event::ProvisionStart { addr, provisioner: &written.kind });
            let interrupt = self.run.around.interrupt.clone();
            let request = ProvisionRequest {
                config: config.unmark_deep().0,
                connection: connection.unmark_deep().0,
                secret: instead.is_some(),
                output: &voice,
                stop: Box::pin(async move { interrupt.reached(Urgency::Soon).await }),
            };
            let found = provisioner.provision(request).await;
            let success = !found.has_errors();
            events.event(Event::ProvisionEnd { addr, provisioner: &written.kind, success });
            if !success && written.on_failure == OnFailure::Continue {
                tracing::warn!(%addr, provisioner = %written.kind, "a provisioner failed, and on_failure says to go on");
                continue;
            }
            diagnostics.extend(on(place(found, written), addr));
            if !success {
                return false;
            }
        }
        true
    }

    /// Runs what is to be run before the current object of an instance is destroyed. Tells whether
    /// it may be destroyed.
    pub(super) async fn provision_destruction(
        &self,
        change: &InstanceChange,
        value: &Value,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let addr = &change.addr;
        let config = &self.run.world.config;
        let config_addr = addr.resource.config();
        let resource = config.resource(&config_addr).cloned();
        let (blocks, connection) = match &resource {
            Some(resource) => (&*resource.provisioners, resource.connection.as_ref()),
            None => match self.removals.of_resource(&config_addr) {
                Some(removed) => (&*removed.provisioners, removed.connection.as_ref()),
                None => return true,
            },
        };
        if blocks.is_empty() {
            return true;
        }
        let remains = Remains::new(&self.run.world, addr.module(), &addr.key);
        let scope = remains.scope(&self.run.world, value);
        let when = ProvisionerWhen::Destroy;
        let work = Provisioning { addr, blocks, when, connection };
        self.provision(work, &scope, diagnostics).await
    }
}

fn unknown(written: &Written) -> Diagnostic {
    let detail = format!(
        "The configuration of this {} provisioner is still not known, although all that it refers to has been applied. This is a bug in Groma; please report it.",
        written.kind
    );
    Diagnostic::error("Configuration contains unknown value", detail)
        .at(&written.config.missing_item_range())
}

#[cfg(test)]
mod tests {
    use super::*;
    use groma_value::{Mark, Str};

    #[test]
    fn what_is_secret_in_a_configuration_silences_its_provisioner() {
        let config = |command: Value| Value::object_of([(Str::from("command"), command)]);
        assert_eq!(suppressed(&config("x".into())), None);
        let sensitive = Value::from("x").marked(Mark::Sensitive);
        assert!(suppressed(&config(sensitive)).is_some_and(|t| t.contains("sensitive")));
        let ephemeral = Value::from("x").marked(Mark::Ephemeral);
        assert!(suppressed(&config(ephemeral)).is_some_and(|t| t.contains("ephemeral")));
    }
}
