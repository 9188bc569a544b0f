"""Corrections to moto 5.2.5, made on its classes when the emulator starts.

Each stands for one answer that differs from what AWS answers, and that a provider would report as
a difference, or stumble over. The list is to shrink as moto's own releases catch up.
"""

import uuid
from functools import wraps
from typing import Any


def apply() -> None:
    """Makes all corrections."""
    database_instances()
    database_replicas()
    database_clusters()
    database_groups()
    scaling_groups()
    scaling_policies()
    lifecycle_hooks()
    launch_templates()
    security_group_rules()
    subnet_networks()
    acl_entries()
    stream_tags()
    bucket_answers()
    load_balancers()
    listeners()
    certificates()


def database_instances() -> None:
    """Every database has a resource id of its own, and Performance Insights if it was asked for.

    moto gives all of them one id, by which the AWS provider then finds the wrong one.
    """
    from moto.rds.models import DBInstance

    create = DBInstance.__init__

    @wraps(create)
    def create_with_own_id(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.dbi_resource_id = resource_id()
        self.enable_performance_insights = bool(kwargs.get("enable_performance_insights"))

    DBInstance.__init__ = create_with_own_id

    # What a request says is kept under the request's name; answers are made from the answer's.
    insights = property(lambda self: bool(getattr(self, "enable_performance_insights", False)))
    DBInstance.performance_insights_enabled = insights


def database_replicas() -> None:
    """Replicas are instances of their own: as they were asked for, one of a name, promoted for good.

    moto makes a replica as a shallow copy that shares its primary's id, tags and lists.
    """
    from moto.rds.exceptions import DBInstanceAlreadyExists
    from moto.rds.models import DBInstance, RDSBackend

    replicate = RDSBackend.create_db_instance_read_replica

    @wraps(replicate)
    def replicate_apart(self: Any, db_kwargs: dict[str, Any]) -> Any:
        if db_kwargs["db_instance_identifier"] in self.databases:
            raise DBInstanceAlreadyExists()
        replica = replicate(self, db_kwargs)
        replica.dbi_resource_id = resource_id()
        replica.tags = list(db_kwargs.get("tags") or [])
        groups = db_kwargs.get("vpc_security_group_ids")
        replica.vpc_security_group_ids = list(groups or replica.vpc_security_group_ids)
        replica.enabled_cloudwatch_logs_exports = list(
            db_kwargs.get("enable_cloudwatch_logs_exports") or []
        )
        # A replica starts without backups and in one zone, whatever its primary does.
        replica.backup_retention_period = db_kwargs.get("backup_retention_period") or 0
        replica.multi_az = bool(db_kwargs.get("multi_az"))
        replica.deletion_protection = bool(db_kwargs.get("deletion_protection"))
        replica.enable_performance_insights = bool(db_kwargs.get("enable_performance_insights"))
        replica.enable_iam_database_authentication = bool(
            db_kwargs.get("enable_iam_database_authentication")
        )
        most = db_kwargs.get("max_allocated_storage")
        replica.max_allocated_storage = most or replica.allocated_storage
        return replica

    RDSBackend.create_db_instance_read_replica = replicate_apart

    def remove(self: Any, replica: Any) -> None:
        names = {replica.db_instance_identifier, replica.db_instance_arn}
        self.replicas = [name for name in self.replicas if name not in names]

    # moto looks for replicas in other regions by the wrong name.
    DBInstance.remove_replica = remove

    def source(self: Any) -> Any:
        return self.source_db_instance_identifier if self.is_replica else None

    # What was promoted, or restored from another instance, follows none.
    DBInstance.read_replica_source_db_instance_identifier = property(source)

    promote = RDSBackend.promote_read_replica

    @wraps(promote)
    def promote_for_good(self: Any, db_kwargs: dict[str, Any]) -> Any:
        replica = self.databases[db_kwargs["db_instance_identifier"]]
        source = replica.source_db_instance_identifier if replica.is_replica else None
        promoted = promote(self, db_kwargs)
        if source:
            self.find_db_from_id(source).remove_replica(promoted)
        return promoted

    RDSBackend.promote_read_replica = promote_for_good


def database_clusters() -> None:
    """There is one cluster of a name."""
    from moto.rds.exceptions import RDSClientError
    from moto.rds.models import RDSBackend

    create = RDSBackend.create_db_cluster

    @wraps(create)
    def create_one(self: Any, kwargs: dict[str, Any]) -> Any:
        if kwargs["db_cluster_identifier"] in self.clusters:
            raise RDSClientError("DBClusterAlreadyExistsFault", "DB Cluster already exists")
        return create(self, kwargs)

    RDSBackend.create_db_cluster = create_one


def resource_id() -> str:
    return f"db-{uuid.uuid4().hex[:26].upper()}"


def database_groups() -> None:
    """Subnet groups survive a change, and parameters say who set them."""
    from moto.rds.models import DBParameterGroup, RDSBackend

    modify = RDSBackend.modify_db_subnet_group

    @wraps(modify)
    def modify_and_keep(self: Any, *args: Any, **kwargs: Any) -> Any:
        group = modify(self, *args, **kwargs)
        self.subnet_groups[group.name] = group
        return group

    RDSBackend.modify_db_subnet_group = modify_and_keep

    update = DBParameterGroup.update_parameters

    @wraps(update)
    def update_as_user(self: Any, new_parameters: Any) -> None:
        update(self, new_parameters)
        for parameter in self.parameters.values():
            parameter["Source"] = "user"

    DBParameterGroup.update_parameters = update_as_user


def scaling_groups() -> None:
    """A group's name is its own, and a mixed instances policy stays until another one is given.

    moto puts a second group of a name in the first one's place, whose instances nobody finds any more.
    """
    from moto.autoscaling.exceptions import AutoscalingClientError
    from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup

    create = AutoScalingBackend.create_auto_scaling_group

    @wraps(create)
    def create_once(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if name in self.autoscaling_groups:
            raise AutoscalingClientError(
                "AlreadyExists",
                "AutoScalingGroup by this name already exists - "
                f"A group with the name {name} already exists",
            )
        return create(self, name, *args, **kwargs)

    AutoScalingBackend.create_auto_scaling_group = create_once

    update = FakeAutoScalingGroup.update

    @wraps(update)
    def update_and_keep(self: Any, *args: Any, **kwargs: Any) -> None:
        policy = self.mixed_instances_policy
        update(self, *args, **kwargs)
        launches = ("launch_config_name", "launch_template", "mixed_instances_policy")
        if not any(kwargs.get(name) for name in launches):
            self.mixed_instances_policy = policy

    FakeAutoScalingGroup.update = update_and_keep


def scaling_policies() -> None:
    """Policies are enabled, and have a predictive configuration only if one was given."""
    from moto.autoscaling.models import FakeScalingPolicy

    create = FakeScalingPolicy.__init__

    @wraps(create)
    def create_enabled(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.enabled = True
        self.predictive_scaling_configuration = self.predictive_scaling_configuration or None

    FakeScalingPolicy.__init__ = create_enabled


def lifecycle_hooks() -> None:
    """Hooks have no role and no target that nobody gave them."""
    from moto.autoscaling.models import LifecycleHook

    create = LifecycleHook.__init__

    @wraps(create)
    def create_without_target(self: Any, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        self.role_arn = None
        self.notification_target_arn = None

    LifecycleHook.__init__ = create_without_target


def launch_templates() -> None:
    """A template's own tags are not part of what it launches, and later changes to them are seen."""
    from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

    LaunchTemplate.tags = property(
        lambda self: self.get_tags(),
        # The constructor assigns what it has just stored.
        lambda self, value: None,
    )

    create = LaunchTemplateVersion.__init__

    @wraps(create)
    def create_without_own_tags(
        self: Any, template: Any, number: int, data: dict[str, Any], description: str
    ) -> None:
        if "TagSpecifications" in data:
            launched = [
                specification
                for specification in data["TagSpecifications"]
                if specification.get("ResourceType") != "launch-template"
            ]
            if launched:
                data["TagSpecifications"] = launched
            else:
                del data["TagSpecifications"]
        create(self, template, number, data, description)

    LaunchTemplateVersion.__init__ = create_without_own_tags


def security_group_rules() -> None:
    """Rules for the members of another group tell their descriptions too."""
    from moto.ec2.models.security_groups import SecurityGroupRule

    def description(self: Any) -> Any:
        return self.ip_range.get("Description") or self.source_group.get("Description")

    SecurityGroupRule.description = property(description)


def subnet_networks() -> None:
    """The state of a subnet's IPv6 network is a text. moto answers with one object too many."""
    from moto.ec2.models.subnets import Subnet

    def associations(self: Any) -> list[dict[str, Any]]:
        there = self.ipv6_cidr_block_associations.values()
        return [
            {
                "ipv6CidrBlock": one["ipv6CidrBlock"],
                "associationId": one["associationId"],
                "ipv6CidrBlockState": {"state": one["ipv6CidrBlockState"]["State"]},
            }
            for one in there
            if one["ipv6CidrBlockState"]["State"] == "associated"
        ]

    Subnet.ipv6_cidr_block_association_set = property(associations)


def acl_entries() -> None:
    """Entries of network ACLs have the ICMP type and code that they were made with. moto looks for
    them under another name.
    """
    from moto.ec2.responses.network_acls import NetworkACLs

    names = {"Icmp.Code": "IcmpTypeCode.Code", "Icmp.Type": "IcmpTypeCode.Type"}
    param = NetworkACLs._get_param

    def param_by_its_name(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return param(self, names.get(name, name), *args, **kwargs)

    NetworkACLs._get_param = param_by_its_name


def stream_tags() -> None:
    """Streams take the tags that they are created with."""
    from moto.kinesis.responses import KinesisResponse

    create = KinesisResponse.create_stream

    @wraps(create)
    def create_with_tags(self: Any) -> Any:
        answer = create(self)
        tags = self._get_param("Tags")
        if tags:
            self.kinesis_backend.add_tags_to_stream(
                stream_arn=None, stream_name=self._get_param("StreamName"), tags=tags
            )
        return answer

    KinesisResponse.create_stream = create_with_tags


def bucket_answers() -> None:
    """Answers of S3 have the root elements that they have at AWS, and a bucket tells who pays.

    Clients in Rust look at the root. moto names most after the operation, and answers the question
    for the payer with a list of objects.
    """
    from moto.core.serialize import S3Serializer
    from moto.s3.responses import S3Response

    roots = {
        "DeleteObjects": "DeleteResult",
        "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
        "GetBucketAcl": "AccessControlPolicy",
        "GetBucketCors": "CORSConfiguration",
        "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
        "GetBucketLogging": "BucketLoggingStatus",
        "GetBucketNotification": "NotificationConfiguration",
        "GetBucketNotificationConfiguration": "NotificationConfiguration",
        "GetBucketTagging": "Tagging",
        "GetBucketVersioning": "VersioningConfiguration",
        "GetBucketWebsite": "WebsiteConfiguration",
        "GetObjectAcl": "AccessControlPolicy",
        "GetObjectTagging": "Tagging",
        "ListObjectVersions": "ListVersionsResult",
    }
    serialize = S3Serializer._serialized_result_to_response

    @wraps(serialize)
    def serialize_with_root(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = serialize(self, *args, **kwargs)
        operation = str(self.operation_model.name)
        root, body = roots.get(operation), answer.get("body")
        if root and isinstance(body, str):
            for bracket in ("<", "</"):
                body = body.replace(f"{bracket}{operation}Response", f"{bracket}{root}")
            answer["body"] = body
        return answer

    S3Serializer._serialized_result_to_response = serialize_with_root

    get = S3Response._bucket_response_get

    @wraps(get)
    def get_with_payer(self: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "requestPayment" not in querystring:
            return get(self, bucket_name, querystring)
        self.backend.head_bucket(bucket_name)
        namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        return 200, {"Content-Type": "application/xml"}, (
            f'<RequestPaymentConfiguration xmlns="{namespace}"><Payer>BucketOwner</Payer>'
            "</RequestPaymentConfiguration>"
        )

    S3Response._bucket_response_get = get_with_payer


def load_balancers() -> None:
    """A name is of one load balancer, and ARNs tell the kind.

    moto makes a second one of the same name, and takes all of them for application load balancers.
    """
    from moto.elbv2.exceptions import DuplicateLoadBalancerName
    from moto.elbv2.models import ELBv2Backend

    create = ELBv2Backend.create_load_balancer

    @wraps(create)
    def create_of_kind(self: Any, *args: Any, **kwargs: Any) -> Any:
        if any(balancer.name == kwargs.get("name") for balancer in self.load_balancers.values()):
            raise DuplicateLoadBalancerName()
        balancer = create(self, *args, **kwargs)
        kind = {"network": "net", "gateway": "gwy"}.get(balancer.type)
        if kind is not None:
            arn = balancer.arn
            balancer.arn = arn.replace(":loadbalancer/app/", f":loadbalancer/{kind}/")
            self.load_balancers[balancer.arn] = self.load_balancers.pop(arn)
            tags = self.tagging_service.list_tags_for_resource(arn)["Tags"]
            self.tagging_service.delete_all_tags_for_resource(arn)
            self.tagging_service.tag_resource(balancer.arn, tags)
        return balancer

    ELBv2Backend.create_load_balancer = create_of_kind


def listeners() -> None:
    """A port is of one listener. When that is changed, it keeps its further certificates, and it may
    speak whatever listeners speak.
    """
    from moto.elbv2.exceptions import DuplicateListenerError
    from moto.elbv2.models import ELBv2Backend

    create = ELBv2Backend.create_listener

    @wraps(create)
    def create_on_port(self: Any, load_balancer_arn: str, *args: Any, **kwargs: Any) -> Any:
        balancer = self.load_balancers.get(load_balancer_arn)
        taken = [listener.port for listener in balancer.listeners.values()] if balancer else []
        if kwargs.get("port") in taken:
            raise DuplicateListenerError()
        return create(self, load_balancer_arn, *args, **kwargs)

    ELBv2Backend.create_listener = create_on_port

    modify = ELBv2Backend.modify_listener

    @wraps(modify)
    def modify_and_keep(
        self: Any, arn: str, port: Any = None, protocol: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        before = self.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]
        further = list(before.certificates[1:])
        known = protocol if protocol in (None, "HTTP", "HTTPS", "TCP") else None
        listener = modify(self, arn, port, known, *args, **kwargs)
        listener.protocol = protocol or listener.protocol
        listener.certificates = [*listener.certificates[:1], *further]
        return listener

    ELBv2Backend.modify_listener = modify_and_keep


def certificates() -> None:
    """A certificate that is imported again keeps its tags."""
    from moto.acm.models import AWSCertificateManagerBackend

    load = AWSCertificateManagerBackend.import_certificate

    @wraps(load)
    def load_with_tags(self: Any, *args: Any, **kwargs: Any) -> str:
        given = [value for value in [*args, *kwargs.values()] if isinstance(value, str)]
        before = next((self._certificates[arn] for arn in given if arn in self._certificates), None)
        arn = load(self, *args, **kwargs)
        if before is not None:
            self._certificates[arn].tags = before.tags
        return str(arn)

    AWSCertificateManagerBackend.import_certificate = load_with_tags
