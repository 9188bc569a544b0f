//! `aws_db_parameter_group` and `aws_rds_cluster_parameter_group`: parameters of databases.
//!
//! The two differ in the names of their calls alone: [`Kind`] has those, and all else is here.

mod clusters;
mod instances;
mod parameters;

use std::marker::PhantomData;
use std::time::Duration;

use aws_sdk_rds::types as sdk;
use groma_aws_core::{
    Aws, Error, Outcome as _, TagMap, Tagged, name_or_generated, plan_tags, prefix_of_name,
    record_tags, retry, wanted_tags,
};
use groma_sdk::{
    Attr, Blocks, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait,
};

use crate::checks::parameter_group_family;
use crate::rds::{change_tags, tags_of, there};
pub(crate) use clusters::ForClusters;
pub(crate) use instances::ForInstances;
use parameters::{CHUNK, Parameter, ParameterChange};

/// Which kind of group it is: its model, and the calls for it.
#[async_trait]
pub(crate) trait Kind: Send + Sync + 'static {
    /// The name of the type.
    const TYPE: &'static str;
    /// What messages call it.
    const GROUP: &'static str;
    /// The code for "it has pending changes" and "something uses it still".
    const BUSY: &'static str = "InvalidDBParameterGroupState";

    /// Its model.
    type Model: GroupModel;

    /// Creates a group; `None` if an earlier try of the request made it.
    async fn create(cx: &Context<Aws>, new: &New<'_>) -> Result<Option<Group>, Error>;
    /// The group of a name.
    async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<Group>, Error>;
    /// The parameters of a group: all, or those that somebody set.
    async fn describe(
        cx: &Context<Aws>,
        name: &str,
        set_ones: bool,
    ) -> Result<Vec<sdk::Parameter>, Error>;
    /// Sets some parameters.
    async fn set(cx: &Context<Aws>, name: &str, some: Vec<sdk::Parameter>) -> Result<(), Error>;
    /// Gives some parameters their defaults.
    async fn reset(cx: &Context<Aws>, name: &str, some: Vec<sdk::Parameter>) -> Result<(), Error>;
    /// Deletes a group; that it is gone already is no error.
    async fn delete(cx: &Context<Aws>, name: &str) -> Result<(), Error>;
}

/// A group to be made.
pub(crate) struct New<'a> {
    name: &'a str,
    family: &'a str,
    description: &'a str,
    tags: &'a TagMap,
}

/// A group as it is described.
#[derive(Clone)]
pub(crate) struct Group {
    name: Option<String>,
    arn: Option<String>,
    family: Option<String>,
    description: Option<String>,
}

impl Group {
    /// It, with its name.
    fn named(self) -> (String, Group) {
        (self.name.clone().unwrap_or_default(), self)
    }
}

/// What the models of both kinds have.
pub(crate) trait GroupModel: Model + Tagged {
    fn parts(&mut self) -> Parts<'_>;
    /// Whether the group outlives its destruction.
    fn is_kept(&self) -> bool;
}

/// The attributes that the models of both kinds have.
pub(crate) struct Parts<'a> {
    id: &'a mut Attr<String>,
    arn: &'a mut Attr<String>,
    description: &'a mut Attr<String>,
    family: &'a mut Attr<String>,
    name: &'a mut Attr<String>,
    name_prefix: &'a mut Attr<String>,
    parameter: &'a mut Blocks<Parameter>,
}

/// Says where a model has the attributes that both have.
macro_rules! parts {
    ($model:ty, $kept:expr) => {
        impl $crate::parameter_group::GroupModel for $model {
            fn parts(&mut self) -> $crate::parameter_group::Parts<'_> {
                $crate::parameter_group::Parts {
                    id: &mut self.id,
                    arn: &mut self.arn,
                    description: &mut self.description,
                    family: &mut self.family,
                    name: &mut self.name,
                    name_prefix: &mut self.name_prefix,
                    parameter: &mut self.parameter,
                }
            }

            fn is_kept(&self) -> bool {
                let kept: fn(&$model) -> bool = $kept;
                kept(self)
            }
        }
    };
}
use parts;

/// The resource type of a kind.
pub(crate) struct ParameterGroup<K>(PhantomData<K>);

impl<K> ParameterGroup<K> {
    /// The resource type.
    pub(crate) fn new() -> ParameterGroup<K> {
        ParameterGroup(PhantomData)
    }
}

#[async_trait]
impl<K: Kind> Managed<Aws> for ParameterGroup<K> {
    type Model = K::Model;

    fn name(&self) -> &'static str {
        K::TYPE
    }

    fn validate(&self, config: &K::Model, problems: &mut Problems) {
        let mut config = config.clone();
        let parts = config.parts();
        let (name, prefix) = (!parts.name.is_null(), !parts.name_prefix.is_null());
        problems.conflict(("name", name), ("name_prefix", prefix));
        if let Some(family) = parts.family.get() {
            problems.check("family", parameter_group_family(family));
        }
        parameters::check(parts.parameter, problems);
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<K::Model>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        _config: K::Model,
        mut planned: K::Model,
    ) -> Result<K::Model, Diagnostics> {
        let tags = wanted_tags(cx.client(), &planned);
        let parts = planned.parts();
        let prefix = parts.name_prefix.as_str();
        let name = name_or_generated(cx, parts.name.as_str(), prefix, "terraform-");
        let (family, description) = (parts.family.text(), parts.description.text());
        let new = New { name: &name, family, description, tags: &tags };
        let group = K::create(cx, &new).await;
        let group = group.during(format_args!("creating {} ({name})", K::GROUP))?;
        let made = group.as_ref().and_then(|g| g.name.as_deref());
        *parts.id = made.unwrap_or(&name).into();
        *parts.arn = group.as_ref().and_then(|g| g.arn.as_deref()).into();
        let id = parts.id.text().to_owned();
        let wanted = std::mem::take(parts.parameter);
        // Should setting them fail, the state has none of them, and the next apply sets all.
        cx.keep_model(&planned);
        apply::<K>(cx, &id, &ParameterChange::between(&[], &wanted)).await?;
        *planned.parts().parameter = wanted;
        there(self, cx, planned).await
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: K::Model,
    ) -> Result<Option<K::Model>, Diagnostics> {
        let parts = state.parts();
        let id = parts.id.text().to_owned();
        let what = format!("reading {} ({id})", K::GROUP);
        let Some(group) = K::find(cx, &id).await.during(&what)? else { return Ok(None) };
        let name = group.name.unwrap_or_else(|| id.clone());
        let arn = group.arn.unwrap_or_default();
        *parts.name_prefix = prefix_of_name(&name).into();
        *parts.id = name.as_str().into();
        *parts.name = name.into();
        *parts.arn = arn.as_str().into();
        *parts.description = group.description.into();
        *parts.family = group.family.into();
        let mut described = K::describe(cx, &id, true).await.during(&what)?;
        if !parameters::all_are_set(parts.parameter, &described) {
            described = K::describe(cx, &id, false).await.during(&what)?;
        }
        *parts.parameter = parameters::record(parts.parameter, &described);
        let Some(tags) = tags_of(cx, &arn).await? else { return Ok(None) };
        record_tags(cx.client(), &mut state, tags);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        mut prior: K::Model,
        _config: K::Model,
        mut planned: K::Model,
    ) -> Result<K::Model, Diagnostics> {
        let was = prior.parts();
        let (id, arn) = (was.id.text().to_owned(), was.arn.text().to_owned());
        let change = ParameterChange::between(was.parameter, planned.parts().parameter);
        apply::<K>(cx, &id, &change).await?;
        change_tags(cx, &arn, &prior, &planned).await?;
        there(self, cx, planned).await
    }

    async fn delete(&self, cx: &Context<Aws>, mut prior: K::Model) -> Result<(), Diagnostics> {
        if prior.is_kept() {
            return Ok(());
        }
        let id = prior.parts().id.text().to_owned();
        let what = format!("deleting {} ({id})", K::GROUP);
        let used = |e: &Error| e.is(K::BUSY);
        // Databases that are gone hold their group for some minutes more.
        let minutes = Duration::from_secs(180);
        retry(cx, &what, minutes, used, || K::delete(cx, &id)).await.during(&what)
    }
}

/// Changes parameters: resets first, so that a reset default does not meet a new value.
async fn apply<K: Kind>(
    cx: &Context<Aws>,
    id: &str,
    change: &ParameterChange,
) -> Result<(), Diagnostics> {
    let what = format!("modifying {} ({id})", K::GROUP);
    // A group that was just created is not ready for changes everywhere.
    let busy = |e: &Error| e.says(K::BUSY, "pending changes");
    let limit = Duration::from_secs(180);
    for some in change.reset.chunks(CHUNK) {
        let reset = retry(cx, &what, limit, busy, || K::reset(cx, id, some.to_vec()));
        reset.await.during(&what)?;
    }
    for some in change.set.chunks(CHUNK) {
        let set = retry(cx, &what, limit, busy, || K::set(cx, id, some.to_vec()));
        set.await.during(&what)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
