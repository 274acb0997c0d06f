"""Every action of moto's that is ours."""

from __future__ import annotations

from collections.abc import Mapping

from moto.core.responses import BaseResponse
from moto.dynamodb.responses import DynamoHandler
from moto.ecr.responses import ECRResponse
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.responses import IamResponse
from moto.ssm.responses import SimpleSystemManagerResponse

from release_tool.demo.emulated import (
    images,
    items,
    parameters,
    permissions,
    service_deployments,
    services,
    task_definitions,
    tasks,
)
from release_tool.demo.emulated.seam import Actions

OVERLAY: Mapping[type[BaseResponse], Actions] = {
    EC2ContainerServiceResponse: {
        **services.ACTIONS,
        **tasks.ACTIONS,
        **service_deployments.ACTIONS,
        **task_definitions.ACTIONS,
    },
    SimpleSystemManagerResponse: parameters.ACTIONS,
    DynamoHandler: items.ACTIONS,
    ECRResponse: images.ACTIONS,
    IamResponse: permissions.ACTIONS,
}
