"""What each user of the bucket may do, as IAM policy documents. Pure; put in place by set_up.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.objects import PUBLIC, UPLOADS

Policy = Mapping[str, Any]

_SMUGGLED = ("s3:x-amz-copy-source", "s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-storage-class")
"""Headers that a client could add to a presigned request, since no signature forbids what it does not cover: a copy of
another object, bytes encrypted with a key that we do not have, another price."""
_UNVERIFIED = {"s3:x-amz-content-sha256": "STREAMING-*"}
"""With STREAMING-UNSIGNED-PAYLOAD-TRAILER in this header and a user's name in the query, this MinIO never looks at the
signature: who knows a name may do what its policy allows. So no user of ours may stream; none of our clients does."""
_PARTS = ("s3:ListMultipartUploadParts", "s3:AbortMultipartUpload")


def signer_policy(bucket: str) -> Policy:
    """Puts of uploads. Whoever reads a signed URL can do no more than its signer: so the signer reads nothing."""
    uploads = [f"arn:aws:s3:::{bucket}/{UPLOADS}*"]
    forbidden = (
        _statement("Deny", ["s3:PutObject"], uploads, Condition={"Null": {header: "false"}}) for header in _SMUGGLED
    )
    return _policy(_statement("Allow", ["s3:PutObject"], uploads), *forbidden, _no_streaming(bucket))


def worker_policy(*buckets: str) -> Policy:
    """Everything with objects, nothing with the buckets themselves."""
    names = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    objects = [f"{name}/*" for name in names]
    return _policy(
        _statement("Allow", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", *_PARTS], objects),
        _statement("Allow", ["s3:ListBucket", "s3:ListBucketMultipartUploads"], names),
        *map(_no_streaming, buckets),
    )


def public_policy(bucket: str) -> Policy:
    """For everybody, so also for an edge: renditions can be read, and nothing can be listed."""
    everybody = {"AWS": ["*"]}
    return _policy(_statement("Allow", ["s3:GetObject"], [f"arn:aws:s3:::{bucket}/{PUBLIC}*"], Principal=everybody))


def _no_streaming(bucket: str) -> Policy:
    return _statement("Deny", ["s3:PutObject"], [f"arn:aws:s3:::{bucket}/*"], Condition={"StringLike": _UNVERIFIED})


def _policy(*statements: Policy) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(effect: str, actions: Sequence[str], resources: Sequence[str], **more: Any) -> Policy:
    return {"Effect": effect, "Action": list(actions), "Resource": list(resources), **more}
