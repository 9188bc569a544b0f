//! What is known of error codes: what they mean, and what a user can do.

/// Codes that do not follow the usual forms.
const NOT_FOUND: [&str; 12] = [
    "NoSuchEntity",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchVersion",
    "404",
    "NotFound",
    "NotFoundException",
    "ResourceNotFoundException",
    "ResourceNotFound",
    "ParameterNotFound",
    "TargetGroupNotFound",
    "InvalidDBSnapshotIdentifier",
];

const THROTTLED: [&str; 13] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "SlowDown",
    "EC2ThrottledException",
];

const DENIED: [&str; 9] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "UnauthorizedAccess",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "AuthFailure",
    "Client.UnauthorizedOperation",
];

const EXPIRED: [&str; 4] =
    ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

const BAD_CREDENTIALS: [&str; 7] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "MissingAuthenticationToken",
    "IncompleteSignature",
];

const INVALID: [&str; 8] = [
    "InvalidParameterValue",
    "InvalidParameterCombination",
    "InvalidParameter",
    "InvalidParameterException",
    "InvalidConfigurationRequest",
    "ValidationError",
    "ValidationException",
    "MalformedPolicyDocument",
];

pub(super) fn means_not_found(code: &str) -> bool {
    // What a code ends with tells: InvalidVpcID.NotFound, DBInstanceNotFoundFault, …
    NOT_FOUND.contains(&code)
        || code.ends_with(".NotFound")
        || code.ends_with("NotFound")
        || code.ends_with("NotFoundFault")
        || code.ends_with("NotFoundException")
}

pub(super) fn means_throttled(code: &str) -> bool {
    THROTTLED.contains(&code)
}

pub(super) fn means_denied(code: &str) -> bool {
    DENIED.contains(&code)
}

/// Of requests without an answer.
pub(super) const UNANSWERED: &str = "No answer came, so it is not known whether the service carried the request out. Run the \
     command again: what exists by then is found or adopted wherever the service allows it.";

/// What to do about a request that could not be sent.
pub(super) fn of_unsent(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    if message.contains("certificate") {
        return Some(
            "The service is not who it says, or its certificate is from an authority that this \
             machine does not know. If that is as it should be, name the authority's certificate in \
             \"custom_ca_bundle\" in the provider block or AWS_CA_BUNDLE in the environment.",
        );
    }
    if message.contains("credential") || message.contains("identity") {
        return Some(
            "No usable credentials were found. Name them in the provider block (access_key and \
             secret_key, profile, assume_role, …), or in the environment (AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, AWS_PROFILE, …).",
        );
    }
    if message.contains("refused") || message.contains("dns error") {
        return Some(
            "The service could not be reached. Check the region, the \"endpoints\" of the provider \
             block, AWS_ENDPOINT_URL and the proxy settings.",
        );
    }
    None
}

pub(super) fn of_code(code: &str) -> Option<&'static str> {
    if means_denied(code) {
        return Some(
            "The credentials in use may not do this. Allow the action in the IAM policies of the \
             user or role (and look at permissions boundaries, service control policies and the \
             resource's own policy), or use other credentials.",
        );
    }
    if EXPIRED.contains(&code) {
        return Some(
            "The session of the credentials is over. Get new ones (for example with \
             \"aws sso login\") and run the command again. If they are new, check this \
             machine's clock.",
        );
    }
    if BAD_CREDENTIALS.contains(&code) {
        return Some(
            "The service does not accept the credentials. Check the access key, the secret key \
             and the session token, and that they are of the partition of the region.",
        );
    }
    if means_throttled(code) {
        return Some(
            "The account makes more requests than the service allows. They were repeated for \
             some time. Run the command again later, lower -parallelism, or raise max_retries in \
             the provider block.",
        );
    }
    if code.ends_with("LimitExceeded")
        || code.ends_with("LimitExceededException")
        || code.ends_with("LimitExceededFault")
        || code.contains("QuotaExceeded")
        || code.starts_with("TooMany")
        || code == "VcpuLimitExceeded"
    {
        return Some(
            "A quota of the account is used up. Delete what is not needed any more, or ask for a \
             higher quota in the Service Quotas console, for this region.",
        );
    }
    if INVALID.contains(&code) {
        return Some(
            "The service does not take a value of the configuration; its message says which. \
             Correct it and run the command again.",
        );
    }
    of_particular(code)
}

fn of_particular(code: &str) -> Option<&'static str> {
    Some(match code {
        "DependencyViolation"
        | "DeleteConflict"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "ResourceInUseFault" => {
            "Something else still uses the object, perhaps something that this configuration does \
             not manage. Remove that first; what the service uses itself (network interfaces of \
             load balancers and functions, for example) goes some minutes after its owner."
        }
        "InsufficientInstanceCapacity"
        | "InsufficientDBInstanceCapacity"
        | "InsufficientHostCapacity" => {
            "The service has no such capacity there at the moment. Try another instance type or \
             another availability zone, or try again later."
        }
        "OptInRequired" | "SubscriptionRequiredException" => {
            "The account has not subscribed to the service or the image. Do so in the console, \
             then run the command again."
        }
        "InvalidAMIID.NotFound" => {
            "Images are of one region each. Check that the image is of the provider's region and \
             shared with this account."
        }
        "BucketAlreadyExists" => {
            "Bucket names are unique over all accounts, and another account has this one. Choose \
             another name."
        }
        "BucketAlreadyOwnedByYou"
        | "EntityAlreadyExists"
        | "ResourceAlreadyExistsException"
        | "AlreadyExists"
        | "AlreadyExistsFault"
        | "InvalidGroup.Duplicate"
        | "DBInstanceAlreadyExists"
        | "DuplicateLoadBalancerName"
        | "DuplicateTargetGroupName" => {
            "There is an object of this name already. Choose another name, or take the object \
             over with an import block."
        }
        "PendingVerification" => {
            "AWS is still checking the account for the region. It writes a message when it is \
             done."
        }
        _ => return None,
    })
}

/// The name of a service as its own documentation writes it.
pub(super) fn service_name(module: &str) -> &str {
    match module {
        "acm" => "ACM",
        "autoscaling" => "Auto Scaling",
        "cloudwatch" => "CloudWatch",
        "cloudwatchlogs" => "CloudWatch Logs",
        "dynamodb" => "DynamoDB",
        "ec2" => "EC2",
        "elasticloadbalancingv2" => "Elastic Load Balancing v2",
        "iam" => "IAM",
        "kms" => "KMS",
        "rds" => "RDS",
        "s3" => "S3",
        "sns" => "SNS",
        "ssm" => "SSM",
        "sts" => "STS",
        other => other,
    }
}
