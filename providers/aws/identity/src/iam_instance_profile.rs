//! `aws_iam_instance_profile`: what hands a role to instances.

use std::collections::BTreeMap;

use aws_sdk_iam::types::InstanceProfile;
use groma_aws_core::{
    Aws, Error, Outcome as _, Progress, TagChange, checks, moment, name_or_generated, plan_tags,
    prefix_of_name, record_tags, retry, tagged, wait, wanted_tags,
};
use groma_sdk::{Attr, Context, Diagnostics, Managed, Model, Planned, Problems, async_trait};

use crate::iam::{
    Began, JUST_CREATED, NAME_CHARACTERS, NO_SUCH_ENTITY, PROPAGATION, There, check_names,
    empty_answer, from_iam_tags, iam, iam_tags, in_names, is_concurrent, path,
};

/// What hands a role to instances.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct IamInstanceProfile {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(computed)]
    pub(crate) create_date: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 128, NAME_CHARACTERS, in_names))]
    pub(crate) name: Attr<String>,
    #[attr(optional, computed, replace, check = checks::name(1, 102, NAME_CHARACTERS, in_names))]
    pub(crate) name_prefix: Attr<String>,
    #[attr(optional, replace, default = "/", check = path)]
    pub(crate) path: Attr<String>,
    /// The name of the role.
    #[attr(optional)]
    pub(crate) role: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(computed)]
    pub(crate) unique_id: Attr<String>,
}

tagged!(IamInstanceProfile);

/// The type.
pub(crate) struct InstanceProfileResource;

#[async_trait]
impl Managed<Aws> for InstanceProfileResource {
    type Model = IamInstanceProfile;

    fn name(&self) -> &'static str {
        "aws_iam_instance_profile"
    }

    fn validate(&self, config: &IamInstanceProfile, problems: &mut Problems) {
        check_names(&config.name, &config.name_prefix, problems);
        if let Some(role) = config.role.filled()
            && role.starts_with("arn:")
        {
            problems.error(
                "role",
                "Invalid value for \"role\"",
                format!("It must be the name of a role, but {role:?} is an ARN."),
            );
        }
    }

    async fn plan(
        &self,
        cx: &Context<Aws>,
        change: &mut Planned<IamInstanceProfile>,
    ) -> Result<(), Diagnostics> {
        plan_tags(cx, change)
    }

    async fn create(
        &self,
        cx: &Context<Aws>,
        config: IamInstanceProfile,
        planned: IamInstanceProfile,
    ) -> Result<IamInstanceProfile, Diagnostics> {
        let (name, prefix) = (config.name.filled(), config.name_prefix.filled());
        let name = name_or_generated(cx, name, prefix, "terraform-");
        let generated = config.name.filled().is_none();
        let profile = create_profile(cx, &name, generated, &planned).await?;
        let role = planned.role.to_filled();
        let mut state = planned;
        record(cx, &profile, &mut state);
        cx.keep_model(&state);
        if let Some(role) = role
            && state.role.filled() != Some(&role)
        {
            add_role(cx, &name, &role).await?;
            state.role = role.into();
        }
        settled(cx, &name).await?;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Context<Aws>,
        mut state: IamInstanceProfile,
    ) -> Result<Option<IamInstanceProfile>, Diagnostics> {
        let Some(profile) = find(cx, state.id.text()).await? else { return Ok(None) };
        record(cx, &profile, &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Context<Aws>,
        prior: IamInstanceProfile,
        _config: IamInstanceProfile,
        planned: IamInstanceProfile,
    ) -> Result<IamInstanceProfile, Diagnostics> {
        let name = prior.id.text();
        if prior.role.text() != planned.role.text() {
            if let Some(role) = prior.role.filled() {
                remove_role(cx, name, role).await?;
            }
            if let Some(role) = planned.role.filled() {
                add_role(cx, name, role).await?;
            }
        }
        let change = TagChange::of(cx.client(), &prior, &planned);
        let what = format!("updating tags for IAM Instance Profile ({name})");
        let iam = iam(cx);
        if !change.remove.is_empty() {
            let request = iam.untag_instance_profile().instance_profile_name(name);
            request.set_tag_keys(Some(change.remove)).send().await.during(&what)?;
        }
        if let Some(tags) = iam_tags(&change.put) {
            let request = iam.tag_instance_profile().instance_profile_name(name);
            request.set_tags(Some(tags)).send().await.during(&what)?;
        }
        Ok(planned)
    }

    async fn import(
        &self,
        _cx: &Context<Aws>,
        id: &str,
    ) -> Result<Option<IamInstanceProfile>, Diagnostics> {
        let id = id.to_owned().into();
        let (name_prefix, role) = (Attr::of_text(None), Attr::of_text(None));
        Ok(Some(IamInstanceProfile { id, name_prefix, role, ..IamInstanceProfile::default() }))
    }

    async fn delete(
        &self,
        cx: &Context<Aws>,
        prior: IamInstanceProfile,
    ) -> Result<(), Diagnostics> {
        let name = prior.id.text();
        if let Some(role) = prior.role.filled() {
            remove_role(cx, name, role).await?;
        }
        let iam = iam(cx);
        let deleted = retry(
            cx,
            "the role of the instance profile to be gone",
            JUST_CREATED,
            |e| e.is("DeleteConflict") || is_concurrent(e),
            || async {
                iam.delete_instance_profile().instance_profile_name(name).send().await.typed()
            },
        );
        match deleted.await {
            Err(e) if !e.is(NO_SUCH_ENTITY) => {
                Err(e.during(format!("deleting IAM Instance Profile ({name})")))
            }
            _ => Ok(()),
        }
    }
}

/// Creates the profile, or finds the one that an earlier try has created.
async fn create_profile(
    cx: &Context<Aws>,
    name: &str,
    generated: bool,
    planned: &IamInstanceProfile,
) -> Result<InstanceProfile, Diagnostics> {
    let began = Began::now();
    let what = format!("creating IAM Instance Profile ({name})");
    let wanted = wanted_tags(cx.client(), planned);
    let request = iam(cx)
        .create_instance_profile()
        .instance_profile_name(name)
        .set_path(planned.path.to_filled())
        .set_tags(iam_tags(&wanted));
    let error = match request.send().await.typed() {
        Ok(answer) => {
            let profile = answer.instance_profile.ok_or_else(|| empty_answer(&what))?;
            began.created(profile.instance_profile_id());
            return Ok(profile);
        }
        Err(e) => e,
    };
    if error.is("EntityAlreadyExists")
        && let Some(profile) = find(cx, name).await?
        && began.adopts(&There {
            id: Some(profile.instance_profile_id()),
            created: Some(profile.create_date()),
            tags: from_iam_tags(profile.tags()),
            wanted: &wanted,
            generated,
        })
    {
        return Ok(profile);
    }
    Err(error.during(what))
}

async fn find(cx: &Context<Aws>, name: &str) -> Result<Option<InstanceProfile>, Diagnostics> {
    let what = format!("reading IAM Instance Profile ({name})");
    let answer = iam(cx).get_instance_profile().instance_profile_name(name).send().await;
    let answer = answer.unless(&[NO_SUCH_ENTITY]).map_err(|e| e.during(&what))?;
    let Some(answer) = answer else { return Ok(None) };
    answer.instance_profile.map(Some).ok_or_else(|| empty_answer(&what))
}

/// Waits until the profile is known by its ARN, as it must be before instances get it.
async fn settled(cx: &Context<Aws>, name: &str) -> Result<(), Diagnostics> {
    wait(cx, format!("IAM Instance Profile ({name}) to be ready"), PROPAGATION, || async {
        Ok(match find(cx, name).await? {
            Some(profile) if profile.arn().starts_with("arn:") => Progress::Ready(()),
            Some(profile) => Progress::pending(profile.arn()),
            None => Progress::pending("not found"),
        })
    })
    .await
}

fn record(cx: &Context<Aws>, profile: &InstanceProfile, state: &mut IamInstanceProfile) {
    let name = profile.instance_profile_name();
    // There is one at most.
    let role = profile.roles().first().map(|role| role.role_name());
    state.id = name.to_owned().into();
    state.arn = profile.arn().to_owned().into();
    state.create_date = moment(Some(profile.create_date()));
    state.name = name.to_owned().into();
    state.name_prefix = Attr::of_text(prefix_of_name(name));
    state.path = profile.path().to_owned().into();
    state.role = Attr::of_text(role);
    state.unique_id = profile.instance_profile_id().to_owned().into();
    record_tags(cx.client(), state, from_iam_tags(profile.tags()));
}

async fn add_role(cx: &Context<Aws>, profile: &str, role: &str) -> Result<(), Diagnostics> {
    let request = iam(cx).add_role_to_instance_profile().instance_profile_name(profile);
    let request = request.role_name(role);
    // Neither may be known everywhere yet.
    let passes = |e: &Error| {
        e.is(NO_SUCH_ENTITY)
            || is_concurrent(e)
            || e.says("InvalidParameterValue", "Invalid IAM Instance Profile name")
    };
    let call = || async { request.clone().send().await.typed() };
    let added = retry(cx, "role and instance profile to be known", JUST_CREATED, passes, call);
    let Err(error) = added.await else { return Ok(()) };
    // An earlier try was carried out, though its answer was lost.
    if error.is("LimitExceeded")
        && let Some(there) = find(cx, profile).await?
        && there.roles().iter().any(|r| r.role_name() == role)
    {
        return Ok(());
    }
    Err(error.during(format!("adding IAM Role ({role}) to IAM Instance Profile ({profile})")))
}

async fn remove_role(cx: &Context<Aws>, profile: &str, role: &str) -> Result<(), Diagnostics> {
    let request = iam(cx).remove_role_from_instance_profile().instance_profile_name(profile);
    let what = format!("removing IAM Role ({role}) from IAM Instance Profile ({profile})");
    let removed = request.role_name(role).send().await;
    removed.unless(&[NO_SUCH_ENTITY]).map(drop).map_err(|e| e.during(what))
}
