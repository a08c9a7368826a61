"""The emulator end to end: a process, a port, and boto3 as people use it."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.unit.emulator.emulator_worlds import CREATE_FUNCTION, CREATE_PROVIDER, ROLE


class Emulator:
    """A running emulator and its clients."""

    def __init__(self, printed):
        self.environment = dict(re.findall(r"^export (\w+)=(.*)$", printed, re.MULTILINE))
        self.url = self.environment["AWS_ENDPOINT_URL"]

    def client(self, service, key=None, secret=None, token=None):
        """A client of boto3; the administrator's unless a key is given."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key or self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or self.environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def admin(self, path, **asked):
        """The answer of the admin API; a member makes it a POST."""
        body = json.dumps(asked).encode() if asked else None
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.url}/_lmisim/{path}", body, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@contextmanager
def running(*options, stop=signal.SIGTERM):
    """An emulator in a process of its own, on a free port."""
    command = [sys.executable, "-m", "sim.cli", "serve", "--port", "0", *map(str, options)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    printed = ""
    try:
        for line in process.stderr:
            printed += line
            if line == "Ready.\n":
                break
        assert "Ready." in printed, printed
        yield Emulator(printed)
    finally:
        process.send_signal(stop)
        process.wait(20)
        process.stderr.close()


@pytest.fixture(scope="module")
def emulator():
    """One emulator for the tests that leave each other alone."""
    with running() as started:
        yield started


def create(lambda_client):
    """A provider that is Active."""
    made = lambda_client.create_capacity_provider(**CREATE_PROVIDER)
    assert made["CapacityProvider"]["State"] == "Pending"
    states = []
    while not states or states[-1] == "Pending":
        got = lambda_client.get_capacity_provider(CapacityProviderName="web")
        states.append(got["CapacityProvider"]["State"])
    assert states[-1] == "Active"


def publish(lambda_client):
    """A function on it whose first version is Active, by boto3's own waiter."""
    lambda_client.create_function(**CREATE_FUNCTION)
    waiter = lambda_client.get_waiter("published_version_active")
    waiter.wait(FunctionName="site", Qualifier="1", WaiterConfig={"Delay": 0})


def code_of(call, **arguments):
    """The code of the error that a call ends in."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_the_story_of_a_provider_from_its_creation_to_its_end():
    """Instances come by the operator role, serve, are protected, and go with their provider."""
    with running() as emulator:
        client, ec2, iam = (emulator.client(name) for name in ("lambda", "ec2", "iam"))
        create(client)
        publish(client)
        reservations = ec2.describe_instances(IncludeManagedResources=True)["Reservations"]
        instances = [one for r in reservations for one in r["Instances"]]
        assert len(instances) == 3
        assert {one["Operator"]["Principal"] for one in instances} == {
            "scaler.lambda.amazonaws.com"
        }
        answer = client.invoke(FunctionName="site", Qualifier="1", Payload=b'{"a": 1}')
        assert (answer["StatusCode"], answer["Payload"].read()) == (200, b'{"a": 1}')
        ids = [one["InstanceId"] for one in instances]
        assert code_of(ec2.terminate_instances, InstanceIds=ids) == "UnauthorizedOperation"
        delete = client.delete_capacity_provider
        assert code_of(delete, CapacityProviderName="web") == "ResourceConflictException"
        linked = "AWSServiceRoleForLambda"
        assert iam.get_role(RoleName=linked)["Role"]["Path"].startswith("/aws-service-role/")
        client.delete_function(FunctionName="site")
        emulator.admin("clock", advance_s=1200)
        seen = ec2.describe_instances(InstanceIds=ids, IncludeManagedResources=True)
        states = {one["State"]["Name"] for r in seen["Reservations"] for one in r["Instances"]}
        assert states == {"terminated"}
        delete(CapacityProviderName="web")
        emulator.admin("clock", advance_s=1200)
        gone = code_of(client.get_capacity_provider, CapacityProviderName="web")
        assert gone == "ResourceNotFoundException"


def test_who_may_not_is_told_so_by_every_service(emulator):
    """A user of few rights; a wrong secret; a key that nobody has."""
    iam = emulator.client("iam")
    iam.create_user(UserName="guest")
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    guest = (key["AccessKeyId"], key["SecretAccessKey"])
    emulator.admin("clock", advance_s=60)
    assert code_of(emulator.client("lambda", *guest).list_functions) == "AccessDeniedException"
    assert code_of(emulator.client("iam", *guest).list_users) == "AccessDenied"
    assert code_of(emulator.client("ec2", *guest).describe_vpcs) == "UnauthorizedOperation"
    assert code_of(emulator.client("logs", *guest).describe_log_groups) == "AccessDeniedException"
    assert emulator.client("sts", *guest).get_caller_identity()["Arn"].endswith("user/guest")
    wrong = (key["AccessKeyId"], "wrong")
    assert code_of(emulator.client("lambda", *wrong).list_functions) == "InvalidSignatureException"
    assert code_of(emulator.client("iam", *wrong).list_users) == "SignatureDoesNotMatch"
    assert code_of(emulator.client("ec2", *wrong).describe_vpcs) == "AuthFailure"
    unknown = ("AKIAUNKNOWN", "secret")
    listed = emulator.client("lambda", *unknown).list_functions
    assert code_of(listed) == "UnrecognizedClientException"
    assert code_of(emulator.client("sts", *unknown).get_caller_identity) == "InvalidClientTokenId"


def test_a_role_is_assumed_with_credentials_that_sign(emulator):
    """The session is who it says, for as long as the wall says."""
    iam, sts = emulator.client("iam"), emulator.client("sts")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
        ],
    }
    iam.create_role(RoleName="Auditor", AssumeRolePolicyDocument=json.dumps(trust))
    emulator.admin("clock", advance_s=60)
    given = sts.assume_role(RoleArn=f"{ROLE}Auditor", RoleSessionName="me")["Credentials"]
    keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    arn = emulator.client("sts", *keys).get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::000000000000:assumed-role/Auditor/me"


def test_one_of_many_clients_creates_a_name(emulator):
    """Sixteen at once: one wins, the others are told; nothing is lost on the way."""

    def attempt(number):
        client = emulator.client("iam")
        try:
            client.create_user(UserName="the-one")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "won"

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(attempt, range(16)))
    assert sorted(outcomes) == ["EntityAlreadyExists"] * 15 + ["won"]


def test_a_kept_world_survives_a_killed_process(tmp_path):
    """`kill -9`, a new process, and the provider with its instances is there again."""
    with running("--state", tmp_path, stop=signal.SIGKILL) as emulator:
        client = emulator.client("lambda")
        create(client)
        publish(client)
        before = client.get_function_configuration(FunctionName="site", Qualifier="1")
    with running("--state", tmp_path) as emulator:
        again = emulator.client("lambda")
        after = again.get_function_configuration(FunctionName="site", Qualifier="1")
        assert after["RevisionId"] == before["RevisionId"]
        assert after["State"] == "Active"
        instances = emulator.client("ec2").describe_instances(IncludeManagedResources=True)
        assert sum(len(r["Instances"]) for r in instances["Reservations"]) == 3


def test_without_iam_anybody_may_do_anything():
    """No signature is looked at."""
    with running("--iam", "off") as emulator:
        client = emulator.client("lambda", "test", "test")
        assert client.list_functions()["Functions"] == []


def test_with_soft_iam_denials_are_told_and_not_enforced():
    """The call succeeds, and the decision stands among the denied ones."""
    with running("--iam", "soft") as emulator:
        iam = emulator.client("iam")
        iam.create_user(UserName="guest")
        key = iam.create_access_key(UserName="guest")["AccessKey"]
        guest = emulator.client("lambda", key["AccessKeyId"], key["SecretAccessKey"])
        guest.list_functions()
        denied = emulator.admin("decisions?result=ImplicitlyDenied")["decisions"]
        assert denied[-1]["action"] == "lambda:ListFunctions"
        assert denied[-1]["principal_arn"].endswith("user/guest")


def test_what_is_not_there_is_named_and_counted(emulator):
    """The client sees an error of AWS's kind; the admin API counts it."""
    s3_like = emulator.client("lambda").list_layers
    assert code_of(s3_like) == "UnknownOperationException"
    assert emulator.admin("unsupported")["operations"]["lambda:ListLayers"] == 1
