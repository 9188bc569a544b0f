//! Actions.

use std::sync::Arc;

use bytes::Bytes;
use groma_diag::Diagnostics;
use groma_protocol::tfplugin6::invoke_action::{self, event};
use groma_protocol::tfplugin6::{plan_action, validate_action_config};
use tokio::sync::mpsc;

use super::configure::checked;
use super::service::{Events, events};
use super::{Host, isolated, wire};
use crate::{Progress, Provider};

impl<P: Provider> Host<P> {
    pub(super) async fn validate_action(
        &self,
        request: validate_action_config::Request,
    ) -> validate_action_config::Response {
        let check = async {
            let action = self.loaded()?.action(&request.type_name)?;
            let config = wire::decode(request.config, action.schema().block.implied_type())?;
            let item = action.item.clone();
            isolated(async move { Ok(item.validate(&config).await) }).await
        };
        validate_action_config::Response { diagnostics: checked(check.await) }
    }

    pub(super) async fn plan_action(&self, request: plan_action::Request) -> plan_action::Response {
        let planned = async {
            let action = self.loaded()?.action(&request.action_type)?;
            let config = wire::decode(request.config, action.schema().block.implied_type())?;
            let cx = self.context(None, request.client_capabilities, Bytes::new())?;
            let (item, task_cx) = (action.item.clone(), cx.clone());
            let result = isolated(async move { item.plan(&task_cx, &config).await }).await;
            Ok((cx.take_left(), result.err()))
        };
        match planned.await {
            Ok((left, failed)) => plan_action::Response {
                diagnostics: wire::diagnostics(&left.warnings, failed.as_ref()),
                deferred: wire::deferred(left.deferred),
            },
            Err(failed) => {
                let failed: Diagnostics = failed;
                plan_action::Response {
                    diagnostics: wire::diagnostics(&failed, None),
                    deferred: None,
                }
            }
        }
    }

    pub(super) fn invoke_action(
        self: &Arc<Self>,
        request: invoke_action::Request,
    ) -> Events<invoke_action::Event> {
        let (send, receive) = mpsc::channel(1);
        let host = self.clone();
        tokio::spawn(async move {
            let told = host.try_invoke(request, &send).await.unwrap_or_else(|failed| failed);
            let diagnostics = wire::diagnostics(&told, None);
            let end = event::Type::Completed(event::Completed { diagnostics });
            // It is done, whether or not the engine still listens.
            let _ = send.send(invoke_action::Event { r#type: Some(end) }).await;
        });
        events(receive)
    }

    /// Does it; gives what there is to tell in the end.
    async fn try_invoke(
        &self,
        request: invoke_action::Request,
        send: &mpsc::Sender<invoke_action::Event>,
    ) -> Result<Diagnostics, Diagnostics> {
        let action = self.loaded()?.action(&request.action_type)?;
        let config = wire::decode(request.config, action.schema().block.implied_type())?;
        let cx = self.context(None, request.client_capabilities, Bytes::new())?;
        let (progress, mut messages) = Progress::new();
        let (item, task_cx) = (action.item.clone(), cx.clone());
        let task =
            tokio::spawn(isolated(async move { item.invoke(&task_cx, &config, &progress).await }));
        while let Some(message) = messages.recv().await {
            let told = event::Type::Progress(event::Progress { message });
            // An engine that hangs up does not undo what was begun.
            let _ = send.send(invoke_action::Event { r#type: Some(told) }).await;
        }
        let ended = task.await.unwrap_or_else(|_| Err(super::gave_up()));
        let mut told = cx.take_left().warnings;
        if let Err(failed) = ended {
            told.extend(failed);
        }
        Ok(told)
    }
}
