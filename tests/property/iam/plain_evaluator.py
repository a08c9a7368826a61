"""The rules of evaluation told a second time, plainly: dictionaries in, one word out.

Nothing here is compiled, cached or shared with the engine; slow and short is the point.
"""

import base64
import ipaddress
import re
from datetime import UTC, datetime
from fractions import Fraction

ALLOWED, IMPLICIT, EXPLICIT = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"
NOBODY, ACCOUNT, ROLE, SELF = range(4)
ANY, ONE = object(), object()


def decide(request, policies):
    """The decision about a request, both given in the form of the decision cases."""
    action = request["action"].lower()
    if action == "sts:getcalleridentity":
        return ALLOWED
    layers = documents_by_layer(request, policies)
    everything = [document for levels in layers.values() for level in levels for document in level]
    if any(has(document, "Deny", request) for document in everything):
        return EXPLICIT
    return ALLOWED if is_granted(request, action, layers) else IMPLICIT


def documents_by_layer(request, policies):
    """Every layer that applies to the caller, as levels of documents; absent layers have none."""
    kind, _, _ = who(request["principal"])
    layers = {
        "identity": [policies["identity"]],
        "resource": [[policies["resource"]]] if policies["resource"] is not None else [],
        "boundary": [[policies["boundary"]]] if policies["boundary"] is not None else [],
        "session": [policies["session"]] if policies["session"] is not None else [],
        "scp": policies["scp"],
        "rcp": policies["rcp"],
    }
    if kind == "linked":
        layers["scp"], layers["rcp"] = [], []
    if kind == "service":
        for name in ("identity", "boundary", "session", "scp"):
            layers[name] = []
    return layers


def is_granted(request, action, layers):
    """Whether all that is needed allows, when nothing denies."""
    kind, account, _ = who(request["principal"])
    allows = {
        name: all(any(has(d, "Allow", request) for d in level) for level in levels)
        for name, levels in layers.items()
    }
    strength = max(
        (has(d, "Allow", request) for level in layers["resource"] for d in level), default=NOBODY
    )
    within = allows["boundary"] and allows["session"]
    own = (allows["identity"] or kind == "root") and within
    is_home = account_of(request["resource"]) in ("", "aws", account)
    if kind == "service":
        granted = strength == SELF
    elif not is_home:
        granted = strength > NOBODY and own
    elif needs_word_of_resource(action, request["resource"]) and strength == NOBODY:
        granted = False
    else:
        granted = own or strength == SELF or (strength == ROLE and within)
    return granted and allows["scp"]


def needs_word_of_resource(action, resource):
    """Whether the policy of the resource must name the caller or the account."""
    is_trust = action in ("sts:assumerole", "sts:tagsession")
    return is_trust or (action.startswith("kms:") and resource != "*")


def who(principal):
    """Kind of caller, account, name of the role."""
    if not principal.startswith("arn:"):
        return "service", "", ""
    _, _, service, _, account, rest = principal.split(":", 5)
    path = rest.split("/")
    if rest == "root":
        return "root", account, ""
    if path[:2] == ["role", "aws-service-role"]:
        return "linked", account, path[-1]
    if service == "sts" and path[0] == "assumed-role":
        return "session", account, path[1]
    return path[0], account, path[-1]


def account_of(resource):
    """The account in an ARN; empty for `*`."""
    return "" if resource == "*" else resource.split(":", 5)[4]


def listed(value):
    """A list of one may be written without brackets."""
    return value if isinstance(value, list) else [value]


def has(document, effect, request):
    """How strongly the matching statements of an effect name the caller; 0 when none matches."""
    version = document.get("Version", "2008-10-17")
    return max(
        (
            naming(statement, request["principal"])
            for statement in listed(document["Statement"])
            if statement["Effect"] == effect and covers(statement, request, version)
        ),
        default=NOBODY,
    )


def covers(statement, request, version):
    """Whether action, resource and conditions match."""
    return (
        action_is_covered(statement, request["action"].lower())
        and resource_is_covered(statement, request, version)
        and all(
            holds(operator, key, listed(asked), request["context"], version)
            for operator, block in statement.get("Condition", {}).items()
            for key, asked in block.items()
        )
    )


def action_is_covered(statement, action):
    """Action, or NotAction."""
    name = "Action" if "Action" in statement else "NotAction"
    found = any(like(plain(text.lower()), action) for text in listed(statement[name]))
    return found == (name == "Action")


def resource_is_covered(statement, request, version):
    """Resource, NotResource, or neither as in trust policies."""
    if "Resource" not in statement and "NotResource" not in statement:
        return True
    name = "Resource" if "Resource" in statement else "NotResource"
    found = any(
        text == "*"
        or (
            request["resource"] != "*"
            and arn_like(text, request["resource"], request["context"], version)
        )
        for text in listed(statement[name])
    )
    return found == (name == "Resource")


def naming(statement, principal):
    """How strongly `Principal` names the caller; a policy of the caller's own needs none."""
    if "Principal" not in statement:
        return SELF
    if statement["Principal"] == "*":
        return SELF
    return max(
        named_by(kind, entry, principal)
        for kind, entries in statement["Principal"].items()
        for entry in listed(entries)
    )


def named_by(kind, entry, principal):
    """How strongly one entry names the caller."""
    caller_kind, account, role = who(principal)
    if kind == "Service":
        return SELF if entry == principal else NOBODY
    if entry == "*":
        return SELF
    if entry in (account, f"arn:aws:iam::{account}:root"):
        return ACCOUNT
    if not entry.startswith("arn:"):
        return NOBODY
    named_kind, named_account, named_role = who(entry)
    if named_kind in ("role", "linked"):
        is_session = caller_kind == "session" and (account, role) == (named_account, named_role)
        return ROLE if is_session or entry == principal else NOBODY
    return SELF if entry == principal else NOBODY


def values_of(key, context):
    """The request's values of a key, whose name has no case; None when absent."""
    for name, values in context.items():
        if name.lower() == key.lower():
            return values
    return None


def holds(operator, key, asked, context, version):
    """One operator on one key."""
    asked = [str(value).lower() if isinstance(value, bool) else str(value) for value in asked]
    values = values_of(key, context)
    if operator == "Null":
        return any((text.lower() == "true") == (values is None) for text in asked)
    quantifier, _, base = operator.rpartition(":")
    has_if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    is_negated = "Not" in base
    positive = base.replace("Not", "")
    if values is None:
        if quantifier:
            return quantifier == "ForAllValues"
        return is_negated or has_if_exists
    found = [any(same(positive, v, text, context, version) for text in asked) for v in values]
    if quantifier == "ForAllValues":
        return all(one != is_negated for one in found)
    if quantifier == "ForAnyValue":
        return any(one != is_negated for one in found)
    return any(found) != is_negated


def same(operator, value, asked, context, version):
    """Whether a request value and an asked value stand in the relation of a positive operator."""
    if operator in ("StringEquals", "StringEqualsIgnoreCase", "StringLike"):
        pattern = expanded(*hidden(asked, version), context, wild=operator == "StringLike")
        if pattern is None:
            return False
        if operator == "StringEqualsIgnoreCase":
            return "".join(pattern).lower() == value.lower()
        return like(pattern, value)
    if operator.startswith("Arn"):
        return value.count(":") >= 5 and arn_like(asked, value, context, version)
    try:
        return same_typed(operator, value, asked)
    except ValueError:
        return False


def same_typed(operator, value, asked):
    """The operators without variables; ValueError for a value of another type."""
    if operator == "Bool":
        return value.lower() == asked.lower()
    if operator == "BinaryEquals":
        return base64.b64decode(value, validate=True) == base64.b64decode(asked, validate=True)
    if operator == "IpAddress":
        network = ipaddress.ip_network(asked, strict=False)
        address = ipaddress.ip_address(value)
        shift = network.max_prefixlen - network.prefixlen
        is_near = int(address) >> shift == int(network.network_address) >> shift
        return address.version == network.version and is_near
    if operator.startswith("Numeric"):
        left, right = Fraction(value), Fraction(asked)
    else:
        left, right = instant(value), instant(asked)
        if left[0] != right[0]:
            return False
    relation = operator.removeprefix("Numeric").removeprefix("Date")
    below, equal = left < right, left == right
    return {
        "Equals": equal,
        "LessThan": below,
        "LessThanEquals": below or equal,
        "GreaterThan": not below and not equal,
        "GreaterThanEquals": not below,
    }[relation]


def instant(text):
    """Notation and seconds since 1970."""
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "epoch", Fraction(text)
    shape = r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?"
    found = re.fullmatch(shape, text)
    if found is None:
        raise ValueError(text)
    *numbers, zone = found.groups()
    moment = datetime(*(int(number or 0) for number in numbers), tzinfo=UTC)
    shift = 0
    if zone not in (None, "Z"):
        sign = -1 if zone[0] == "-" else 1
        shift = sign * (3600 * int(zone[1:3]) + 60 * int(zone[4:]))
    return "date", Fraction(int(moment.timestamp()) - shift)


def hidden(text, version):
    """The text with every variable replaced by one character of no other use, and the variables."""
    found = re.findall(r"\$\{([^}]*)\}", text) if version == "2012-10-17" else []
    for index, inside in enumerate(found):
        text = text.replace(f"${{{inside}}}", chr(0xE000 + index), 1)
    return text, found


def expanded(text, variables, context, *, wild):
    """Characters and wildcards, with the variables put in; None when one has no value."""
    pattern = []
    for character in text:
        if wild and character in "*?":
            pattern.append(ANY if character == "*" else ONE)
        elif ord(character) >= 0xE000:
            value = put_in(variables[ord(character) - 0xE000], context)
            if value is None:
                return None
            pattern += value
        else:
            pattern.append(character)
    return pattern


def put_in(inside, context):
    """What stands for a variable: itself, the key's only value, or the default."""
    if inside in ("*", "?", "$"):
        return inside
    key, comma, default = inside.partition(",")
    values = values_of(key, context)
    if values is None:
        return default.strip()[1:-1] if comma else None
    return values[0] if len(values) == 1 else None


def plain(text):
    """Characters and wildcards of text without variables."""
    return expanded(text, [], {}, wild=True)


def like(pattern, text):
    """Whether the whole text matches."""
    place = 0
    while place < len(pattern) and pattern[place] is not ANY:
        if place >= len(text) or pattern[place] not in (ONE, text[place]):
            return False
        place += 1
    if place == len(pattern):
        return place == len(text)
    rest = pattern[place + 1 :]
    return not rest or any(like(rest, text[start:]) for start in range(place, len(text) + 1))


def arn_like(pattern, arn, context, version):
    """Part by part; a variable is put into its part, and only a bare variable may bring parts."""
    text, variables = hidden(pattern, version)
    if text.count(":") >= 5:
        parts = [expanded(part, variables, context, wild=True) for part in text.split(":", 5)]
        if None in parts:
            return False
    else:
        whole = expanded(text, variables, context, wild=True)
        if whole is None or whole.count(":") < 5:
            return False
        parts = split_at_colons(whole, 5)
    return all(like(part, piece) for part, piece in zip(parts, arn.split(":", 5), strict=True))


def split_at_colons(pattern, count):
    """The parts of a pattern, split at its first colons."""
    if count == 0:
        return [pattern]
    place = pattern.index(":")
    return [pattern[:place], *split_at_colons(pattern[place + 1 :], count - 1)]
