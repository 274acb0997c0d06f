"""What AWS, or what stands between, answers instead of what was asked for."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from release_tool.aws.failures import translation
from release_tool.errors import CouldNot

PAGES = [
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>",
    "<html><body><b>Http/1.1 Service Unavailable</b></body></html>",
]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("code", ["500", "403"])
def test_a_web_page_for_an_answer_is_not_shown(page: str, code: str) -> None:
    """As botocore has it: the page is the message, and its status the code."""
    error = ClientError({"Error": {"Code": code, "Message": page}}, "DescribeServices")

    told = translation(error, "look at", "the ECS service web")

    assert isinstance(told, CouldNot)
    assert (
        told.message
        == f"could not look at the ECS service web: a web page was the answer ({code}), which is not how AWS answers"
    )
    assert "AWS_ENDPOINT_URL and the proxy" in str(told.next)
