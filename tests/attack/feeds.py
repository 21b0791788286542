"""Records with hostile metadata, and a writer for each input format.

A record is a dictionary; every text of it has the record's marker (`zq` and six hexadecimal digits), so that a text that
turns up in the rule of another record is seen.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import hostile

Record = dict[str, Any]
MARKER = re.compile(r"zq[0-9a-f]{6}(?![0-9a-f])")
TYPES = ("ipv4", "ipv6", "domain", "url", "md5", "sha1", "sha256", "cve", "email")
MORE = ("filename", "filepath", "registry_key", "named_pipe", "user_agent", "service_name", "scheduled_task")


def value(kind: str, number: int, marker: str, path: str, rng: random.Random) -> str:
    """A value of this type that no other record has; `path` is its hostile part, where the type has room for one."""
    seeded = marker.encode()
    if kind == "ipv4" and number < 3 * 254:
        return f"{('192.0.2', '198.51.100', '203.0.113')[number // 254]}.{number % 254 + 1}"
    if kind in ("ipv4", "ipv6"):
        return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"
    if kind in ("md5", "sha1", "sha256"):
        return hashlib.new(kind, seeded).hexdigest()
    if kind == "cve":
        return f"CVE-2024-{100000 + number}"
    host = rng.choice((f"{marker}.example", f"{marker}.evil.example"))
    if kind == "domain":
        return host
    if kind == "email":
        return f"{path[:60]}{marker}@{host}"
    if kind == "url":
        shape = rng.choice(("/{p}", "/{p}?{p}", "/?{p}", "/a/{p}?id=1", "/x?q={p}#{p}", ":8080/{p}"))
        return f"http://{host}{shape.format(p='{p}').replace('{p}', path)}"
    if kind == "filepath":
        return f"C:\\Users\\x\\AppData\\Roaming\\{marker}{path}\\a.exe"
    if kind == "registry_key":
        return f"HKCU\\Software\\{marker}\\{path}"
    if kind == "named_pipe":
        return f"\\\\.\\pipe\\{marker}{path}"
    return f"{marker}{path}.exe" if kind == "filename" else f"{marker} {path}"


def records(
    rng: random.Random, first: int, count: int, types: Sequence[str], texts: hostile.Texts = hostile.text
) -> list[Record]:
    """New records. With `texts=hostile.word` they are harmless and of the same shapes."""
    harmless = texts is hostile.word

    def of(marker: str) -> str:
        said = texts(rng)
        return rng.choice((f"{marker} {said}", f"{said}{marker}", f"{marker}{said} {marker}"))

    made = []
    for place in range(count):
        marker = f"zq{first + place:06x}"
        kind = types[place % len(types)]
        path = hostile.word(rng) if harmless else rng.choice((hostile.bare, hostile.line))(rng)
        made.append(
            {
                "marker": marker,
                "type": kind,
                "value": value(kind, place // len(types), marker, path, rng),
                "confidence": rng.choice(("low", "medium", "high"))
                if harmless or rng.random() < 0.8
                else texts(rng),
                "tlp": rng.choice(("clear", "green", "amber", "red"))
                if harmless or rng.random() < 0.8
                else texts(rng),
                "first_seen": "2026-05-01T00:00:00Z" if harmless or rng.random() < 0.8 else texts(rng),
                "last_seen": "2026-11-01T00:00:00Z" if harmless or rng.random() < 0.8 else texts(rng),
                "context": of(marker),
                "tags": [of(marker) for _ in range(rng.randrange(4))],
                "mitre_techniques": ["T1071", *([] if harmless else [texts(rng)])],
                "industries": ["energy", *([] if harmless else [texts(rng)])],
                "title": of(marker),
                "link": f"https://reports.example/{marker}{'' if harmless else '/' + texts(rng)}",
                "feed": of(marker),
                "category": of(marker),
                "producer": "Example CERT" if harmless else of(marker),
                "ports": [443] if harmless or rng.random() < 0.5 else [0, "x", -1, 99999, texts(rng)],
            }
        )
    return made


def listed(record: Record) -> Record:
    """The record as an object of the API's list."""
    taken = (
        "type",
        "value",
        "confidence",
        "tlp",
        "first_seen",
        "last_seen",
        "context",
        "tags",
        "mitre_techniques",
        "industries",
        "ports",
    )
    source = {
        "article_title": record["title"],
        "article_url": record["link"],
        "feed_name": record["feed"],
        "category": record["category"],
    }
    return {name: record[name] for name in taken} | {"source": source, "producers": [record["producer"]]}


def as_list(rows: list[Record]) -> bytes:
    """The list of the API."""
    meta = {
        "total": len(rows),
        "limit": 100,
        "offset": 0,
        "generated_at": "2026-11-01T00:00:00Z",
        "source": rows[0]["producer"].replace(rows[0]["marker"], ""),
    }
    return json.dumps({"meta": meta, "data": [listed(row) for row in rows]}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )


def as_lines(rows: list[Record]) -> bytes:
    """The same objects, one a line."""
    return b"".join(
        json.dumps(listed(row), ensure_ascii=len(row["value"]) % 2 == 0).encode("utf-8", "replace") + b"\n"
        for row in rows
    )


def as_txt(rows: list[Record]) -> bytes:
    """One value a line."""
    return "\n".join(" ".join(row["value"].split("\n")) for row in rows).encode("utf-8", "replace") + b"\n"


COLUMNS = (
    "type",
    "value",
    "confidence",
    "first_seen",
    "last_seen",
    "source_article",
    "source_feed",
    "category",
    "tags",
)


def cells(row: Record) -> list[str]:
    """The record as the API's columns."""
    given = row | {"source_article": row["title"], "source_feed": row["feed"], "tags": ";".join(row["tags"])}
    return [str(given[name]) for name in COLUMNS]


def as_csv(rows: list[Record]) -> bytes:
    """The columns of the API."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([cell.replace("\0", "") for cell in cells(row)] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


STIX = {
    "ipv4": "ipv4-addr:value", "ipv6": "ipv6-addr:value", "domain": "domain-name:value", "url": "url:value", "email": "email-addr:value",
    "md5": "file:hashes.MD5", "sha1": "file:hashes.'SHA-1'", "sha256": "file:hashes.'SHA-256'",
}  # fmt: skip


def as_stix(rows: list[Record]) -> bytes:
    """A bundle with an identity and an indicator for each record."""
    objects: list[dict[str, Any]] = []
    for row in rows:
        if row["type"] not in STIX:
            continue
        identity = f"identity--00000000-0000-4000-8000-{row['marker'][2:]:>012}"
        name = "ipv6-addr:value" if ":" in row["value"] and row["type"] == "ipv4" else STIX[row["type"]]
        quoted = row["value"].replace("\\", "\\\\").replace("'", "\\'")
        objects.append(
            {"type": "identity", "id": identity, "name": row["producer"], "identity_class": row["category"]}
        )
        objects.append({
            "type": "indicator", "spec_version": "2.1", "id": identity.replace("identity", "indicator"), "created_by_ref": identity,
            "created": row["first_seen"], "modified": row["last_seen"], "valid_from": "2026-05-01T00:00:00Z", "name": row["title"],
            "description": row["context"], "labels": row["tags"], "indicator_types": [row["category"]], "pattern_type": "stix",
            "pattern": f"[{name} = '{quoted}']", "confidence": row["ports"][0],
            "external_references": [{"source_name": row["feed"], "url": row["link"]}, {"source_name": "mitre-attack", "external_id": row["mitre_techniques"][-1]}],
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": row["category"]}],
        })  # fmt: skip
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )


MISP = {
    "ipv4": "ip-dst", "ipv6": "ip-dst", "domain": "domain", "url": "url", "email": "email-src", "md5": "md5", "sha1": "sha1",
    "sha256": "sha256", "cve": "vulnerability", "filename": "filename", "registry_key": "regkey", "named_pipe": "named pipe", "user_agent": "user-agent",
}  # fmt: skip


def as_misp(rows: list[Record]) -> bytes:
    """A list of events, one for each record."""
    events = [
        {"Event": {
            "id": str(place), "info": row["title"], "date": row["first_seen"][:40], "published": True,
            "Orgc": {"name": row["producer"], "uuid": "44444444-4444-4444-8444-444444444444"},
            "Tag": [{"name": tag} for tag in (*row["tags"], "tlp:" + row["tlp"], *row["mitre_techniques"])],
            "Attribute": [{
                "type": MISP.get(row["type"], row["type"]), "category": row["category"] if row["ports"] != [443] else "Network activity",
                "to_ids": True, "value": row["value"], "comment": row["context"], "timestamp": "1772323200",
            }],
        }}
        for place, row in enumerate(rows)
    ]  # fmt: skip
    return json.dumps(events, ensure_ascii=False).encode("utf-8", "replace")


def xml(said: str) -> str:
    """Text that XML may hold, escaped."""
    return escape(
        "".join(
            c
            for c in said
            if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
        )
    )


SEARCH = {
    "domain": "Network/DNS",
    "url": "UrlHistoryItem/URL",
    "ipv4": "PortItem/remoteIP",
    "ipv6": "PortItem/remoteIP",
    "md5": "FileItem/Md5sum",
    "sha1": "FileItem/Sha1sum",
    "sha256": "FileItem/Sha256sum",
    "email": "Email/From",
}


def as_openioc(rows: list[Record]) -> bytes:
    """One document; its metadata are shared, so they have no marker."""
    first = rows[0]
    told = {
        name: xml(first[name].replace(first["marker"], ""))
        for name in ("title", "context", "producer", "category")
    }
    items = "".join(
        f'<IndicatorItem id="i{place}" condition="is"><Context document="x" search="{SEARCH[row["type"]]}" type="mir" />'
        f'<Content type="string">{xml(row["value"])}</Content></IndicatorItem>'
        for place, row in enumerate(rows)
        if row["type"] in SEARCH
    )
    link = quoteattr(xml(first["link"].replace(first["marker"], "")))
    return (
        '<?xml version="1.0" encoding="utf-8"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="55555555-5555-4555-8555-555555555555">'
        f"<short_description>{told['title']}</short_description><description>{told['context']}</description><keywords>{told['category']}</keywords>"
        f'<authored_by>{told["producer"]}</authored_by><links><link rel="report" href={link} /></links>'
        f'<definition><Indicator operator="OR" id="g">{items}</Indicator></definition></ioc>'
    ).encode("utf-8", "replace")


def as_html(rows: list[Record]) -> bytes:
    """A page with a table."""
    body = "".join(
        f"<tr><td>{html.escape(row['type'])}</td><td><code>{html.escape(row['value'])}</code></td><td>{html.escape(row['context'])}</td></tr>\n"
        for row in rows
    )
    title = html.escape(rows[0]["title"].replace(rows[0]["marker"], ""))
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><table><tr><th>type</th><th>indicator</th><th>comment</th></tr>{body}</table></body></html>".replace(
        "\0", ""
    ).encode("utf-8", "replace")


def as_markdown(rows: list[Record]) -> bytes:
    """A report in Markdown: paragraphs and code spans, nothing escaped."""
    return (
        "\n\n".join(
            f"- `{' '.join(row['value'].split())}` {' '.join(row['context'].split())}" for row in rows
        )
        .replace("\0", "")
        .encode("utf-8", "replace")
    )


def as_otx(rows: list[Record]) -> bytes:
    """Pulses of OTX, one for each record."""
    named = {
        "ipv4": "IPv4",
        "ipv6": "IPv6",
        "domain": "domain",
        "url": "URL",
        "md5": "FileHash-MD5",
        "sha1": "FileHash-SHA1",
        "sha256": "FileHash-SHA256",
        "cve": "CVE",
        "email": "email",
    }
    pulses = [
        {
            "id": str(place), "name": row["title"], "description": row["context"], "author_name": row["producer"], "tags": row["tags"], "tlp": row["tlp"],
            "references": [row["link"]], "adversary": row["category"], "attack_ids": row["mitre_techniques"], "created": row["first_seen"],
            "industries": row["industries"], "indicators": [{"indicator": row["value"], "type": named.get(row["type"], row["type"]), "description": row["feed"]}],
        }
        for place, row in enumerate(rows)
    ]  # fmt: skip
    return json.dumps({"results": pulses}, ensure_ascii=False).encode("utf-8", "replace")


def as_ecs(rows: list[Record]) -> bytes:
    """Documents of Elastic's threat.indicator, one a line."""
    kept = []
    for row in rows:
        kind = row["type"]
        where: dict[str, Any] = {"type": "ipv4-addr", "ip": row["value"]}
        if kind == "domain":
            where = {"type": "domain-name", "url": {"domain": row["value"]}}
        elif kind == "url":
            where = {"type": "url", "url": {"full": row["value"]}}
        elif kind in ("md5", "sha1", "sha256"):
            where = {"type": "file", "file": {"hash": {kind: row["value"]}}}
        elif kind == "email":
            where = {"type": "email-addr", "email": {"address": row["value"]}}
        elif kind not in ("ipv4", "ipv6"):
            continue
        where |= {
            "provider": row["producer"],
            "description": row["context"],
            "reference": row["link"],
            "confidence": row["confidence"],
            "marking": {"tlp": row["tlp"]},
            "first_seen": row["first_seen"],
        }
        kept.append({"tags": row["tags"], "threat": {"feed": {"name": row["feed"]}, "indicator": where}})
    return (
        b"".join(json.dumps(each, ensure_ascii=False).encode("utf-8", "replace") + b"\n" for each in kept)
        or b"{}\n"
    )


def as_xlsx(rows: list[Record]) -> bytes:
    """A workbook with the API's columns."""
    lines = "".join(
        "<row>"
        + "".join(
            f'<c t="inlineStr"><is><t xml:space="preserve">{xml(cell[:3000])}</t></is></c>' for cell in line
        )
        + "</row>"
        for line in (COLUMNS, *map(cells, rows))
    )
    office, package = (
        "http://schemas.openxmlformats.org/officeDocument/2006",
        "http://schemas.openxmlformats.org/package/2006",
    )
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheet}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{lines}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in parts.items():
            book.writestr(name, body.encode("utf-8", "replace"))
    return out.getvalue()


# The name of a file in each format, and its writer. Add a format here.
FORMATS: dict[str, tuple[str, Callable[[list[Record]], bytes]]] = {
    "txt": ("feed.txt", as_txt),
    "csv": ("feed.csv", as_csv),
    "socdef": ("feed.json", as_list),
    "lines": ("feed.jsonl", as_lines),
    "stix": ("feed.json", as_stix),
    "misp": ("feed.json", as_misp),
    "openioc": ("feed.ioc", as_openioc),
    "html": ("feed.html", as_html),
    "text": ("feed.md", as_markdown),
    "xlsx": ("feed.xlsx", as_xlsx),
    "otx": ("feed.json", as_otx),
    "ecs": ("feed.ndjson", as_ecs),
}
