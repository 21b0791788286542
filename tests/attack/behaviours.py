"""Every way in which a server can answer badly."""

from __future__ import annotations

import gzip
import json
import time

from web import BOUND, KEY, RULE, SECRET, Behaviour, Link, page


def bomb(body: bytes, megabytes: int) -> bytes:
    """A repeated text, compressed, in members of one MiB, that is so long when it is unpacked."""
    return gzip.compress(body * (2**20 // len(body)), 9, mtime=0) * megabytes


def behaviours(elsewhere: str) -> dict[str, Behaviour]:
    """Every way to answer badly. A new one is a line here."""
    small = b",".join(b'{"type":"domain","value":"a.example"}' for _ in range(500)) + b","
    many = b"".join(RULE.format(i=i).encode() + b"---\n" for i in range(50))
    opened = b'{"meta":{"generated_at":"2026-11-01T00:00:00Z","total":1},"data":['
    compressed = gzip.compress(opened + small * 400, mtime=0)

    def start(link: Link) -> bytes:
        return b"" if link.sigma else opened

    def bombed(link: Link) -> None:
        body = bomb(b"# comment\n" if link.sigma else b" ", 700)
        link.answer(body, Content_Encoding="gzip")

    def text_bomb(link: Link) -> None:
        link.answer(
            gzip.compress(b"title: '", mtime=0)
            + bomb(b"x" if link.sigma else b'{"type":"domain","value":"a.example"},', 300),
            Content_Encoding="gzip",
        )

    def drip(link: Link) -> None:
        link.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(30):
            link.send("#" if link.sigma else " ")
            time.sleep(1)

    def early(link: Link) -> None:
        until = time.monotonic() + BOUND
        while time.monotonic() < until:
            link.send("HTTP/1.1 102 Processing\r\n\r\n")
            time.sleep(0.01)

    def header_for_ever(link: Link) -> None:
        link.send("HTTP/1.1 200 OK\r\n")
        while True:
            link.send("X-A: " + "a" * 4000 + "\r\n")

    def error(status: str, **headers: str) -> Behaviour:
        body = json.dumps(
            {
                "error": {
                    "code": f"bad {KEY}",
                    "message": f"the key {KEY} of {SECRET}",
                    "request_id": KEY,
                    "details": {"key": KEY},
                }
            }
        ).encode()
        return lambda link: link.answer(body, status, X_Request_Id=KEY, Set_Cookie=KEY, **headers)

    def to(where: str, status: str = "302 Found") -> Behaviour:
        return lambda link: link.answer(b"", status, Location=where.replace("{here}", link.server.url))

    def following(where: object) -> Behaviour:
        def answer(link: Link) -> None:
            said = where.replace("{here}", link.server.url) if isinstance(where, str) else where
            headers = {"Link": f'<{said}>; rel="next"', "X_Total_Count": "1000000"}
            link.answer(link.good() if link.sigma else page(following=said, total=10**6), **headers)

        return answer

    def body(said: bytes) -> Behaviour:
        return lambda link: link.answer(said)

    def cut(link: Link) -> None:
        link.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        link.send(link.good())
        link.reset()

    def chunk_cut(link: Link) -> None:
        good = link.good()
        link.send(
            f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{len(good):x}\r\n".encode()
            + good
            + b"\r\n5\r\nab"
        )

    def tagged(link: Link) -> None:
        bad = [
            RULE.format(i=i) + f"x: {said}\n"
            for i, said in enumerate(
                (
                    "!!python/object/apply:os.system ['id']",
                    "!!python/name:os.system",
                    "!x y",
                    "!<tag:a,b:c> d",
                    "!!binary '='",
                    "!!timestamp x",
                    "&a [*a]",
                    "!!set {a, b}",
                    "{? [a] : b}",
                ),
                10,
            )
        ]
        link.answer(
            "---\n".join([RULE.format(i=1), *bad, RULE.format(i=2)]).encode()
            if link.sigma
            else page([{"type": "domain", "value": "good.example", "tags": ["!!python/name:os.system"]}])
        )

    def laughs(link: Link) -> None:
        lines = "a: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"b{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
        )
        link.answer((RULE.format(i=1) + lines).encode() if link.sigma else b'{"data":' + b"[" * 200_000)

    def huge_page(link: Link) -> None:
        link.answer(
            (RULE.format(i=1) + "x: " + "a" * 30_000_000 + "\n").encode()
            if link.sigma
            else page([{"type": "domain", "value": f"a{i}.example"} for i in range(60_000)])
        )

    def tags(link: Link) -> None:
        link.answer(
            (RULE.format(i=1) + "tags:\n" + "".join(f"  - a.b{i}\n" for i in range(80_000))).encode()
            if link.sigma
            else page([{"type": "domain", "value": "good.example", "tags": [f"t{i}" for i in range(80_000)]}])
        )

    def doubled(link: Link) -> None:
        link.answer(
            (RULE.format(i=1) + "---\n").encode() * 30_000
            if link.sigma
            else page([{"type": "domain", "value": "a.example"}] * 30_000)
        )

    return {
        "records without end": lambda link: link.endless(many if link.sigma else small, start(link)),
        "records without end, compressed": lambda link: link.endless(gzip.compress(many, mtime=0) if link.sigma else compressed, encoding="gzip"),
        "white space without end": lambda link: link.endless(b"\n" * 65536 if link.sigma else b" " * 65536, start(link)),
        "one text without end": lambda link: link.endless(b"x" * 65536, b"title: '" if link.sigma else b'{"meta":"'),
        "brackets without end": lambda link: link.endless(b"[" * 65536),
        "a bomb of white space": bombed,
        "a bomb of text": text_bomb,
        "a byte a second": drip,
        "102 for ever": early,
        "headers without end": header_for_ever,
        "10,000 headers": lambda link: link.answer(link.good(), **{f"X_{i}": "a" for i in range(10_000)}),
        "301 elsewhere": to(f"{elsewhere}/api", "301 Moved Permanently"),
        "302 elsewhere": to(f"{elsewhere}/api"),
        "307 elsewhere": to(f"{elsewhere}/api", "307 Temporary Redirect"),
        "308 elsewhere": to(f"{elsewhere}/api", "308 Permanent Redirect"),
        "302 without a scheme": to(elsewhere.removeprefix("http:") + "/api"),
        "302 with a user": to(elsewhere.replace("http://", "http://127.0.0.1@") + "/api"),
        "302 to itself": to("{here}/api/v1/iocs"),
        "302 to a file": to("file:///etc/passwd"),
        "next elsewhere": following(f"{elsewhere}/api/v1/iocs?offset=1"),
        "next without a scheme": following(elsewhere.removeprefix("http:") + "/x"),
        "next with a user": following("{here}@" + elsewhere.removeprefix("http://") + "/x"),
        "next with a backslash": following("/\\" + elsewhere.removeprefix("http://") + "/x"),
        "next is itself": following("/api/v1/iocs?offset=0"),
        "next is a number": following(17),
        "401 with the key": error("401 Unauthorized"),
        "403 with the key": error("403 Forbidden"),
        "400 with the key": error("400 Bad Request"),
        "500 with the key": error("500 Internal Server Error"),
        "the key as reason": lambda link: link.answer(b"{}", f"400 {KEY}"),
        "the key as address": to(f"http://{SECRET}.example/{KEY}"),
        "429, a year": error("429 Too Many Requests", Retry_After="31536000"),
        "429, a date": error("429 Too Many Requests", Retry_After="Fri, 31 Dec 2099 23:59:59 GMT"),
        "429, negative": error("429 Too Many Requests", Retry_After="-1", X_RateLimit_Reset="-99999999999999999999"),
        "503, zero": error("503 Service Unavailable", Retry_After="0"),
        "503, no number": error("503 Service Unavailable", Retry_After="soon"),
        "reset at once": Link.reset,
        "reset in the middle": cut,
        "a cut chunk": chunk_cut,
        "a chunk of 16 EiB": lambda link: link.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab"),
        "a length of 16 EiB": lambda link: link.send("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nab"),
        "two lengths": lambda link: link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        "no HTTP": lambda link: link.send(b"\x00\xff\x16\x03\x01SSH-2.0\r\n\r\n"),
        "status 999": lambda link: link.answer(b"x", "999 x"),
        "304 unasked": lambda link: link.answer(b"", "304 Not Modified"),
        "a page of HTML": body(b"<html>log in</html>"),
        "nothing": body(b""),
        "null": body(b"null"),
        "data is text": body(b'{"meta":{},"data":"x","links":{}}'),
        "records of wrong kinds": body(page([None, 1, "x", [], {"type": 5, "value": {}}, {"type": "domain", "value": "good.example", "tags": 7, "source": [], "confidence": {}}])),
        "wrong times": body(page(generated_at="yesterday", total=-1, limit=1e308, offset="x")),
        "UTF-16": body("{}".encode("utf-16")),
        "gzip that is none": lambda link: link.answer(b"plain", Content_Encoding="gzip"),
        "tags of YAML": tagged,
        "aliases that double": laughs,
        "a huge page": huge_page,
        "80,000 tags": tags,
        "one record 30,000 times": doubled,
    }  # fmt: skip
