//! The alarm and its blocks.

use std::collections::BTreeMap;

use groma_sdk::model::checks::{count, each, length, one_of};
use groma_sdk::{Attr, Blocks, Model, Set};

/// An alarm on a metric or an expression over metrics.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
pub(crate) struct CloudwatchMetricAlarm {
    #[attr(optional, computed)]
    pub(crate) id: Attr<String>,
    #[attr(optional, default = true)]
    pub(crate) actions_enabled: Attr<bool>,
    #[attr(optional, check = count(0, 5), check = each(action))]
    pub(crate) alarm_actions: Attr<Set<String>>,
    #[attr(optional, check = length(0, 1024))]
    pub(crate) alarm_description: Attr<String>,
    #[attr(required, replace, check = length(1, 255))]
    pub(crate) alarm_name: Attr<String>,
    #[attr(computed)]
    pub(crate) arn: Attr<String>,
    #[attr(required, check = one_of(&["GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"]))]
    pub(crate) comparison_operator: Attr<String>,
    #[attr(optional, check = at_least_one)]
    pub(crate) datapoints_to_alarm: Attr<i64>,
    #[attr(optional)]
    pub(crate) dimensions: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed, check = one_of(&["evaluate", "ignore"]))]
    pub(crate) evaluate_low_sample_count_percentiles: Attr<String>,
    #[attr(required, check = at_least_one)]
    pub(crate) evaluation_periods: Attr<i64>,
    #[attr(optional, check = extended)]
    pub(crate) extended_statistic: Attr<String>,
    #[attr(optional, check = count(0, 5), check = each(action))]
    pub(crate) insufficient_data_actions: Attr<Set<String>>,
    #[attr(optional, check = length(1, 255))]
    pub(crate) metric_name: Attr<String>,
    #[attr(optional, check = length(1, 255))]
    pub(crate) namespace: Attr<String>,
    #[attr(optional, check = count(0, 5), check = each(action))]
    pub(crate) ok_actions: Attr<Set<String>>,
    #[attr(optional, check = period)]
    pub(crate) period: Attr<i64>,
    #[attr(optional, check = one_of(&["SampleCount", "Average", "Sum", "Minimum", "Maximum"]))]
    pub(crate) statistic: Attr<String>,
    #[attr(optional)]
    pub(crate) tags: Attr<BTreeMap<String, String>>,
    #[attr(optional, computed)]
    pub(crate) tags_all: Attr<BTreeMap<String, String>>,
    #[attr(optional)]
    pub(crate) threshold: Attr<f64>,
    #[attr(optional, check = length(1, 255))]
    pub(crate) threshold_metric_id: Attr<String>,
    #[attr(optional, default = "missing", check = one_of(&["breaching", "ignore", "missing", "notBreaching"]))]
    pub(crate) treat_missing_data: Attr<String>,
    #[attr(optional, check = one_of(&["Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"]))]
    pub(crate) unit: Attr<String>,
    #[block(set)]
    pub(crate) metric_query: Blocks<CloudwatchMetricAlarmMetricQuery>,
}

/// The `metric_query` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CloudwatchMetricAlarmMetricQuery {
    #[attr(optional)]
    pub(crate) account_id: Attr<String>,
    #[attr(optional)]
    pub(crate) expression: Attr<String>,
    #[attr(required)]
    pub(crate) id: Attr<String>,
    #[attr(optional)]
    pub(crate) label: Attr<String>,
    #[attr(optional, check = period)]
    pub(crate) period: Attr<i64>,
    #[attr(optional)]
    pub(crate) return_data: Attr<bool>,
    #[block(list, max = 1)]
    pub(crate) metric: Blocks<CloudwatchMetricAlarmMetric>,
}

/// The `metric_query.metric` block.
#[derive(Clone, Debug, Default, PartialEq, Model)]
pub(crate) struct CloudwatchMetricAlarmMetric {
    #[attr(optional)]
    pub(crate) dimensions: Attr<BTreeMap<String, String>>,
    #[attr(required)]
    pub(crate) metric_name: Attr<String>,
    #[attr(optional)]
    pub(crate) namespace: Attr<String>,
    #[attr(required, check = period)]
    pub(crate) period: Attr<i64>,
    #[attr(required)]
    pub(crate) stat: Attr<String>,
    #[attr(optional)]
    pub(crate) unit: Attr<String>,
}

/// What an alarm does: an ARN of a topic, a policy, a function, or of an action on an instance.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn action(text: &String) -> Result<(), String> {
    // arn:aws:automate:REGION:ec2:stop is short of an account.
    let parts: Vec<&str> = text.split(':').collect();
    let automates = matches!(
        parts.as_slice(),
        ["arn", _, "automate", _, "ec2", "reboot" | "recover" | "stop" | "terminate"]
    );
    match automates {
        true => Ok(()),
        false => groma_aws_core::checks::arn(text),
    }
}

/// Metrics are counted in 10, 20 or 30 seconds, or in whole minutes.
fn period(seconds: &i64) -> Result<(), String> {
    match matches!(seconds, 10 | 20 | 30) || *seconds > 0 && seconds % 60 == 0 {
        true => Ok(()),
        false => Err(format!("It must be 10, 20, 30, or a multiple of 60, but is {seconds}.")),
    }
}

fn at_least_one(number: &i64) -> Result<(), String> {
    match *number >= 1 {
        true => Ok(()),
        false => Err(format!("It must be at least 1, but is {number}.")),
    }
}

/// Percentiles, trimmed means and their like, such as `p99`, `tm90` or `PR(:300)`.
#[expect(clippy::ptr_arg, reason = "attributes are checked by functions of this form")]
fn extended(text: &String) -> Result<(), String> {
    const KINDS: &[&str] = &["p", "tm", "wm", "tc", "ts", "pr", "iqm"];
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (kind, rest) = text.split_at(end);
    let known = KINDS.contains(&kind.to_ascii_lowercase().as_str());
    let number = || rest.parse::<f64>().is_ok_and(|n| (0.0..=100.0).contains(&n));
    let range = || rest.starts_with('(') && rest.ends_with(')') && rest.contains(':');
    let fits = match kind {
        "iqm" | "IQM" => rest.is_empty(),
        _ => known && (number() || range()),
    };
    match fits {
        true => Ok(()),
        false => Err(format!(
            "It must be a statistic of the extended kind, such as p99, tm90, TM(10%:90%), PR(:300) or \
             IQM, but is {text:?}."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_periods() {
        assert!(action(&"arn:aws:automate:eu-west-1:ec2:stop".to_owned()).is_ok());
        assert!(action(&"arn:aws:sns:eu-west-1:123456789012:t".to_owned()).is_ok());
        assert!(action(&"arn:aws:automate:eu-west-1:ec2:explode".to_owned()).is_err());
        assert!(period(&60).is_ok() && period(&10).is_ok());
        assert!(period(&45).is_err() && period(&0).is_err());
    }

    #[test]
    fn extended_statistics() {
        for text in ["p99", "p99.9", "tm90", "TM(10%:90%)", "PR(:300)", "IQM", "wm98", "TC(0.5:1)"]
        {
            assert!(extended(&text.to_owned()).is_ok(), "{text}");
        }
        for text in ["Average", "p", "p101", "x90", "TM(90)", ""] {
            assert!(extended(&text.to_owned()).is_err(), "{text}");
        }
    }
}
