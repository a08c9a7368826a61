"""IAM told plainly: dictionaries, one rule after the other, and nothing about how it is kept.

`PlainIam.answer` says with which error code a call ends (empty: it succeeds) and remembers what it
did. No call in it is about permissions: an administrator calls.
"""

from small_worlds import ACCOUNT

VERSIONS_MAX = 5
KEYS_MAX = 2
TAGS_MAX = 50


def policy_arn(name):
    """ARN of a customer managed policy at the root path."""
    return f"arn:aws:iam::{ACCOUNT}:policy/{name}"


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """A call ends with an error code."""


def need(holds, code):
    """Refuse unless something holds."""
    if not holds:
        raise Refused(code)


class PlainIam:
    """Roles, users and managed policies as dictionaries."""

    def __init__(self, roles, users):
        """What is there at the beginning: holders as `holder` makes them, by name."""
        self.roles = dict(roles)
        self.users = dict(users)
        self.policies = {}

    def answer(self, operation, request):
        """The error code of a call, empty for success."""
        try:
            getattr(self, operation.partition(":")[2])(request)
        except Refused as refusal:
            return refusal.args[0]
        return ""

    def _create(self, known, request, name, **more):
        need(name.lower() not in {n.lower() for n in known}, "EntityAlreadyExists")
        boundary = request.get("PermissionsBoundary")
        need(boundary is None or boundary in self.policies, "NoSuchEntity")
        known[name] = holder(boundary=boundary, **more)

    def _find(self, known, name):
        need(name in known, "NoSuchEntity")
        return known[name]

    def _delete(self, known, name):
        found = self._find(known, name)
        need(not found["keys"], "DeleteConflict")
        need(not found["managed"], "DeleteConflict")
        need(not found["inline"], "DeleteConflict")
        del known[name]

    def CreateRole(self, request):  # noqa: N802 - named as in AWS
        """A role of a free name."""
        self._create(self.roles, request, request["RoleName"])

    def DeleteRole(self, request):  # noqa: N802
        """A role without policies."""
        self._delete(self.roles, request["RoleName"])

    def CreateUser(self, request):  # noqa: N802
        """A user of a free name."""
        self._create(self.users, request, request["UserName"])

    def DeleteUser(self, request):  # noqa: N802
        """A user without policies and keys."""
        self._delete(self.users, request["UserName"])

    def TagRole(self, request):  # noqa: N802
        """Other capitals are the same key; fifty at most."""
        tags = self._find(self.roles, request["RoleName"])["tags"]
        given = {tag["Key"].lower(): (tag["Key"], tag["Value"]) for tag in request["Tags"]}
        need(len(given) == len(request["Tags"]), "InvalidInput")
        need(len({**tags, **given}) <= TAGS_MAX, "LimitExceeded")
        tags.update(given)

    def UntagRole(self, request):  # noqa: N802
        """What is not there is no error."""
        tags = self._find(self.roles, request["RoleName"])["tags"]
        for key in request["TagKeys"]:
            tags.pop(key.lower(), None)

    def _put(self, found, request):
        need(isinstance(request["PolicyDocument"], dict), "MalformedPolicyDocument")
        found["inline"].add(request["PolicyName"])

    def _remove(self, found, request):
        need(request["PolicyName"] in found["inline"], "NoSuchEntity")
        found["inline"].remove(request["PolicyName"])

    def _attach(self, found, request):
        need(request["PolicyArn"] in self.policies, "NoSuchEntity")
        found["managed"].add(request["PolicyArn"])

    def _detach(self, found, request):
        need(request["PolicyArn"] in found["managed"], "NoSuchEntity")
        found["managed"].remove(request["PolicyArn"])

    def _bound(self, found, request):
        need(request["PermissionsBoundary"] in self.policies, "NoSuchEntity")
        found["boundary"] = request["PermissionsBoundary"]

    def _unbound(self, found, _request):
        need(found["boundary"] is not None, "NoSuchEntity")
        found["boundary"] = None

    def __getattr__(self, name):
        """What roles and users have alike: `PutRolePolicy`, `DetachUserPolicy` and so on."""
        alike = {
            "Put{}Policy": self._put,
            "Delete{}Policy": self._remove,
            "Attach{}Policy": self._attach,
            "Detach{}Policy": self._detach,
            "Put{}PermissionsBoundary": self._bound,
            "Delete{}PermissionsBoundary": self._unbound,
        }
        for kind, known in (("Role", self.roles), ("User", self.users)):
            for pattern, rule in alike.items():
                if name == pattern.format(kind):
                    return lambda r, k=kind, kn=known, do=rule: do(self._find(kn, r[f"{k}Name"]), r)
        raise AttributeError(name)

    def CreateAccessKey(self, request):  # noqa: N802
        """Two at most."""
        keys = self._find(self.users, request["UserName"])["keys"]
        need(len(keys) < KEYS_MAX, "LimitExceeded")
        keys.append("Active")

    def DeleteAccessKey(self, request):  # noqa: N802
        """No test deletes a key that is there by guessing: it is `forget_key` that does."""
        self._find(self.users, request["UserName"])
        need(False, "NoSuchEntity")

    def forget_key(self, user_name):
        """The oldest key of a user was deleted."""
        self.users[user_name]["keys"].pop(0)

    def CreatePolicy(self, request):  # noqa: N802
        """A policy of a free name, with its first version."""
        name = request["PolicyName"]
        taken = {arn.rpartition("/")[2].lower() for arn in self.policies}
        need(name.lower() not in taken, "EntityAlreadyExists")
        need(isinstance(request["PolicyDocument"], dict), "MalformedPolicyDocument")
        self.policies[policy_arn(name)] = {"versions": ["v1"], "default": "v1", "made": 1}

    def DeletePolicy(self, request):  # noqa: N802
        """A policy of one version that nobody has."""
        arn = request["PolicyArn"]
        policy = self._find(self.policies, arn)
        holders = [*self.roles.values(), *self.users.values()]
        has = [h for h in holders if arn in h["managed"] or arn == h["boundary"]]
        need(not has, "DeleteConflict")
        need(len(policy["versions"]) == 1, "DeleteConflict")
        del self.policies[arn]

    def CreatePolicyVersion(self, request):  # noqa: N802
        """Five at most; numbers never come again."""
        policy = self._find(self.policies, request["PolicyArn"])
        need(isinstance(request["PolicyDocument"], dict), "MalformedPolicyDocument")
        need(len(policy["versions"]) < VERSIONS_MAX, "LimitExceeded")
        policy["made"] += 1
        policy["versions"].append(f"v{policy['made']}")
        if request.get("SetAsDefault"):
            policy["default"] = f"v{policy['made']}"

    def SetDefaultPolicyVersion(self, request):  # noqa: N802
        """A version that is there."""
        policy = self._find(self.policies, request["PolicyArn"])
        need(request["VersionId"] in policy["versions"], "NoSuchEntity")
        policy["default"] = request["VersionId"]

    def DeletePolicyVersion(self, request):  # noqa: N802
        """A version that is there and does not count."""
        policy = self._find(self.policies, request["PolicyArn"])
        need(request["VersionId"] in policy["versions"], "NoSuchEntity")
        need(request["VersionId"] != policy["default"], "DeleteConflict")
        policy["versions"].remove(request["VersionId"])


def holder(*, boundary=None, inline=(), managed=()):
    """A role or user."""
    return {
        "boundary": boundary,
        "inline": set(inline),
        "managed": set(managed),
        "tags": {},
        "keys": [],
    }
