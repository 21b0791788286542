"""TLS with an authority of its own: the key goes to the holder of a good certificate only."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lab import SKIP, Lab, Row, judged
from web import BOUND, KEY, Server


def certificates(folder: Path) -> dict[str, tuple[Path, Path]] | None:
    """An authority of our own with certificates for this machine, another name and the past, by `openssl`."""
    if shutil.which("openssl") is None:
        return None

    def openssl(*args: str) -> None:
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    made = {}
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "30",
        "-subj",
        "/CN=Attack",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign",
    )
    for name, host, days in (
        ("good", "localhost", "20"),
        ("other", "other.example", "20"),
        ("past", "localhost", "-1"),
    ):
        (folder / f"{name}.ext").write_text(
            f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n",
            encoding="ascii",
        )
        openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN={host}",
        )
        # A negative number of days is refused by newer versions; two dates are refused by older ones.
        try:
            openssl(
                "x509",
                "-req",
                "-in",
                f"{name}.csr",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                days,
                "-extfile",
                f"{name}.ext",
                "-out",
                f"{name}.pem",
            )
        except subprocess.CalledProcessError:
            openssl(
                "x509",
                "-req",
                "-in",
                f"{name}.csr",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-not_before",
                "20200101000000Z",
                "-not_after",
                "20200201000000Z",
                "-extfile",
                f"{name}.ext",
                "-out",
                f"{name}.pem",
            )
        made[name] = (folder / f"{name}.pem", folder / f"{name}.key")
    return made


def tls(lab: Lab) -> Iterator[Row]:
    """The key goes over TLS to the holder of a good certificate only."""
    promise, test = "the key goes to its server only", "TLS with an authority of its own"
    folder = lab.folder("tls")
    try:
        made = certificates(folder)
    except (subprocess.CalledProcessError, OSError) as error:
        yield Row(promise, test, f"openssl: {error}", SKIP)
        return
    if made is None:
        yield Row(promise, test, "there is no openssl", SKIP)
        return
    faults = []
    cases = [("good", True, True), ("good", False, False), ("other", True, False), ("past", True, False)]
    for name, trusted, right in cases:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*made[name])
        with Server(lambda link: link.answer(link.good()), context) as server:
            authority: list[str | Path] = ["--ca-file", folder / "ca.pem"] if trusted else []
            ran = lab.run(
                "fetch",
                "iocs",
                "--base-url",
                server.url,
                "--max-wait",
                "1",
                *authority,
                env={"SOCDEF_API_KEY": KEY},
                timeout=BOUND,
            )
            if (ran.status == 0) != right or (not right and server.heads):
                faults.append(
                    f"certificate {name}, {'trusted' if trusted else 'unknown'}: status {ran.status}, {len(server.heads)} requests: {ran.err.strip()[:120]}"
                )
    with Server(lambda link: link.answer(link.good())) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*made["good"])
        with Server(
            lambda link: link.answer(b"", "302 Found", Location=plain.url + "/api/v1/iocs"), context
        ) as server:
            lab.run(
                "fetch",
                "iocs",
                "--base-url",
                server.url,
                "--max-wait",
                "1",
                "--ca-file",
                folder / "ca.pem",
                env={"SOCDEF_API_KEY": KEY},
                timeout=BOUND,
            )
        if plain.heads:
            faults.append("a redirect from https to http was followed")
    yield judged(promise, test, f"{len(cases)} certificates, one way down to http", faults)
