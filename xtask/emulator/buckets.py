"""Buckets on the emulator: made, and looked into.

    buckets.py ADDRESS make BUCKET           makes a versioned bucket
    buckets.py ADDRESS list BUCKET           prints every object with its versions
    buckets.py ADDRESS last BUCKET KEY       prints an object as it was last, though it be deleted
"""

import sys
from typing import Any


def client(address: str) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        # The emulator takes any credentials; these say what they are.
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )


def make(s3: Any, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def show(s3: Any, bucket: str) -> None:
    answer = s3.list_object_versions(Bucket=bucket)
    latest = {v["Key"]: v for v in answer.get("Versions", []) if v["IsLatest"]}
    for key, version in sorted(latest.items()):
        count = sum(1 for v in answer["Versions"] if v["Key"] == key)
        print(f"s3://{bucket}/{key}  {version['Size']} bytes, {count} versions")
    gone = {marker["Key"] for marker in answer.get("DeleteMarkers", []) if marker["IsLatest"]}
    for key in sorted(gone):
        print(f"s3://{bucket}/{key}  deleted")


def last(s3: Any, bucket: str, key: str) -> int:
    answer = s3.list_object_versions(Bucket=bucket, Prefix=key)
    versions = [v for v in answer.get("Versions", []) if v["Key"] == key]
    if not versions:
        print(f"there was never an object s3://{bucket}/{key}", file=sys.stderr)
        return 1
    # The versions are in the order of their making, the latest first.
    version = versions[0]["VersionId"]
    print(s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read().decode())
    return 0


def main() -> int:
    address, verb, bucket, *rest = sys.argv[1:]
    s3 = client(address)
    if verb == "make":
        make(s3, bucket)
    elif verb == "list":
        show(s3, bucket)
    elif verb == "last":
        return last(s3, bucket, rest[0])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
