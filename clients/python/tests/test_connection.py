"""Who asks, and how the way there is kept safe."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Callable

import httpx
import pytest
from conftest import BINARY, Connect, Server

import ovate

USERS = (
    "druid.auth.authenticator.users.type=basic",
    "druid.auth.authenticator.users.initialAdminPassword=pass:word",
    "druid.auth.authenticator.users.authorizerName=roles",
    'druid.auth.authorizers=["roles"]',
    "druid.auth.authorizer.roles.type=allowAll",
)


def test_credentials(launch: Callable[..., Server], connect: Connect, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    token = subprocess.run([BINARY, "users", "token", "airflow"], capture_output=True, text=True, check=True)
    tokens.write_text(token.stderr)
    secret = token.stdout.strip()
    assert hashlib.sha256(secret.encode()).hexdigest() in token.stderr
    server = launch(
        'druid.auth.authenticatorChain=["programs","users"]',
        "druid.auth.authenticator.programs.type=token",
        f"druid.auth.authenticator.programs.file={tokens}",
        "druid.auth.authenticator.programs.authorizerName=roles",
        *USERS,
    )
    assert connect(server.url, user="admin", password="pass:word").metadata().id
    assert connect(server.url, token=secret).metadata().id
    for wrong in ({}, {"user": "admin", "password": "no"}, {"token": "no"}):
        with pytest.raises(ovate.DeniedError, match="takes a user and his password") as denied:
            connect(server.url, **wrong).metadata()
        assert denied.value.status == 401


def test_sessions(launch: Callable[..., Server], connect: Connect) -> None:
    server = launch('druid.auth.authenticatorChain=["users"]', *USERS)
    overlord = connect(server.url, user="admin", password="pass:word")
    assert overlord.sessions() == []
    with httpx.Client(base_url=server.url) as browser:
        browser.post("/login", data={"user": "admin", "password": "pass:word"})
        (one,) = overlord.sessions(user="admin")
        assert (one.user, one.address, overlord.sessions(user="sue")) == ("admin", "127.0.0.1", [])
        assert browser.get("/tasks").status_code == 200
        overlord.end_session(one.id)
        assert browser.get("/tasks").status_code == 401
    with pytest.raises(ovate.NotFoundError):
        overlord.end_session(one.id)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls(launch: Callable[..., Server], connect: Connect, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-noenc",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    server = launch(f"ovate.tls.certificate={cert}", f"ovate.tls.key={key}", "druid.enablePlaintextPort=false", scheme="https")
    assert connect(server.url, ca=cert).metadata().id
    assert connect(server.url, tls=ssl.create_default_context(cafile=str(cert))).metadata().id
    assert connect(server.url, ca=cert, cert=cert, key=key).metadata().id
    with pytest.raises(ovate.UnreachableError, match="certificate"):
        connect(server.url, patience=0).metadata()


@pytest.mark.parametrize("url", ["localhost:8090", "ftp://localhost", "http://", ""])
def test_addresses(url: str) -> None:
    with pytest.raises(ValueError, match="http://HOST:PORT"):
        ovate.Client(url)


def test_settings() -> None:
    with pytest.raises(ValueError, match="or a token"):
        ovate.Client(token="x", user="y")
