//! What CloudWatch would refuse of an alarm, told before anything is done.

use groma_sdk::Problems;

use super::model::{CloudwatchMetricAlarm, CloudwatchMetricAlarmMetricQuery};

/// Checks a configuration.
pub(super) fn alarm(c: &CloudwatchMetricAlarm, problems: &mut Problems) {
    let queries = ("metric_query", !c.metric_query.is_empty() || c.metric_query.is_unknown());
    let own = [
        ("dimensions", !c.dimensions.is_null()),
        ("extended_statistic", !c.extended_statistic.is_null()),
        ("metric_name", !c.metric_name.is_null()),
        ("namespace", !c.namespace.is_null()),
        ("period", !c.period.is_null()),
        ("statistic", !c.statistic.is_null()),
    ];
    for argument in own {
        problems.conflict(argument, queries);
    }
    problems.conflict(own[1], own[5]);
    let threshold = ("threshold", !c.threshold.is_null());
    problems.conflict(threshold, ("threshold_metric_id", !c.threshold_metric_id.is_null()));
    if !queries.1 {
        for (name, is_set) in [own[2], own[3], own[4]] {
            if !is_set {
                let detail = format!(
                    "An alarm on a metric needs \"{name}\"; set it, or use \"metric_query\"."
                );
                problems.error(name, "Missing required argument", detail);
            }
        }
        if !own[1].1 && !own[5].1 {
            problems.error(
                "statistic",
                "Missing required argument",
                "An alarm on a metric needs one of \"statistic\" and \"extended_statistic\".",
            );
        }
    }
    if let (Some(points), Some(periods)) = (c.datapoints_to_alarm.get(), c.evaluation_periods.get())
        && points > periods
    {
        problems.error(
            "datapoints_to_alarm",
            "Invalid value for \"datapoints_to_alarm\"",
            format!("Of {periods} datapoints (\"evaluation_periods\") {points} can never breach."),
        );
    }
    check_span(c, problems);
    check_bands(c, problems);
    check_queries(c, problems);
}

fn check_queries(c: &CloudwatchMetricAlarm, problems: &mut Problems) {
    let known =
        |q: &CloudwatchMetricAlarmMetricQuery| !q.metric.is_unknown() && !q.expression.is_unknown();
    if c.metric_query.is_empty() || !c.metric_query.iter().all(known) {
        return;
    }
    for query in &c.metric_query {
        if query.metric.is_empty() == query.expression.is_null() {
            problems.error(
                "metric_query",
                "Invalid combination of arguments",
                format!(
                    "The query {:?} needs one of \"expression\" and a \"metric\" block.",
                    query.id.text()
                ),
            );
        }
    }
    // The band of an anomaly detector is returned, too, beside the metric that it is about.
    let band = c.threshold_metric_id.filled();
    let others = || c.metric_query.iter().filter(|q| band.is_none() || q.id.filled() != band);
    let returned = others().filter(|q| q.return_data.is_true()).count();
    let unknown = c.threshold_metric_id.is_unknown()
        || c.metric_query.iter().any(|q| q.return_data.is_unknown() || q.id.is_unknown());
    if returned != 1 && !unknown {
        problems.error(
            "metric_query",
            "Invalid combination of arguments",
            format!(
                "One query must have \"return_data\" set to true, that which the alarm is on; but \
                 {returned} have."
            ),
        );
    }
}

/// How far an alarm looks back.
fn check_span(c: &CloudwatchMetricAlarm, problems: &mut Problems) {
    const HOUR: i64 = 60 * 60;
    const DAY: i64 = 24 * HOUR;
    let (Some(period), Some(periods)) = (c.period.get(), c.evaluation_periods.get()) else {
        return;
    };
    let (most, words) = match *period < HOUR {
        true => (DAY, "one day with a \"period\" of less than an hour"),
        false => (7 * DAY, "seven days"),
    };
    if period.saturating_mul(*periods) > most {
        problems.error(
            "evaluation_periods",
            "Invalid value for \"evaluation_periods\"",
            format!(
                "Alarms look back over {words} at most: {periods} times {period} seconds are more."
            ),
        );
    }
}

/// Bands of expected values, and what is compared with them.
fn check_bands(c: &CloudwatchMetricAlarm, problems: &mut Problems) {
    const OF_BANDS: &[&str] = &[
        "LessThanLowerOrGreaterThanUpperThreshold",
        "LessThanLowerThreshold",
        "GreaterThanUpperThreshold",
    ];
    let Some(operator) = c.comparison_operator.filled() else { return };
    let band = &c.threshold_metric_id;
    if OF_BANDS.contains(&operator) && band.is_null() {
        problems.error(
            "threshold_metric_id",
            "Missing required argument",
            format!("{operator} compares with a band: name the query that is one."),
        );
    }
    let Some(band) = band.filled() else { return };
    if !OF_BANDS.contains(&operator) {
        problems.error(
            "comparison_operator",
            "Invalid value for \"comparison_operator\"",
            format!("{operator} compares with a number, but \"threshold_metric_id\" is a band."),
        );
    }
    let known = !c.metric_query.is_unknown() && c.metric_query.iter().all(|q| q.id.is_known());
    if known && !c.metric_query.iter().any(|q| q.id.filled() == Some(band)) {
        problems.error(
            "threshold_metric_id",
            "Invalid value for \"threshold_metric_id\"",
            format!("There is no \"metric_query\" with the id {band:?}."),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use groma_sdk::{Attr, Blocks};

    use super::super::model::CloudwatchMetricAlarmMetric;
    use super::*;

    fn told(c: &CloudwatchMetricAlarm) -> BTreeSet<String> {
        let mut problems = Problems::new();
        alarm(c, &mut problems);
        problems
            .into_diagnostics()
            .iter()
            .map(|d| format!("{:?} {}", d.attribute, d.detail))
            .collect()
    }

    fn plain() -> CloudwatchMetricAlarm {
        CloudwatchMetricAlarm {
            comparison_operator: "GreaterThanThreshold".into(),
            evaluation_periods: 2.into(),
            metric_name: "CPU".into(),
            namespace: "AWS/EC2".into(),
            period: 60.into(),
            statistic: "Average".into(),
            threshold: 1.0.into(),
            ..Default::default()
        }
    }

    fn query(id: &str, returned: bool) -> CloudwatchMetricAlarmMetricQuery {
        CloudwatchMetricAlarmMetricQuery {
            id: id.into(),
            return_data: returned.into(),
            metric: Blocks::one(CloudwatchMetricAlarmMetric::default()),
            ..Default::default()
        }
    }

    fn with_queries(queries: Vec<CloudwatchMetricAlarmMetricQuery>) -> CloudwatchMetricAlarm {
        CloudwatchMetricAlarm {
            metric_name: Attr::Null,
            namespace: Attr::Null,
            period: Attr::Null,
            statistic: Attr::Null,
            metric_query: queries.into(),
            ..plain()
        }
    }

    fn has(c: &CloudwatchMetricAlarm, words: &str) -> bool {
        told(c).iter().any(|t| t.contains(words))
    }

    #[test]
    fn a_metric_or_queries() {
        assert_eq!(told(&plain()), BTreeSet::new());
        assert!(has(&CloudwatchMetricAlarm { period: Attr::Null, ..plain() }, "\"period\""));
        assert!(has(&CloudwatchMetricAlarm { statistic: Attr::Null, ..plain() }, "one of"));
        assert_eq!(
            told(&CloudwatchMetricAlarm { statistic: Attr::Unknown, ..plain() }),
            BTreeSet::new()
        );
        let both = CloudwatchMetricAlarm { extended_statistic: "p99".into(), ..plain() };
        assert!(has(&both, "cannot be set together"));
        let mixed =
            CloudwatchMetricAlarm { metric_query: Blocks::one(query("a", true)), ..plain() };
        assert!(has(&mixed, "\"metric_query\""));
        assert_eq!(told(&with_queries(vec![query("a", true)])), BTreeSet::new());
        assert!(has(&with_queries(vec![query("a", false)]), "but 0 have"));
    }

    #[test]
    fn alarms_look_back_a_day_or_a_week() {
        let span = |period: i64, periods: i64| CloudwatchMetricAlarm {
            period: period.into(),
            evaluation_periods: periods.into(),
            ..plain()
        };
        assert_eq!(told(&span(60, 1440)), BTreeSet::new());
        assert!(has(&span(60, 1441), "one day"));
        assert_eq!(told(&span(3600, 168)), BTreeSet::new());
        assert!(has(&span(3600, 169), "seven days"));
        let points = CloudwatchMetricAlarm { datapoints_to_alarm: 3.into(), ..plain() };
        assert!(has(&points, "can never breach"));
    }

    #[test]
    fn bands_are_queries() {
        let band = CloudwatchMetricAlarm {
            comparison_operator: "GreaterThanUpperThreshold".into(),
            threshold: Attr::Null,
            threshold_metric_id: "band".into(),
            ..with_queries(vec![query("m", true), query("band", true)])
        };
        assert_eq!(told(&band), BTreeSet::new());
        let other = CloudwatchMetricAlarm { threshold_metric_id: "no".into(), ..band.clone() };
        assert!(has(&other, "no \"metric_query\""));
        let number = CloudwatchMetricAlarm {
            comparison_operator: "GreaterThanThreshold".into(),
            ..band.clone()
        };
        assert!(has(&number, "compares with a number"));
        let none = CloudwatchMetricAlarm { threshold_metric_id: Attr::Null, ..band };
        assert!(has(&none, "compares with a band"));
    }
}
