"""Sessions for tests: a fresh account, a wall that stands still until somebody moves it."""

from datetime import UTC, datetime

from sim.emulator.clock import parse_pace
from sim.emulator.session import IamMode, Session, Settings
from sim.emulator.worlds import scenario_of_emulator
from sim.model.api_results import ApiSuccess

STARTED_S = 1_800_000_000.0
ROLE = "arn:aws:iam::000000000000:role/"
PROVIDER_ARN = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:web"
CREATE_PROVIDER = {
    "CapacityProviderName": "web",
    "VpcConfig": {
        "SubnetIds": ["subnet-a", "subnet-b", "subnet-c"],
        "SecurityGroupIds": ["sg-default"],
    },
    "PermissionsConfig": {"CapacityProviderOperatorRoleArn": f"{ROLE}LambdaOperatorRole"},
}
CREATE_FUNCTION = {
    "FunctionName": "site",
    "Role": f"{ROLE}ExecutionRole",
    "Runtime": "python3.13",
    "Handler": "site.handler",
    "Code": {"ZipFile": b"PK\x03\x04"},
    "MemorySize": 2048,
    "CapacityProviderConfig": {
        "LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": PROVIDER_ARN}
    },
    "Publish": True,
}
GET_PROVIDER = {"CapacityProviderName": "web"}
GET_VERSION = {"FunctionName": "site", "Qualifier": "1"}


class Wall:
    """A wall's clock that is moved by hand."""

    def __init__(self):
        self.now_s = STARTED_S

    def __call__(self):
        """Seconds since the Unix epoch."""
        return self.now_s


def a_scenario():
    """The fresh account's, from the time of the wall on."""
    return scenario_of_emulator(None, now=datetime.fromtimestamp(STARTED_S, UTC))


def a_session(clock="settle", iam=IamMode.ENFORCE, **others):
    """A session and its wall."""
    wall = others.pop("wall", None) or Wall()
    settings = Settings(pace=parse_pace(clock), iam=iam)
    return Session(a_scenario(), settings, wall_s=wall, **others), wall


def granted(answer):
    """The output of a successful answer."""
    assert isinstance(answer, ApiSuccess), answer
    return answer.output


def provider_state(session, **options):
    """The state that a look shows."""
    answer = session.call("lambda:GetCapacityProvider", "", GET_PROVIDER, **options)
    return granted(answer)["CapacityProvider"]["State"]


def version_state(session):
    """The state that a look at the first version shows."""
    return granted(session.call("lambda:GetFunctionConfiguration", "", GET_VERSION))["State"]
