//! Plans and checks of configurations, for tests.

use groma_aws_core::Aws;
use groma_sdk::{
    AttributeStep, Context, Diagnostics, Managed, Model, Plan, PlanRequest, Planned, Problems,
    Value,
};

/// Errors, each behind the path of its attribute: `scaling.0.least: …`.
fn told(errors: &Diagnostics) -> String {
    let step = |step: &AttributeStep| match step {
        AttributeStep::Attribute(name) | AttributeStep::Key(name) => name.clone(),
        AttributeStep::Index(i) => i.to_string(),
    };
    let line = |error: &groma_sdk::Diagnostic| {
        let path: Vec<String> = error.attribute.iter().flatten().map(step).collect();
        format!("{}: {}: {}\n", path.join("."), error.summary, error.detail)
    };
    errors.iter().map(line).collect()
}

/// What is wrong with a configuration.
pub(crate) fn problems<R: Managed<Aws>>(resource: &R, config: &R::Model) -> String {
    let mut problems = Problems::new();
    config.check(&mut problems);
    resource.validate(config, &mut problems);
    told(&problems.into_diagnostics())
}

/// The plan of a change: the object as it would be, and whether another takes its place.
pub(crate) async fn plan<R: Managed<Aws>>(
    resource: &R,
    cx: &Context<Aws>,
    prior: Option<&R::Model>,
    config: &R::Model,
) -> Result<(R::Model, bool), String> {
    let block = R::Model::block();
    let request = PlanRequest {
        prior: prior.map_or_else(|| Value::null(block.implied_type().clone()), Model::write),
        config: config.write(),
        proposed: proposed(prior, config),
    };
    let mut plan = Plan::by_rules(&block, &R::Model::rules().steady(), &request);
    let mut change = Planned::of(&request, &plan);
    resource.plan(cx, &mut change).await.map_err(|e| told(&e))?;
    let replaces = change.is_replace();
    change.into_plan(&mut plan);
    Ok((R::Model::read(&plan.planned), replaces))
}

/// What engines propose: for a computed attribute that is not configured, what was.
fn proposed<M: Model>(prior: Option<&M>, config: &M) -> Value {
    let (config, Some(prior)) = (config.write(), prior) else { return config.write() };
    let (Some(mut members), prior) = (config.as_entries().cloned(), prior.write()) else {
        return config;
    };
    for (name, attribute) in M::block().attributes.iter() {
        let is_null = config.get(name).is_none_or(Value::is_null);
        if attribute.computed
            && is_null
            && let Some(was) = prior.get(name)
        {
            members.insert(name.clone(), was.clone());
        }
    }
    Value::object(members)
}
