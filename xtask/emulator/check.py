"""Checks that the emulator answers as its corrections promise.

    check.py ADDRESS

Each check works on objects of its own, so that it can run beside others, and says what is wrong.
"""

import sys
import urllib.request
import uuid
from typing import Any, Callable

import boto3
from botocore.config import Config

IMAGE = "ami-04681a1dbd79675a5"


def main() -> int:
    address = sys.argv[1]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id="emulator",
            aws_secret_access_key="emulator",
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    failures = 0
    for check in CHECKS:
        try:
            check(client, f"check-{uuid.uuid4().hex[:12]}")
            print(f"{check.__name__}: ok")
        except Exception as error:  # Whatever it is, it is what the check found.
            failures += 1
            print(f"{check.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if failures else 0


Client = Callable[[str], Any]


def equal(actual: Any, expected: Any) -> None:
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def databases_are_apart(client: Client, name: str) -> None:
    rds = client("rds")
    primary = rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        AllocatedStorage=20,
        BackupRetentionPeriod=7,
        MultiAZ=True,
        EnablePerformanceInsights=True,
        MasterUsername="app",
        MasterUserPassword="for-the-emulator",
        Tags=[{"Key": "Name", "Value": "primary"}],
    )["DBInstance"]
    replica = rds.create_db_instance_read_replica(
        DBInstanceIdentifier=f"{name}-r",
        SourceDBInstanceIdentifier=name,
        Tags=[{"Key": "Name", "Value": "replica"}],
    )["DBInstance"]
    if primary["DbiResourceId"] == replica["DbiResourceId"]:
        raise AssertionError("the replica has the primary's resource id")
    equal(replica["TagList"], [{"Key": "Name", "Value": "replica"}])
    equal(replica["BackupRetentionPeriod"], 0)
    equal(replica["MultiAZ"], False)
    equal(primary["PerformanceInsightsEnabled"], True)
    equal(replica["PerformanceInsightsEnabled"], False)
    for database in (primary, replica):
        found = rds.describe_db_instances(
            Filters=[{"Name": "dbi-resource-id", "Values": [database["DbiResourceId"]]}]
        )["DBInstances"]
        equal([d["DBInstanceIdentifier"] for d in found], [database["DBInstanceIdentifier"]])
    again = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    equal(again["TagList"], [{"Key": "Name", "Value": "primary"}])
    rds.delete_db_instance(DBInstanceIdentifier=f"{name}-r", SkipFinalSnapshot=True)
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def subnet_groups_survive_changes(client: Client, name: str) -> None:
    ec2, rds = client("ec2"), client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="before", SubnetIds=[subnet]
    )
    rds.modify_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="after", SubnetIds=[subnet]
    )
    groups = rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    equal([g["DBSubnetGroupDescription"] for g in groups], ["after"])
    rds.delete_db_subnet_group(DBSubnetGroupName=name)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def parameters_say_who_set_them(client: Client, name: str) -> None:
    rds = client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily="postgres16", Description="check"
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=name,
        Parameters=[
            {"ParameterName": "log_statement", "ParameterValue": "all", "ApplyMethod": "immediate"}
        ],
    )
    parameters = rds.describe_db_parameters(DBParameterGroupName=name)["Parameters"]
    equal([p["Source"] for p in parameters], ["user"])
    rds.delete_db_parameter_group(DBParameterGroupName=name)


def scaling_is_as_configured(client: Client, name: str) -> None:
    autoscaling = client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName=name, ImageId=IMAGE, InstanceType="t3.micro"
    )
    group = {
        "AutoScalingGroupName": name,
        "LaunchConfigurationName": name,
        "MinSize": 0,
        "MaxSize": 1,
        "AvailabilityZones": ["us-east-1a"],
    }
    autoscaling.create_auto_scaling_group(**group)
    try:
        autoscaling.create_auto_scaling_group(**group)
        raise AssertionError("a name was taken twice")
    except autoscaling.exceptions.ClientError as error:
        equal(error.response["Error"]["Code"], "AlreadyExists")
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="up",
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=2,
    )
    policy = autoscaling.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"][0]
    equal(policy["Enabled"], True)
    equal("PredictiveScalingConfiguration" in policy, False)
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=name,
        LifecycleHookName="hook",
        LifecycleTransition="autoscaling:EC2_INSTANCE_LAUNCHING",
    )
    hook = autoscaling.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"][0]
    equal("RoleARN" in hook or "NotificationTargetARN" in hook, False)
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
    autoscaling.delete_launch_configuration(LaunchConfigurationName=name)


def templates_keep_their_tags_to_themselves(client: Client, name: str) -> None:
    ec2 = client("ec2")
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "before"}]}]
    template = ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={"ImageId": IMAGE},
        TagSpecifications=tags,
    )["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_tags(Resources=[template], Tags=[{"Key": "Name", "Value": "after"}])
    seen = ec2.describe_launch_templates(LaunchTemplateIds=[template])["LaunchTemplates"][0]
    equal(seen["Tags"], [{"Key": "Name", "Value": "after"}])
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=template)
    data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    equal("TagSpecifications" in data, False)
    ec2.delete_launch_template(LaunchTemplateId=template)


def rules_tell_their_descriptions(client: Client, name: str) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName=name, Description="check", VpcId=vpc)["GroupId"]
    pair = {"GroupId": group, "Description": "among themselves"}
    rules = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
        ],
    )["SecurityGroupRules"]
    found = ec2.describe_security_group_rules(
        SecurityGroupRuleIds=[rule["SecurityGroupRuleId"] for rule in rules]
    )["SecurityGroupRules"]
    equal([rule["Description"] for rule in found], ["among themselves"])
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc(VpcId=vpc)


def streams_take_tags(client: Client, name: str) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1, Tags={"Name": name})
    tags = kinesis.list_tags_for_stream(StreamName=name)["Tags"]
    equal(tags, [{"Key": "Name", "Value": name}])
    kinesis.delete_stream(StreamName=name)


def managed_policies_are_there(client: Client, name: str) -> None:
    policy = client("iam").get_policy(PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    equal(policy["Policy"]["PolicyName"], "ReadOnlyAccess")


def what_is_there_is_told(client: Client, name: str) -> None:
    ec2 = client("ec2")

    def told() -> bool:
        with urllib.request.urlopen(f"{ec2.meta.endpoint_url}/inventory") as answer:
            return name in answer.read().decode()

    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    equal(told(), True)
    ec2.delete_vpc(VpcId=vpc)
    equal(told(), False)


def writes_can_be_conditional(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="lock", Body=b"first", IfNoneMatch="*")
    try:
        s3.put_object(Bucket=name, Key="lock", Body=b"second", IfNoneMatch="*")
    except s3.exceptions.ClientError as error:
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], 412)
    else:
        raise AssertionError("a second conditional write succeeded")
    s3.delete_object(Bucket=name, Key="lock")
    s3.delete_bucket(Bucket=name)


def buckets_answer_with_their_own_roots(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    credential = "AWS4-HMAC-SHA256 Credential=emulator/20260101/us-east-1/s3/aws4_request"
    for question, root in [
        ("versioning", "VersioningConfiguration"),
        ("accelerate", "AccelerateConfiguration"),
        ("notification", "NotificationConfiguration"),
        ("requestPayment", "RequestPaymentConfiguration"),
        ("acl", "AccessControlPolicy"),
    ]:
        request = urllib.request.Request(
            f"{s3.meta.endpoint_url}/{name}?{question}",
            headers={"Authorization": f"{credential}, SignedHeaders=host, Signature=0"},
        )
        with urllib.request.urlopen(request) as answer:
            text = answer.read().decode()
        assert f"<{root}" in text, f"{question}: {text}"
    equal(s3.get_bucket_request_payment(Bucket=name)["Payer"], "BucketOwner")
    s3.delete_bucket(Bucket=name)


CHECKS = [
    databases_are_apart,
    subnet_groups_survive_changes,
    parameters_say_who_set_them,
    scaling_is_as_configured,
    templates_keep_their_tags_to_themselves,
    rules_tell_their_descriptions,
    streams_take_tags,
    buckets_answer_with_their_own_roots,
    managed_policies_are_there,
    what_is_there_is_told,
    writes_can_be_conditional,
]

if __name__ == "__main__":
    sys.exit(main())
