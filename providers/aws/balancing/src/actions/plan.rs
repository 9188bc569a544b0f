//! Which changes of actions are none.

use groma_sdk::Blocks;

use super::{Action, IsAction, only_group};

/// What means the same as before is planned in the form in which it is recorded: a target group that
/// is named in the other way, and stickiness that is off.
pub(crate) fn plan<A: IsAction>(prior: &Blocks<A>, planned: &mut Blocks<A>) {
    for (old, new) in prior.iter().zip(planned.iter_mut()) {
        let (before, mut after): (Action, Action) = (old.clone().into(), new.clone().into());
        if before.r#type.as_str() != Some("forward") || before.r#type != after.r#type {
            continue;
        }
        let renamed = before.forward.is_empty() != after.forward.is_empty()
            || before.target_group_arn.is_null() != after.target_group_arn.is_null();
        if renamed && group(&before).is_some() && group(&before) == group(&after) {
            after.target_group_arn = before.target_group_arn;
            after.forward = before.forward;
        } else if let (Some(old), Some(new)) = (before.forward.first(), after.forward.first_mut())
            && new.stickiness.is_empty()
            && !new.stickiness.is_unknown()
            && old.stickiness.first().is_some_and(|old| !old.enabled.is_true())
        {
            new.stickiness = old.stickiness.clone();
        }
        *new = A::from(after);
    }
}

/// The only group that an action forwards to, however it is named.
fn group(action: &Action) -> Option<String> {
    let direct = action.target_group_arn.to_filled();
    match (direct, action.forward.first()) {
        (Some(arn), None) => Some(arn),
        (None, Some(block)) => only_group(block).map(str::to_owned),
        (Some(arn), Some(block)) => (only_group(block) == Some(&arn)).then_some(arn),
        (None, None) => None,
    }
}
