//! Requests and answers of what emulators do not serve: lost answers, rules of all protocols changed.

use groma_aws_core::testing::{Answer, Fake};

use super::*;
use crate::answers::{done, listed, sent};

const EGRESS: RuleResource = RuleResource { egress: true };

fn rules() -> Answer {
    let item = "<item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId>\
                <groupOwnerId>123456789012</groupOwnerId><isEgress>true</isEgress>\
                <ipProtocol>-1</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort>\
                <cidrIpv4>0.0.0.0/0</cidrIpv4></item>";
    listed("DescribeSecurityGroupRules", "securityGroupRuleSet", item)
}

fn configured() -> VpcSecurityGroupRule {
    VpcSecurityGroupRule {
        security_group_id: "sg-1".into(),
        ip_protocol: "-1".into(),
        cidr_ipv4: "0.0.0.0/0".into(),
        ..VpcSecurityGroupRule::default()
    }
}

#[tokio::test]
async fn a_rule_whose_creation_was_not_answered_is_taken_over() {
    let fake = Fake::new();
    fake.once("AuthorizeSecurityGroupEgress", |_| Answer::lost());
    fake.on("AuthorizeSecurityGroupEgress", |_| {
        Answer::ec2_error(400, "InvalidPermission.Duplicate", "already exists")
    });
    fake.on("DescribeSecurityGroupRules", |_| rules());
    let made = EGRESS.create(&fake.context(), configured(), configured()).await;
    assert_eq!(made.map(|r| r.id).ok(), Some("sgr-1".into()));
}

#[tokio::test]
async fn a_rule_that_others_made_is_named() {
    let fake = Fake::new();
    fake.on("AuthorizeSecurityGroupEgress", |_| {
        Answer::ec2_error(400, "InvalidPermission.Duplicate", "already exists")
    });
    fake.on("DescribeSecurityGroupRules", |_| rules());
    let made = EGRESS.create(&fake.context(), configured(), configured()).await;
    let told = made.err().unwrap_or_default().to_string();
    assert!(told.contains("InvalidPermission.Duplicate") && told.contains("sgr-1"), "{told}");
}

#[tokio::test]
async fn rules_of_all_protocols_are_changed_in_place() {
    let fake = Fake::new();
    fake.on("ModifySecurityGroupRules", |_| done("ModifySecurityGroupRules"));
    fake.on("DescribeSecurityGroupRules", |_| rules());
    let prior = VpcSecurityGroupRule { id: "sgr-1".into(), ..configured() };
    let planned = VpcSecurityGroupRule { description: "all".into(), ..prior.clone() };
    let now = EGRESS.update(&fake.context(), prior, configured(), planned).await;
    assert!(now.is_ok(), "{now:?}");
    let expected = [
        "GroupId=sg-1",
        "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4=0.0.0.0/0",
        "SecurityGroupRule.1.SecurityGroupRule.Description=all",
        "SecurityGroupRule.1.SecurityGroupRule.IpProtocol=-1",
        "SecurityGroupRule.1.SecurityGroupRuleId=sgr-1",
    ];
    assert_eq!(sent(&fake, "ModifySecurityGroupRules"), [expected]);
}

#[test]
fn rules_are_checked() {
    let refused = |c: VpcSecurityGroupRule| {
        let mut problems = Problems::new();
        EGRESS.validate(&c, &mut problems);
        problems.into_diagnostics().to_string()
    };
    assert_eq!(refused(configured()), "");
    let both = VpcSecurityGroupRule { cidr_ipv6: "::/0".into(), ..configured() };
    assert!(refused(both).contains("one source or destination"));
    let tcp = |from: i64, to: i64| VpcSecurityGroupRule {
        ip_protocol: "tcp".into(),
        from_port: from.into(),
        to_port: to.into(),
        ..configured()
    };
    assert_eq!(refused(tcp(80, 80)), "");
    assert!(refused(tcp(81, 80)).contains("above"));
    let without = VpcSecurityGroupRule { ip_protocol: "udp".into(), ..configured() };
    assert!(refused(without).contains("needs \"from_port\""));
    let none = VpcSecurityGroupRule { ip_protocol: "tpc".into(), ..configured() };
    assert!(refused(none).contains("no protocol"));
    let open = VpcSecurityGroupRule { cidr_ipv4: Attr::Unknown, ..configured() };
    assert_eq!(refused(open), "");
}
