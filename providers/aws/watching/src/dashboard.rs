//! `aws_cloudwatch_dashboard`: a dashboard.

use groma_aws_core::{Aws, Outcome, appears, checks::json, same_json};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, async_trait};

use serde_json::Value as Json;

use crate::alarm::cloudwatch;
use crate::fresh::{SOON, found};

/// A dashboard.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CloudwatchDashboard {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) dashboard_arn: Attr<String>,
    #[attr(required, same = same_json, check = body)]
    pub(crate) dashboard_body: Attr<String>,
    #[attr(required, replace, check = name)]
    pub(crate) dashboard_name: Attr<String>,
}

const DASHBOARD: &str = "CloudWatch Dashboard";
const GONE: &[&str] = &["ResourceNotFound", "DashboardNotFoundError"];

#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn name(text: &String) -> Result<(), String> {
    groma_aws_core::checks::name(1, 255, "letters, digits, hyphens and underscores", |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
    })(text)
}

/// A document that CloudWatch takes: with widgets, each of a type.
fn body(text: &String) -> Result<(), String> {
    const MOST: usize = 500;
    json(text)?;
    let Ok(Json::Object(document)) = serde_json::from_str::<Json>(text) else {
        return Err("The document must be a JSON object with \"widgets\".".to_owned());
    };
    let widgets = match document.get("widgets") {
        None => return Ok(()),
        Some(Json::Array(widgets)) => widgets,
        Some(_) => return Err("The \"widgets\" of the document must be a list.".to_owned()),
    };
    if widgets.len() > MOST {
        return Err(format!("A dashboard has {MOST} widgets at most, not {}.", widgets.len()));
    }
    for (i, widget) in widgets.iter().enumerate() {
        if !widget.get("type").is_some_and(Json::is_string) {
            return Err(format!(
                "Widget {i} must have a \"type\", such as \"metric\" or \"text\"."
            ));
        }
    }
    Ok(())
}

/// The resource type.
pub(crate) struct DashboardResource;

#[async_trait]
impl Managed<Aws> for DashboardResource {
    type Model = CloudwatchDashboard;

    fn name(&self) -> &'static str {
        "aws_cloudwatch_dashboard"
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: CloudwatchDashboard,
        planned: CloudwatchDashboard,
    ) -> Result<CloudwatchDashboard, Diagnostics> {
        put(cx, &planned).await?;
        let mut state = planned;
        state.id = state.dashboard_name.clone();
        cx.keep_model(&state);
        let what = format!("{DASHBOARD} ({})", state.id.text());
        appears(cx, what, SOON, || async { self.read(cx, state.clone()).await }).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: CloudwatchDashboard,
    ) -> Result<Option<CloudwatchDashboard>, Diagnostics> {
        let name = state.id.text();
        let answer = cloudwatch(cx).get_dashboard().dashboard_name(name).send().await.unless(GONE);
        let answer = answer.during(format_args!("reading {DASHBOARD} ({name})"))?;
        let Some(dashboard) = answer else { return Ok(None) };
        let body = dashboard.dashboard_body().unwrap_or_default().to_owned();
        if !state.dashboard_body.get().is_some_and(|known| same_json(known, &body)) {
            state.dashboard_body = body.into();
        }
        state.dashboard_arn = dashboard.dashboard_arn().into();
        state.dashboard_name = dashboard.dashboard_name().into();
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        _prior: CloudwatchDashboard,
        _config: CloudwatchDashboard,
        planned: CloudwatchDashboard,
    ) -> Result<CloudwatchDashboard, Diagnostics> {
        put(cx, &planned).await?;
        found(self.read(cx, planned).await?, DASHBOARD)
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: CloudwatchDashboard,
    ) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        let deleted = cloudwatch(cx).delete_dashboards().dashboard_names(name).send().await;
        deleted.unless(GONE).during(format_args!("deleting {DASHBOARD} ({name})"))?;
        Ok(())
    }
}

async fn put(cx: &Context<Aws>, planned: &CloudwatchDashboard) -> Result<(), Diagnostics> {
    let name = planned.dashboard_name.text();
    let request = cloudwatch(cx).put_dashboard().dashboard_name(name);
    let request = request.dashboard_body(planned.dashboard_body.text());
    request.send().await.during(format_args!("putting {DASHBOARD} ({name})"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_widgets() {
        let check = |text: &str| body(&text.to_owned());
        assert_eq!(check(r#"{"widgets":[{"type":"text","properties":{}}]}"#), Ok(()));
        assert_eq!(check(r#"{"start":"-PT6H"}"#), Ok(()));
        assert!(check("[]").is_err_and(|e| e.contains("JSON object")));
        assert!(check(r#"{"widgets":{}}"#).is_err_and(|e| e.contains("list")));
        assert!(check(r#"{"widgets":[{}]}"#).is_err_and(|e| e.contains("Widget 0")));
        assert!(check("{").is_err());
    }
}
