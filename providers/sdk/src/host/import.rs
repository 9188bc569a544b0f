//! Finding existing objects.

use groma_diag::Diagnostics;
use groma_protocol::tfplugin6::import_resource_state::{ImportedResource, Request, Response};

use super::{Host, isolated, wire};
use crate::{ImportRequest, Imported, Provider};

impl<P: Provider> Host<P> {
    pub(super) async fn import(&self, request: Request) -> Response {
        self.try_import(request).await.unwrap_or_else(|failed| Response {
            diagnostics: wire::diagnostics(&failed, None),
            ..Default::default()
        })
    }

    async fn try_import(&self, request: Request) -> Result<Response, Diagnostics> {
        let resource = self.loaded()?.resource(&request.type_name)?;
        let question = ImportRequest {
            ty: resource.name.clone(),
            id: request.id.into(),
            identity: wire::decode_identity(request.identity, &resource)?,
            empty: resource.empty(),
        };
        let cx = self.context(None, request.client_capabilities, bytes::Bytes::new())?;
        let (item, task_cx) = (resource.item.clone(), cx.clone());
        let result = isolated(async move { item.import(&task_cx, &question).await }).await;
        let left = cx.take_left();
        let encoded = result.and_then(|found| {
            found.into_iter().map(|imported| self.encode_imported(imported)).collect()
        });
        let (imported_resources, failed): (Vec<_>, _) = match encoded {
            Ok(found) => (found, None),
            Err(failed) => (Vec::new(), Some(failed)),
        };
        Ok(Response {
            imported_resources,
            deferred: wire::deferred(left.deferred),
            diagnostics: wire::diagnostics(&left.warnings, failed.as_ref()),
        })
    }

    fn encode_imported(&self, imported: Imported) -> Result<ImportedResource, Diagnostics> {
        let resource = self.loaded()?.resource(&imported.ty)?;
        Ok(ImportedResource {
            type_name: imported.ty.to_string(),
            state: Some(wire::encode(&imported.state, resource.ty())?),
            private: imported.private,
            identity: wire::identity_of(&imported.state, &resource)?,
        })
    }
}
