"""Names of things: identifiers and ARNs are counted, never random: equal runs have equal names."""

from typing import NewType

Arn = NewType("Arn", str)
InstanceId = NewType("InstanceId", str)
EnvironmentId = NewType("EnvironmentId", str)


class IdentifierSequence:
    """Hands out identifiers by counting: the n-th instance has the same name in every run."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def _next(self, prefix: str) -> int:
        count = self._counts.get(prefix, 0) + 1
        self._counts[prefix] = count
        return count

    def instance(self) -> InstanceId:
        """Next EC2 instance identifier, `i-` and 17 hexadecimal digits as EC2 writes them."""
        return InstanceId(f"i-{self._next('i'):017x}")

    def network_interface(self) -> str:
        """Next network interface identifier, `eni-` and 17 hexadecimal digits."""
        return f"eni-{self._next('eni'):017x}"

    def volume(self) -> str:
        """Next EBS volume identifier, `vol-` and 17 hexadecimal digits."""
        return f"vol-{self._next('vol'):017x}"

    def client_token(self) -> str:
        """Next client token for a call that must not be carried out twice; the form is ours."""
        return f"launch-{self._next('client_token'):08d}"

    def environment(self) -> EnvironmentId:
        """Next execution environment identifier; Lambda publishes none, so the form is ours."""
        return EnvironmentId(f"environment-{self._next('environment'):06d}")

    def api_call(self) -> int:
        """Next API call number."""
        return self._next("api_call")

    def iam_identifier(self, prefix: str) -> str:
        """Next identifier of IAM such as `AROA...` (role) or `AKIA...` (access key), 21 letters."""
        return f"{prefix}{self._next(prefix):017d}"

    def organizations_policy(self) -> str:
        """Next identifier of an Organizations policy, `p-` and eight digits."""
        return f"p-{self._next('p'):08d}"

    def deletion_task(self) -> int:
        """Next number of a service-linked role deletion task."""
        return self._next("deletion_task")


def role_arn(account_id: str, name: str, path: str = "/") -> Arn:
    """ARN of an IAM role."""
    return Arn(f"arn:aws:iam::{account_id}:role{path}{name}")


def user_arn(account_id: str, name: str, path: str = "/") -> Arn:
    """ARN of an IAM user."""
    return Arn(f"arn:aws:iam::{account_id}:user{path}{name}")


def policy_arn(account_id: str, name: str, path: str = "/") -> Arn:
    """ARN of a customer managed policy."""
    return Arn(f"arn:aws:iam::{account_id}:policy{path}{name}")


def session_arn(account_id: str, role_name: str, session_name: str) -> Arn:
    """ARN of an assumed-role session; the role's path drops out, as in AWS."""
    return Arn(f"arn:aws:sts::{account_id}:assumed-role/{role_name}/{session_name}")


def capacity_provider_arn(region: str, account_id: str, name: str) -> Arn:
    """ARN of a capacity provider."""
    return Arn(f"arn:aws:lambda:{region}:{account_id}:capacity-provider:{name}")


def function_arn(region: str, account_id: str, name: str, qualifier: str | None = None) -> Arn:
    """ARN of a function, or of one of its versions."""
    suffix = "" if qualifier is None else f":{qualifier}"
    return Arn(f"arn:aws:lambda:{region}:{account_id}:function:{name}{suffix}")


def ec2_arn(region: str, account_id: str, kind: str, identifier: str) -> Arn:
    """ARN of an EC2 resource; images carry no account."""
    owner = "" if kind == "image" else account_id
    return Arn(f"arn:aws:ec2:{region}:{owner}:{kind}/{identifier}")
