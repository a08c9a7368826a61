"""The wire: what AWS's own client writes is read, and what is written AWS's own client reads."""

from dataclasses import replace

import cbor2
import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from wire_values import Chance, a_value, sent

from sim.controlplane.door import OPERATIONS
from sim.emulator.http_messages import HttpRequest
from sim.emulator.wire.errors import error_answer, unknown_answer
from sim.emulator.wire.models import service_model
from sim.emulator.wire.parsing import parsed_input
from sim.emulator.wire.recognition import Meant, Unknown, recognized
from sim.emulator.wire.serializing import success_answer
from sim.model.api_results import ApiError

CASES = 8
BOTH = [(name, None) for name in OPERATIONS] + [
    (name, protocol)
    for name in OPERATIONS
    if name.startswith("cloudwatch:")
    for protocol in ("json", "query")
]
"""Every operation in the protocol that clients prefer, and CloudWatch's in all of theirs."""


def read_back(answer, meant):
    """What botocore reads from an answer."""
    response = {
        "status_code": answer.status,
        "headers": HeadersDict(answer.headers),
        "body": answer.body,
        "context": {},
    }
    return create_parser(meant.protocol.value).parse(response, meant.model.output_shape)


def a_meant(operation, protocol=None):
    """An operation as it is recognised in a request with nothing in it but what is required."""
    service, name = operation.split(":")
    shape = service_model(service).operation_model(name).input_shape
    value = a_value(shape, Chance(operation)) if shape else {}
    meant = recognized(sent(service, name, value, protocol))
    assert isinstance(meant, Meant), meant
    return meant


@pytest.mark.parametrize(("operation", "protocol"), BOTH)
def test_what_the_client_writes_is_read(operation, protocol):
    """Random inputs arrive member by member, under the name of their operation."""
    service, name = operation.split(":")
    shape = service_model(service).operation_model(name).input_shape
    for case in range(CASES):
        value = a_value(shape, Chance(f"{operation} {case}")) if shape else {}
        request = sent(service, name, value, protocol)
        meant = recognized(request)
        assert isinstance(meant, Meant), meant
        assert meant.operation == operation
        assert parsed_input(meant, request) == value


@pytest.mark.parametrize(("operation", "protocol"), BOTH)
def test_what_is_written_the_client_reads(operation, protocol):
    """Random outputs arrive member by member."""
    meant = a_meant(operation, protocol)
    shape = meant.model.output_shape
    for case in range(CASES):
        value = a_value(shape, Chance(f"{operation} {case}")) if shape else {}
        payload = shape.serialization.get("payload") if shape else None
        answer = success_answer(meant, value, request_id="00000000-0000-4000-8000-000000000001")
        if payload is not None:  # how a client reads it depends on its way of streaming
            assert answer.body == value.pop(payload, b"")
            answer = replace(answer, body=b"")
        seen = read_back(answer, meant)
        metadata = seen.pop("ResponseMetadata")
        assert 200 <= metadata["HTTPStatusCode"] < 300
        if payload is not None:
            value.setdefault("StatusCode", metadata["HTTPStatusCode"])
            seen.pop(payload, None)
        assert seen == value


@pytest.mark.parametrize(("operation", "protocol"), BOTH)
def test_the_client_sees_the_code_of_every_error(operation, protocol):
    """Those that the model lists by the code that stands on the wire, and common ones."""
    meant = a_meant(operation, protocol)
    listed = [
        shape.metadata.get("error", {}).get("code") or shape.name
        for shape in meant.model.error_shapes
    ]
    for code in [*listed, "AccessDeniedException", "InternalFailure"]:
        error = ApiError(code, f"{code} <&> is what went wrong")
        answer = error_answer(meant, error, request_id="00000000-0000-4000-8000-000000000001")
        assert 400 <= answer.status < 600
        seen = read_back(answer, meant)["Error"]
        assert (seen["Code"], seen["Message"]) == (code, error.message)


def requests_of(operation):
    """A sound request of an operation."""
    service, name = operation.split(":")
    shape = service_model(service).operation_model(name).input_shape
    return sent(service, name, a_value(shape, Chance(operation)) if shape else {})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_damaged_requests_are_refused_and_never_raise(operation):
    """Bytes are changed, cut and doubled: the answer is an input, or an error of a client."""
    chance = Chance(operation)
    request = requests_of(operation)
    for _ in range(40):
        meant = recognized(damaged(request, chance))
        if isinstance(meant, Unknown):
            answer = unknown_answer(meant, request_id="1")
        else:
            read = parsed_input(meant, damaged(request, chance))
            if not isinstance(read, ApiError):
                continue
            answer = error_answer(meant, read, request_id="1")
        assert 400 <= answer.status < 500


def damaged(request, chance):
    """The request with something wrong in its path, query or body."""
    body = bytearray(request.body or b"{}")
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(body))
        match chance.randrange(3):
            case 0:
                body[place] = chance.randrange(256)
            case 1:
                body[place : place + chance.randint(1, 9)] = b""
            case _:
                body[place:place] = bytes(body[place : place + 9]) * chance.randint(1, 50)
        body = body or bytearray(b"[")
    query = request.query[: chance.randint(0, len(request.query))] if request.query else "x=%zz&=&"
    return replace(request, body=bytes(body), query=query)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b"\xff" * 100, b"NaN", b'{"x": 1e999}', b"null"]
)
@pytest.mark.parametrize(
    "target", ["Logs_20140328.GetLogEvents", "Logs_20140328.DescribeLogGroups"]
)
def test_bombs_in_json_are_refused(body, target):
    """Depth, no numbers, and what is no object."""
    request = HttpRequest("POST", "/", "", {"x-amz-target": target}, body)
    meant = recognized(request)
    read = parsed_input(meant, request)
    assert isinstance(read, ApiError) or read == {}


@pytest.mark.parametrize(
    "body",
    ["a=1&" * 30_000, "Action=DescribeVpcs&Version=2016-11-15&" + "A." * 5_000 + "x=1", "%ff=%ff"],
)
def test_bombs_in_forms_are_refused(body):
    """Too many fields, too deep ones, and bytes that are no text."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    meant = recognized(HttpRequest("POST", "/", "", headers, body.encode()))
    assert isinstance(meant, Unknown)
    assert meant.error.code in ("MalformedQueryString", "InvalidAction")


def test_an_operation_that_nobody_has_is_named():
    """By its target, its action or its path."""
    target = {"x-amz-target": "Logs_20140328.FlyToTheMoon"}
    assert recognized(HttpRequest("POST", "/", "", target, b"{}")).name == "logs:FlyToTheMoon"
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"Action=FlyToTheMoon&Version=2010-05-08"
    assert recognized(HttpRequest("POST", "/", "", form, body)).name == "iam:FlyToTheMoon"
    path = "/2015-03-31/moon"
    assert recognized(HttpRequest("GET", path, "", {}, b"")).name == f"lambda:GET {path}"


def test_xml_replaces_what_it_cannot_hold():
    """A control character in a name does not break the document."""
    meant = a_meant("ec2:DescribeVpcs")
    answer = success_answer(meant, {"Vpcs": [{"VpcId": "a\x00b\x1f"}]}, request_id="1")
    assert read_back(answer, meant)["Vpcs"] == [{"VpcId": "a�b�"}]


CBOR = {"smithy-protocol": "rpc-v2-cbor"}
LIST_METRICS = "/service/GraniteServiceVersion20100801/operation/ListMetrics"


def read_cbor(body):
    """What is read of a body of CloudWatch's."""
    request = HttpRequest("POST", LIST_METRICS, "", CBOR, body)
    return parsed_input(recognized(request), request)


def test_a_time_is_the_only_tag_of_cbor():
    """Numbers without bounds, patterns, references and tags that nobody knows are refused."""
    assert read_cbor(cbor2.dumps({"Namespace": "AWS/Lambda"})) == {"Namespace": "AWS/Lambda"}
    for number, value in ((2, b"\xff" * 9), (4, [10**9, 1]), (35, "a+"), (28, []), (70_000, 1)):
        body = cbor2.dumps({"Namespace": cbor2.CBORTag(number, value)})
        assert read_cbor(body).code == "SerializationException"


def test_a_key_that_comes_twice_in_cbor_is_refused():
    """Nobody knows which of the two was meant."""
    assert read_cbor(bytes.fromhex("a2616101616102")).code == "SerializationException"


def read_form(body):
    """How a form of EC2 is recognised."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    action = "Action=DescribeVpcs&Version=2016-11-15&"
    request = HttpRequest("POST", "/", "", headers, (action + body).encode())
    meant = recognized(request)
    return meant.error if isinstance(meant, Unknown) else parsed_input(meant, request)


@pytest.mark.parametrize(
    "body",
    ["VpcId.1=a&VpcId.1=b", "VpcId=a&VpcId.1=b", "VpcId.1=b&VpcId=a", "VpcId.1=a&VpcId.1.x=b"],
)
def test_a_parameter_that_is_given_twice_is_refused(body):
    """Nobody knows which of the two was meant."""
    assert read_form(body).code == "MalformedQueryString"


@pytest.mark.parametrize("body", ["VpcId=&VpcId.1=vpc-1", "VpcId.1=vpc-1&VpcId="])
def test_an_empty_text_beside_a_list_says_nothing(body):
    """So clients write a list that they then fill."""
    assert read_form(body) == {"VpcIds": ["vpc-1"]}
