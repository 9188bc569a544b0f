//! Lists of existing objects.

use std::sync::Arc;

use bytes::Bytes;
use groma_diag::{Diagnostic, Diagnostics};
use groma_protocol::tfplugin6::{list_resource, validate_list_resource_config};
use tokio::sync::mpsc;

use super::catalog::Facts;
use super::configure::checked;
use super::service::{Events, events};
use super::{Host, isolated, wire};
use crate::{Found, Listed, Provider};

impl<P: Provider> Host<P> {
    pub(super) async fn validate_list(
        &self,
        request: validate_list_resource_config::Request,
    ) -> validate_list_resource_config::Response {
        let check = async {
            let list = self.loaded()?.list(&request.type_name)?;
            let config = wire::decode(request.config, list.schema().block.implied_type())?;
            let item = list.item.clone();
            isolated(async move { Ok(item.validate(&config).await) }).await
        };
        validate_list_resource_config::Response { diagnostics: checked(check.await) }
    }

    pub(super) fn list(
        self: &Arc<Self>,
        request: list_resource::Request,
    ) -> Events<list_resource::Event> {
        let (send, receive) = mpsc::channel(1);
        let host = self.clone();
        tokio::spawn(async move {
            let told = host.try_list(request, &send).await.unwrap_or_else(|failed| failed);
            if !told.is_empty() {
                let diagnostic = wire::diagnostics(&told, None);
                // An engine that has enough does not listen any more.
                let _ = send.send(list_resource::Event { diagnostic, ..Default::default() }).await;
            }
        });
        events(receive)
    }

    /// Sends what is found; gives what there is to tell about all of it.
    async fn try_list(
        &self,
        request: list_resource::Request,
        send: &mpsc::Sender<list_resource::Event>,
    ) -> Result<Diagnostics, Diagnostics> {
        let list = self.loaded()?.list(&request.type_name)?;
        let resource = self.loaded()?.resource(&request.type_name)?;
        let config = wire::decode(request.config, list.schema().block.implied_type())?;
        let cx = self.context(None, None, Bytes::new())?;
        let limit = u64::try_from(request.limit).ok().filter(|limit| *limit > 0);
        let (mut found, mut listed) = Found::new(request.include_resource_object, limit);
        let (item, task_cx) = (list.item.clone(), cx.clone());
        let task =
            tokio::spawn(isolated(async move { item.list(&task_cx, &config, &mut found).await }));
        while let Some(one) = listed.recv().await {
            let event = event(&resource, one, request.include_resource_object)?;
            if send.send(event).await.is_err() {
                break;
            }
        }
        // From here on nothing more is taken, and the task is told so.
        drop(listed);
        let ended = task.await.unwrap_or_else(|_| Err(super::gave_up()));
        let mut told = cx.take_left().warnings;
        if let Err(failed) = ended {
            told.extend(failed);
        }
        Ok(told)
    }
}

fn event(
    facts: &Facts,
    listed: Listed,
    with_object: bool,
) -> Result<list_resource::Event, Diagnostics> {
    let object = listed.object.unknown_as_null();
    let identity = wire::identity_of(&object, facts)?.ok_or_else(|| {
        let detail = format!(
            "What was listed of {} does not say what identifies {}, which is a bug in the provider.",
            facts.name, listed.display_name
        );
        Diagnostic::error("Provider listed an object without identity", detail)
    })?;
    let resource_object = match with_object {
        true => Some(wire::encode(&facts.recorded(&object), facts.ty())?),
        false => None,
    };
    Ok(list_resource::Event {
        identity: Some(identity),
        display_name: listed.display_name,
        resource_object,
        diagnostic: wire::diagnostics(&listed.warnings, None),
    })
}
