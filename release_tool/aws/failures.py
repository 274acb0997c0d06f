"""AWS's errors as sentences: the action, the resource, and the next step. The one place that translates them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from release_tool.errors import AskedWrongly, AwsRefused, CouldNot, ReleaseToolError

NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.ProfileNotFound,
    aws.TokenRetrievalError,
    aws.SSOError,
    aws.LoginError,
)
UNREACHABLE = (
    aws.EndpointConnectionError,
    aws.ConnectionError,
    aws.HTTPClientError,
    aws.ConnectionClosedError,
)
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
NOT_ACCEPTED = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
}
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "Forbidden",
    "403",
    "KMSAccessDeniedException",
}
THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyUpdates",
    "ProvisionedThroughputExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "TransactionInProgressException",
    "BandwidthLimitExceeded",
}


@contextmanager
def translated(action: str, resource: str) -> Iterator[None]:
    """Run one request; what botocore raises becomes a sentence such as `could not update the service web: …`.

    `action` is what was meant to happen, as a verb phrase; `resource` the thing that it was meant to happen to.
    """
    try:
        yield
    except (aws.BotoCoreError, aws.ClientError, ResponseParserError) as error:
        raise translation(error, action, resource) from error


def translation(error: Exception, action: str, resource: str) -> ReleaseToolError:
    could_not = f"could not {action} {resource}"
    if isinstance(error, NO_CREDENTIALS):
        return AwsRefused(
            f"{could_not}: AWS credentials: {_sentence(error)}",
            next="sign in (aws sso login, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), then try again",
        )
    if isinstance(error, aws.NoRegionError):
        return AskedWrongly(
            "no AWS region is known", next="set `aws_region_name` in the manifest, or AWS_DEFAULT_REGION"
        )
    if isinstance(error, UNREACHABLE):
        return CouldNot(
            f"{could_not}: AWS could not be reached: {_sentence(error)}",
            next="check the network, the region and AWS_ENDPOINT_URL, then run the same command again",
        )
    if isinstance(error, aws.ClientError):
        return _of_code(error, could_not)
    if isinstance(error, ResponseParserError):
        return CouldNot(
            f"{could_not}: what answered is not AWS", next="check AWS_ENDPOINT_URL and the proxy in between"
        )
    return CouldNot(f"{could_not}: {_sentence(error)}")


def _of_code(error: aws.ClientError, could_not: str) -> ReleaseToolError:
    code, message = error_code(error), error.response.get("Error", {}).get("Message") or "no further words"
    if message.lstrip().lower().startswith(("<!doctype", "<html")):
        return CouldNot(
            f"{could_not}: a web page was the answer ({code}), which is not how AWS answers",
            next="run the same command again; if it stays so, check AWS_ENDPOINT_URL and the proxy in between",
        )
    if code in EXPIRED:
        return AwsRefused(
            f"{could_not}: the AWS credentials have expired", next="sign in again, then run the same command again"
        )
    if code in NOT_ACCEPTED:
        return AwsRefused(
            f"{could_not}: AWS does not accept these credentials ({code})",
            next="check which profile or keys are in use: aws sts get-caller-identity",
        )
    if code in DENIED:
        return AwsRefused(
            f"{could_not}: not permitted: {message}",
            next=f"allow {permission(error)} to this identity, or use another",
        )
    if code in THROTTLED:
        return CouldNot(
            f"{could_not}: AWS kept throttling the call ({code})", next="run the same command again in a minute"
        )
    return CouldNot(f"{could_not}: {message} ({code})")


def error_code(error: aws.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_throttle(error: Exception) -> bool:
    return isinstance(error, aws.ClientError) and error_code(error) in THROTTLED


def is_lost_answer(error: Exception) -> bool:
    """Whether the call may have acted although it failed: no answer, or an answer of AWS's own trouble."""
    if isinstance(error, aws.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return bool(status >= 500) and not is_throttle(error)
    return isinstance(error, UNREACHABLE)


def permission(error: aws.ClientError) -> str:
    """The IAM action behind an operation, as a policy spells it."""
    message = error.response.get("Error", {}).get("Message") or ""
    if "perform: " in message:
        return message.split("perform: ", 1)[1].split()[0]
    return str(error.operation_name)


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
