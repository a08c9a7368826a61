"""Random values of AWS's shapes, and the messages that AWS's own client makes of them."""

from datetime import UTC, datetime
from urllib.parse import urlencode
from zlib import crc32

import numpy as np
from botocore.model import ListShape, MapShape, StructureShape
from botocore.serialize import create_serializer

from sim.emulator.http_messages import HttpRequest
from sim.emulator.wire.models import service_model

ALPHABET = "abcXYZ019-_.:/ &<>\"'=+%é世"


def a_value(shape, chance, depth=0):
    """A value of a shape that is valid on the wire; what is nested deep is small."""
    match shape:
        case StructureShape():
            if shape.is_tagged_union:
                name = chance.choice(sorted(shape.members))
                return {name: a_value(shape.members[name], chance, depth + 1)}
            return a_structure(shape, chance, depth)
        case ListShape():
            count = chance.randint(1, 2) if depth < 5 else 1
            return [a_value(shape.member, chance, depth + 1) for _ in range(count)]
        case MapShape():
            count = chance.randint(1, 2)
            keys = [f"{a_text(chance)}{number}" for number in range(count)]
            return {key: a_value(shape.value, chance, depth + 1) for key in keys}
        case _:
            return a_scalar(shape, chance)


def a_structure(shape, chance, depth):
    """Some members, and at least one: forms cannot say that there is a structure without any."""
    chosen = {
        name: member
        for name, member in shape.members.items()
        if name in shape.required_members or (depth < 5 and chance.random() < 0.7)
    }
    if not chosen and shape.members:
        plain = [n for n, m in shape.members.items() if not hasattr(m, "members")]
        name = (plain or list(shape.members))[0]
        chosen = {name: shape.members[name]}
    return {name: a_value(member, chance, depth + 1) for name, member in chosen.items()}


def a_scalar(shape, chance):
    """A value without parts."""
    if shape.serialization.get("location") == "statusCode":
        return 200 + chance.randrange(3)
    makers = {
        "boolean": lambda: chance.random() < 0.5,
        "integer": lambda: chance.randint(0, 10**6),
        "long": lambda: chance.randint(0, 10**6),
        "float": lambda: chance.randint(0, 1000) / 8,
        "double": lambda: chance.randint(0, 1000) / 8,
        "timestamp": lambda: datetime.fromtimestamp(chance.randint(1, 2 * 10**9), UTC),
        "blob": lambda: chance.randbytes(chance.randint(1, 20)),
    }
    return makers.get(shape.type_name, lambda: a_text(chance))()


def a_text(chance):
    """Some characters, such as have to be escaped somewhere."""
    text = "".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 12)))
    return f"a{text.strip()}z"


def sent(service, name, value, protocol=None):
    """The request that botocore makes of an input."""
    model = service_model(service)
    serializer = create_serializer(protocol or model.protocol, include_validation=False)
    made = serializer.serialize_to_request(value, model.operation_model(name))
    path, _, query = made["url_path"].partition("?")
    body = made["body"]
    headers = {key.lower(): str(given) for key, given in made["headers"].items()}
    scope = "Credential=AKIA/20261125/us-east-1/{}/aws4_request"
    headers["authorization"] = f"AWS4-HMAC-SHA256 {scope.format(model.signing_name)}"
    if isinstance(body, dict):
        body = urlencode(body)
    further = made["query_string"]
    query = "&".join(filter(None, [query, urlencode(further, doseq=True)]))
    return HttpRequest(
        made["method"], path, query, headers, body.encode() if isinstance(body, str) else body
    )


class Chance:
    """The draws of a test case: its own, and always the same."""

    def __init__(self, name):
        self._generator = np.random.default_rng(crc32(name.encode()))

    def random(self):
        """A number from 0 to below 1."""
        return self._generator.random()

    def randint(self, low, high):
        """A whole number, both ends included."""
        return int(self._generator.integers(low, high + 1))

    def randrange(self, high):
        """A whole number from 0 to below the end."""
        return int(self._generator.integers(high))

    def randbytes(self, count):
        """So many bytes."""
        return self._generator.bytes(count)

    def choice(self, values):
        """One of them."""
        return values[self.randrange(len(values))]
