"""AWS's service models, as botocore has them: each is read when somebody first asks for it."""

from functools import cache
from typing import Final

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

SIGNING_NAMES: Final = {
    "lambda": "lambda",
    "iam": "iam",
    "sts": "sts",
    "organizations": "organizations",
    "ec2": "ec2",
    "monitoring": "cloudwatch",
    "logs": "logs",
    "cloudtrail": "cloudtrail",
}
"""Services of the emulator by the name that stands in the scope of a signature."""

TARGET_PREFIXES: Final = {
    "AWSOrganizationsV20161128": "organizations",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Logs_20140328": "logs",
    "CloudTrail_20131101": "cloudtrail",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
}
"""Services by what stands before the operation in `X-Amz-Target`."""

FORM_VERSIONS: Final = {
    "2010-05-08": "iam",
    "2011-06-15": "sts",
    "2016-11-15": "ec2",
    "2010-08-01": "cloudwatch",
}
"""Services by the `Version` of a form."""


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service of the emulator."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_model(service: str, name: str) -> OperationModel | None:
    """The model of an operation; None if AWS has none of that name."""
    model = service_model(service)
    return model.operation_model(name) if name in _names(service) else None


@cache
def _names(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)
