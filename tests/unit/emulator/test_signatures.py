"""Signatures: what AWS's own signer signs is accepted, and nothing else is."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlencode, urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from sim.emulator.http_messages import HttpRequest
from sim.emulator.session import wall_now
from sim.emulator.signatures import Refusal, Secret, Signature, read_signature, refusal_of

KEY, SECRET, TOKEN = "AKIA00000000000000001", "secret/with+signs", "token=="
URL = "http://127.0.0.1:4566/2015-03-31/functions/a%3Ab/invocations?Qualifier=%24LATEST&x=a%20b"


def signed(url=URL, *, method="POST", body=b"{}", token=None, signer=SigV4Auth, headers=None):
    """A request as botocore signs it now."""
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    signer(Credentials(KEY, SECRET, token), "lambda", "us-east-1").add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    given_headers = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    return HttpRequest(
        method=method,
        path=parts.path,
        query=parts.query,
        headers={"host": parts.netloc, **given_headers},
        body=body,
    )


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def refusal(request, *, now=None, secret=SECRET, token=None):
    """What is said of the request; None if it is accepted."""
    signature = read_signature(request)
    if isinstance(signature, Refusal):
        return signature
    return refusal_of(
        request,
        signature,
        secret_of=lambda key: Secret(secret, token) if key == KEY else None,
        now=now or wall_now(),
    )


@pytest.mark.parametrize("signer", [SigV4Auth, SigV4QueryAuth])
def test_what_botocore_signs_is_accepted(signer):
    """In the header and in the query."""
    body = b"{}" if signer is SigV4Auth else b""
    assert refusal(signed(signer=signer, body=body)) is None


@given(
    path=st.lists(st.text("abz019-_.~ /:%é+&=", max_size=8), max_size=4),
    query=st.lists(st.tuples(st.text("abZ-~ é+&=/", min_size=1), st.text("xyz é%+")), max_size=4),
    body=st.binary(max_size=50),
)
def test_any_path_and_query_that_botocore_signs_is_accepted(path, query, body):
    """Encoding, order and repetition are those of the specification."""
    url = "http://localhost:4566/" + "/".join(quote(part, safe="") for part in path)
    if query:
        url += "?" + urlencode(query, quote_via=quote, safe="")
    assert refusal(signed(url, body=body)) is None


def test_temporary_credentials_need_their_token():
    """The right one is accepted; without it, or with another, the key is unknown."""
    assert refusal(signed(token=TOKEN), token=TOKEN) is None
    assert refusal(signed(), token=TOKEN).kind == "unknown_key"
    assert refusal(signed(token="other"), token=TOKEN).kind == "unknown_key"


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"{ }"},
        {"method": "PUT"},
        {"path": "/2015-03-31/functions/c/invocations"},
        {"query": "Qualifier=1"},
    ],
)
def test_whatever_is_changed_afterwards_is_noticed(change):
    """Body, method, path and query are signed."""
    assert refusal(replace(signed(), **change)).kind == "mismatch"


def test_a_signed_header_that_changes_is_noticed():
    """So is one that is taken away."""
    request = signed(headers={"X-Amz-Target": "Logs.One"})
    other = {**request.headers, "x-amz-target": "Logs.Two"}
    assert refusal(replace(request, headers=other)).kind == "mismatch"
    del other["x-amz-target"]
    assert refusal(replace(request, headers=other)).kind == "mismatch"


def test_another_secret_or_key_is_refused():
    """A wrong secret does not match; a key that nobody has is not valid."""
    assert refusal(signed(), secret="another").kind == "mismatch"
    request = signed()
    header = request.headers["authorization"].replace(KEY, "AKIAUNKNOWN")
    unknown = replace(request, headers={**request.headers, "authorization": header})
    assert refusal(unknown).kind == "unknown_key"


@pytest.mark.parametrize(("minutes", "kind"), [(6, "expired"), (-6, "skewed")])
def test_a_signature_holds_five_minutes(minutes, kind):
    """Older ones have expired, and the future is not believed either."""
    request, now = signed(), wall_now()
    assert refusal(request, now=now + timedelta(minutes=minutes)).kind == kind
    assert refusal(request, now=now + timedelta(minutes=minutes * 0.8)) is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (None, "missing"),
        ("Basic abc", "incomplete"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c", "incomplete"),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0", "incomplete"),
    ],
)
def test_a_header_that_is_no_signature_says_what_it_lacks(header, kind):
    """Nothing of it raises."""
    request = signed()
    headers = {k: v for k, v in request.headers.items() if k != "authorization"}
    if header is not None:
        headers["authorization"] = header
    assert refusal(replace(request, headers=headers)).kind == kind


@given(text=st.text(max_size=120), date=st.text(max_size=20))
def test_no_text_raises(text, date):
    """Headers are what clients send."""
    headers = {"host": "x", "authorization": f"AWS4-HMAC-SHA256 {text}", "x-amz-date": date}
    request = HttpRequest("GET", "/", "", headers, b"")
    assert isinstance(read_signature(request), Refusal | Signature)
    refusal(request)
