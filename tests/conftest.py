"""What no test may see: credentials, settings and a CI system of the machine that it happens to run on.

Nor may one depend on the machine's speed or on luck: Hypothesis asks the same questions every time, without a clock.
"""

import os

from hypothesis import HealthCheck, settings

CREDENTIALS_AND_SETTINGS = ("AWS_", "BOTO_", "GIT_", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR")
SIGNS_OF_CI = ("BITBUCKET_", "BUILD", "CI", "CODEBUILD_", "GITHUB_", "GITLAB_", "JENKINS_", "TF_BUILD", "TRAVIS")
INSTEAD = {
    "AWS_ACCESS_KEY_ID": "of-no-account",
    "AWS_SECRET_ACCESS_KEY": "of-no-account",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def pytest_configure() -> None:
    if os.environ.get("CI") == "true":
        # A skip there would be a promise that nobody keeps.
        os.environ["RELEASE_TOOL_BROWSER"] = os.environ["RELEASE_TOOL_SHELLS"] = "needed"
    for name in [name for name in os.environ if name.startswith(CREDENTIALS_AND_SETTINGS + SIGNS_OF_CI)]:
        del os.environ[name]
    os.environ.update(INSTEAD)
    settings.register_profile("anywhere", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("anywhere")
