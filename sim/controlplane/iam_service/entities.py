"""Who or what a call of IAM is about: found only for callers who may, refused in IAM's order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from sim.controlplane.account import Account, Call
from sim.controlplane.iam_service.iam_errors import (
    invalid_input,
    invalid_marker,
    no_such_policy,
    no_such_role,
    no_such_user,
    quota_exceeded,
    unmodifiable_role,
)
from sim.controlplane.iam_service.input_types import Paged, Tag
from sim.controlplane.iam_service.policy_inputs import NamedPolicy
from sim.controlplane.iam_service.role_inputs import NamedRole
from sim.controlplane.identities import Attachments, Role, User
from sim.controlplane.managed_policies import CustomerPolicy, aws_policy_of_arn
from sim.controlplane.operation import Operation
from sim.controlplane.pages import Entry, InvalidMarkerError, Page, page_of
from sim.facts import ManagedPolicy
from sim.iam.patterns import split_arn
from sim.model.api_results import ApiError, ApiResult, ApiSuccess
from sim.model.authorization import AuthorizationCheck
from sim.model.callers import CallerKind
from sim.model.identifiers import role_arn, user_arn

Context = Mapping[str, tuple[str, ...]]
_NOTHING: Context = {}
Found = TypeVar("Found")
Request = TypeVar("Request")
PolicyRequest = TypeVar("PolicyRequest", bound=NamedPolicy)


class NamesUser(Protocol):
    """A request about a user."""

    @property
    def user_name(self) -> str | None:
        """Name of the user; None: the user who calls."""


def nothing_asked(_request: object) -> Context:
    """The condition keys of a request that carries none."""
    return _NOTHING


def about(
    find: Callable[[Account, Call, Request, Context], Found | ApiError],
    act: Callable[[Account, Found, Request], ApiResult],
    asked: Callable[[Request], Context] = nothing_asked,
) -> Operation:
    """An operation that finds what its request is about, or refuses, and acts on it.

    `asked`: the condition keys that the request carries.
    """

    def handle(account: Account, call: Call, request: Request) -> ApiResult:
        found = find(account, call, request, asked(request))
        return found if isinstance(found, ApiError) else act(account, found, request)

    return Operation(handle)


def about_policy(
    act: Callable[[Account, CustomerPolicy | ManagedPolicy, PolicyRequest], ApiResult],
) -> Operation:
    """The same about a managed policy, of the account or of AWS: `Found` cannot be two types."""

    def handle(account: Account, call: Call, request: PolicyRequest) -> ApiResult:
        found = permitted_policy(account, call, request)
        return found if isinstance(found, ApiError) else act(account, found, request)

    return Operation(handle)


def permitted_role(
    account: Account, call: Call, request: NamedRole, context: Context
) -> Role | ApiError:
    """The role, if the caller may act on it."""
    name = request.role_name
    role = account.principals.role(name)
    arn = role.arn if role else _free_role_arn(account, name)
    refusal = refused(account, call, arn, _tagged(role.tags if role else {}, context))
    if refusal:
        return refusal
    return no_such_role(name) if role is None else role


def modifiable_role(
    account: Account, call: Call, request: NamedRole, context: Context
) -> Role | ApiError:
    """The role, if the caller may change it; service-linked roles are changed by nobody."""
    role = permitted_role(account, call, request, context)
    if isinstance(role, Role) and role.is_service_linked:
        return unmodifiable_role(role.name)
    return role


def permitted_user(
    account: Account, call: Call, request: NamesUser, context: Context
) -> User | ApiError:
    """The user, if the caller may act on it; no name stands for the user who calls."""
    name = request.user_name
    if name is None:
        if call.caller.kind is not CallerKind.USER:
            return ApiError(
                "ValidationError", "Must specify userName when calling with non-User credentials"
            )
        name = call.caller.name
    user = account.principals.user(name)
    arn = user.arn if user else user_arn(account.account_id, name)
    refusal = refused(account, call, arn, _tagged(user.tags if user else {}, context))
    if refusal:
        return refusal
    return no_such_user(name) if user is None else user


def permitted_customer_policy(
    account: Account, call: Call, request: NamedPolicy, _context: Context
) -> CustomerPolicy | ApiError:
    """A policy of the account, if the caller may change it; AWS's own are changed by nobody."""
    found = permitted_policy(account, call, request)
    if isinstance(found, ManagedPolicy):
        # Administrators are told so too: the policy belongs to another account (text assumed).
        return ApiError(
            "AccessDenied",
            f"User: {call.caller.arn} is not authorized to perform: {call.operation} on "
            f"resource: policy {found.arn}",
        )
    return found


def permitted_policy(
    account: Account, call: Call, request: NamedPolicy
) -> CustomerPolicy | ManagedPolicy | ApiError:
    """A managed policy, of the account or of AWS, if the caller may act on it."""
    arn = request.policy_arn
    if not is_arn(arn):
        return ApiError("ValidationError", f"ARN {arn} is not valid.")
    customer = account.managed_policies.customer(arn)
    refusal = refused(account, call, arn, _tagged(customer.tags if customer else {}, _NOTHING))
    if refusal:
        return refusal
    return customer or aws_policy_of_arn(arn) or no_such_policy(arn)


def is_arn(text: str) -> bool:
    """Whether a text has the six parts of an ARN."""
    return text.startswith("arn:") and split_arn(text) is not None


def refused(
    account: Account, call: Call, resource: str, context: Context = _NOTHING
) -> ApiError | None:
    """The refusal of a caller who may not do the operation on the resource."""
    return account.refusal(call, AuthorizationCheck(call.operation, resource, context))


def requested_tags(tags: Sequence[Tag]) -> Context:
    """The condition keys of tags in a request."""
    if not tags:
        return _NOTHING
    # Condition keys have no case: of tags that differ in it only, which is refused, one is left.
    named = {f"aws:RequestTag/{tag.key.lower()}": (tag.value,) for tag in tags}
    return {**named, "aws:TagKeys": tuple(tag.key for tag in tags)}


def tag_complaint(tags: Sequence[Tag]) -> str | None:
    """What is wrong with keys that are given twice, or are AWS's own."""
    keys = [tag.key.lower() for tag in tags]
    if len(set(keys)) < len(keys):
        return "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    if any(key.startswith("aws:") for key in keys):
        return "aws: prefixed tag names are not allowed for external use."
    return None


def with_tags(
    account: Account, before: Mapping[str, str], tags: Sequence[Tag]
) -> dict[str, str] | ApiError:
    """Tags after others were set; a key that is there in other capitals is the same key."""
    tags_max = account.facts.integer("iam.tags_max")
    complaint = tag_complaint(tags)
    if complaint:
        return invalid_input(complaint)
    new = {tag.key.lower() for tag in tags}
    kept = {key: value for key, value in before.items() if key.lower() not in new}
    after = {**kept, **{tag.key: tag.value for tag in tags}}
    return quota_exceeded("TagsPerResource", tags_max) if len(after) > tags_max else after


def listed_page(
    request: Paged, member: str, keyed: Iterable[tuple[str, Entry]], show: Callable[[Entry], object]
) -> ApiResult:
    """One page of a list in IAM's shape."""
    return page_shown(request, keyed, lambda entries: {member: [show(entry) for entry in entries]})


def page_shown(
    request: Paged,
    keyed: Iterable[tuple[str, Entry]],
    show: Callable[[tuple[Entry, ...]], Mapping[str, object]],
) -> ApiResult:
    """One page of entries that may be shown in several lists."""
    try:
        page: Page[Entry] = page_of(keyed, marker=request.marker, entries_max=request.max_items)
    except InvalidMarkerError:
        return invalid_marker()
    output = {**show(page.entries), "IsTruncated": page.marker is not None}
    return ApiSuccess(output if page.marker is None else {**output, "Marker": page.marker})


def changed(
    account: Account, identity: Role | User, change: Callable[[Attachments], Attachments]
) -> ApiSuccess:
    """Store changed policies of a role or user; services see them once they have spread."""
    account.principals.change(identity, change, now_us=account.now_us)
    return ApiSuccess()


def _free_role_arn(account: Account, name: str) -> str:
    """ARN under which a role that does not exist is authorized."""
    linked = account.service_linked_role
    return linked.arn if name == linked.name else role_arn(account.account_id, name)


def _tagged(tags: Mapping[str, str], context: Context) -> Context:
    if not tags:
        return context
    own = {f"aws:ResourceTag/{key}": (value,) for key, value in tags.items()}
    return {**own, **{key.replace("aws:", "iam:", 1): v for key, v in own.items()}, **context}
