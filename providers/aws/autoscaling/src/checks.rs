//! What AWS takes for the arguments of several types.

use groma_aws_core::Arn;
use groma_sdk::model::checks::{Elements, one_of};
use groma_sdk::{Attr, Problems};

type Checked = Result<(), String>;

/// A whole number as text, from 0 to `most`; an empty text stands for none.
pub(crate) fn whole_number(most: i32) -> impl Fn(&String) -> Checked {
    move |text| match text.is_empty() || text.parse().is_ok_and(|n: i32| (0..=most).contains(&n)) {
        true => Ok(()),
        false => Err(format!("It must be a whole number from 0 to {most}, but is {text:?}.")),
    }
}

/// A collection with something in it.
pub(crate) fn not_empty<C: Elements>(collection: &C) -> Checked {
    match collection.elements().is_empty() {
        true => Err("It must have at least one element.".to_owned()),
        false => Ok(()),
    }
}

/// The name of a group.
pub(crate) fn group_name(text: &String) -> Checked {
    match text.chars().find(|c| *c == ':' || c.is_control()) {
        None => Ok(()),
        Some(c) => Err(format!("The name of a group may not have {c:?}, but is {text:?}.")),
    }
}

/// The name of a lifecycle hook.
pub(crate) fn hook_name(text: &String) -> Checked {
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_/".contains(*c))) {
        None => Ok(()),
        Some(c) => Err(format!(
            "It may have letters, digits, hyphens, underscores and slashes, but {text:?} has {c:?}."
        )),
    }
}

/// The id of a launch template; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn template_id(text: &String) -> Checked {
    let digits = text.strip_prefix("lt-").unwrap_or_default();
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match text.is_empty() || !digits.is_empty() && text.len() <= 255 && digits.chars().all(lower) {
        true => Ok(()),
        false => Err(format!(
            "It must be the id of a launch template, such as \"lt-0123456789abcdef0\", but is {text:?}."
        )),
    }
}

/// The name of a launch template; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn template_name(text: &String) -> Checked {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "()./_-".contains(c);
    match text.is_empty() || (3..=128).contains(&text.len()) && text.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!(
            "The name of a launch template has 3 to 128 letters, digits and any of ()./_-, but this \
             is {text:?}."
        )),
    }
}

/// The version of a launch template; an empty text stands for none.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn template_version(text: &String) -> Checked {
    let is_number = text.parse::<u64>().is_ok_and(|n| n > 0);
    match text.is_empty() || is_number || matches!(text.as_str(), "$Latest" | "$Default") {
        true => Ok(()),
        false => Err(format!(
            "The version of a launch template is a number, \"$Latest\" or \"$Default\", but this is \
             {text:?}."
        )),
    }
}

/// The ARN of a target group.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
pub(crate) fn target_group(text: &String) -> Checked {
    let arn = text.parse::<Arn>();
    let is_one = arn.is_ok_and(|arn| {
        arn.service == "elasticloadbalancing" && arn.resource.starts_with("targetgroup/")
    });
    match is_one || text.is_empty() {
        true => Ok(()),
        false => Err(format!("It must be the ARN of a target group, but is {text:?}.")),
    }
}

/// Where traffic may come from.
pub(crate) fn source_type(text: &String) -> Checked {
    one_of(&["elb", "elbv2", "vpc-lattice"])(text)
}

/// Sizes of a group, which are in order.
pub(crate) fn sizes(
    least: Option<i64>,
    most: Option<i64>,
    desired: Option<i64>,
    problems: &mut Problems,
) {
    const SUMMARY: &str = "Invalid size of an autoscaling group";
    for (name, size) in [("min_size", least), ("max_size", most), ("desired_capacity", desired)] {
        if let Some(size) = size.filter(|size| !(0..=i64::from(i32::MAX)).contains(size)) {
            let detail = format!("\"{name}\" is {size}: a group has 0 instances or more.");
            problems.error(name, SUMMARY, detail);
            return;
        }
    }
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        let detail = format!("\"min_size\" is {least}, which is more than \"max_size\", {most}.");
        problems.error("min_size", SUMMARY, detail);
    }
    let Some(desired) = desired else { return };
    if let Some(least) = least.filter(|least| desired < *least) {
        let detail =
            format!("\"desired_capacity\" is {desired}, which is less than \"min_size\", {least}.");
        problems.error("desired_capacity", SUMMARY, detail);
    }
    if let Some(most) = most.filter(|most| desired > *most) {
        let detail =
            format!("\"desired_capacity\" is {desired}, which is more than \"max_size\", {most}.");
        problems.error("desired_capacity", SUMMARY, detail);
    }
}

/// A lifecycle hook tells a topic or a queue, and by a role.
pub(crate) fn hook_target(target: &Attr<String>, role: &Attr<String>, problems: &mut Problems) {
    let is_told = target.filled().and_then(|arn| arn.parse::<Arn>().ok());
    let needs_role = is_told.is_some_and(|arn| matches!(arn.service.as_str(), "sns" | "sqs"));
    if needs_role && (role.is_null() || role.as_str() == Some("")) {
        problems.error(
            "role_arn",
            "Missing required argument",
            "A topic or a queue is told by a role, which \"role_arn\" names: one that may publish to \
             \"notification_target_arn\" and that autoscaling.amazonaws.com may assume.",
        );
    }
    if role.filled().is_some() && (target.is_null() || target.as_str() == Some("")) {
        problems.error(
            "notification_target_arn",
            "Missing required argument",
            "\"role_arn\" is for telling a target: set \"notification_target_arn\", too, or neither.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(check: impl Fn(&String) -> Checked, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(check(&(*text).to_owned()), Ok(()), "{text}");
        }
        for text in bad {
            assert!(check(&(*text).to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn texts_are_what_aws_takes() {
        accepts(whole_number(100), &["", "0", "100"], &["101", "-1", "1.5", "x"]);
        accepts(group_name, &["web", "a b/c"], &["a:b", "a\nb"]);
        accepts(hook_name, &["a-b_c/d"], &["a b", "ä", "a.b"]);
        accepts(template_id, &["", "lt-0a1"], &["lt-", "lt-A", "xyz"]);
        accepts(template_name, &["", "web", "a(b)./_-"], &["ab", "a b c"]);
        accepts(template_version, &["", "1", "$Latest", "$Default"], &["0", "latest", "-1"]);
        let good = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123";
        let other = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/0";
        accepts(target_group, &["", good], &["web", other]);
    }

    fn hook(target: Attr<String>, role: Attr<String>) -> String {
        let mut problems = Problems::new();
        hook_target(&target, &role, &mut problems);
        problems.into_diagnostics().to_string()
    }

    #[test]
    fn a_target_has_a_role() {
        let target = || Attr::from("arn:aws:sns:us-east-1:123456789012:news");
        let role = || Attr::from("arn:aws:iam::123456789012:role/tell");
        assert!(hook(target(), Attr::Null).contains("role_arn"));
        assert!(hook(Attr::Null, role()).contains("notification_target_arn"));
        for (target, role) in [
            (target(), role()),
            (Attr::Null, Attr::Null),
            (Attr::Unknown, role()),
            (target(), Attr::Unknown),
        ] {
            assert_eq!(hook(target, role), "");
        }
    }
}
