//! Checks and requests of scheduled actions.

use groma_aws_core::testing::{Answer, Fake};

use super::*;

fn evening() -> AutoscalingSchedule {
    AutoscalingSchedule {
        autoscaling_group_name: "web".into(),
        scheduled_action_name: "evening".into(),
        desired_capacity: 1_i64.into(),
        min_size: LEFT_ALONE.into(),
        max_size: LEFT_ALONE.into(),
        recurrence: "0 18 * * *".into(),
        ..AutoscalingSchedule::default()
    }
}

fn problems_of(config: &AutoscalingSchedule) -> String {
    let mut problems = Problems::new();
    config.check(&mut problems);
    AutoscalingScheduleResource.validate(config, &mut problems);
    problems.into_diagnostics().to_string()
}

#[test]
fn an_action_changes_something_at_some_time() {
    assert_eq!(problems_of(&evening()), "");
    let none = AutoscalingSchedule { desired_capacity: LEFT_ALONE.into(), ..evening() };
    assert!(problems_of(&none).contains("leaves a size alone"));
    let small = AutoscalingSchedule { max_size: 0_i64.into(), ..evening() };
    assert!(problems_of(&small).contains("more than \"max_size\", 0"));
    let back = AutoscalingSchedule {
        start_time: "2099-01-02T00:00:00Z".into(),
        end_time: "2099-01-01T00:00:00Z".into(),
        ..evening()
    };
    assert!(problems_of(&back).contains("not after its \"start_time\""));
    let local = AutoscalingSchedule { start_time: "2099-01-02T00:00:00+01:00".into(), ..evening() };
    assert!(problems_of(&local).contains("a time of UTC"));
    let unknown = AutoscalingSchedule {
        recurrence: Attr::Unknown,
        max_size: Attr::Unknown,
        end_time: Attr::Unknown,
        ..evening()
    };
    assert_eq!(problems_of(&unknown), "");
}

#[test]
fn what_is_over_is_refused_when_it_is_planned() {
    let told = |prior: Option<&AutoscalingSchedule>, config: &AutoscalingSchedule| {
        let mut problems = Problems::new();
        check_times(prior, config, DateTime::from(SystemTime::now()), &mut problems);
        problems.into_diagnostics().to_string()
    };
    let over = AutoscalingSchedule { start_time: "2020-01-01T00:00:00Z".into(), ..evening() };
    assert!(told(None, &over).contains("that is over"));
    assert!(told(Some(&evening()), &over).contains("that is over"));
    // It was put while it was to come.
    assert_eq!(told(Some(&over), &over), "");
    let later = AutoscalingSchedule { start_time: "2099-01-01T00:00:00Z".into(), ..evening() };
    assert_eq!(told(None, &later), "");
    let never = AutoscalingSchedule { recurrence: Attr::Null, ..evening() };
    assert!(told(None, &never).contains("start_time"));
    assert_eq!(told(Some(&over), &never), "");
    let unknown = AutoscalingSchedule { start_time: Attr::Unknown, ..never };
    assert_eq!(told(None, &unknown), "");
}

#[tokio::test]
async fn sizes_that_are_left_alone_are_not_told() {
    let fake = Fake::new();
    fake.on("PutScheduledUpdateGroupAction", |request| {
        assert_eq!(request.param("DesiredCapacity"), Some("1"));
        assert_eq!((request.param("MinSize"), request.param("MaxSize")), (None, None));
        Answer::xml("<PutScheduledUpdateGroupActionResponse/>")
    });
    assert_eq!(put(&fake.context(), &evening(), "creating").await, Ok(()));
    assert_eq!(fake.calls("PutScheduledUpdateGroupAction"), 1);
}
