"""Writes a feed in its publisher's other form, by Python's `csv` and `json` alone: an oracle for the readers.

python3 tests/data/feeds/other_form.py abusech/urlhaus.csv > abusech/urlhaus.json
python3 tests/data/feeds/other_form.py abusech/threatfox.json > abusech/threatfox.csv
python3 tests/data/feeds/other_form.py abusech/feodo_ipblocklist.csv > abusech/feodo_ipblocklist.json
python3 tests/data/feeds/other_form.py kev/kev_small.json > kev/kev_small.csv
"""

import csv
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def rows(text: str) -> list[dict[str, str]]:
    """The records of a table, without its comments."""
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def urlhaus(text: str) -> str:
    """The dump in JSON: lists under ids, tags as a list, UTC behind the dates, null for empty cells."""
    dump = {}
    for row in rows(text):
        entry: dict[str, object] = {key: value or None for key, value in row.items() if key != "id"}
        entry["tags"] = row["tags"].split(",") if row["tags"] not in ("", "None") else None
        entry["dateadded"] = f"{row['dateadded']} UTC"
        entry["last_online"] = f"{row['last_online']} UTC" if row["last_online"] else None
        dump[row["id"]] = [entry]
    return json.dumps(dump, indent=4)


def feodo(text: str) -> str:
    """The block list in JSON: ports as numbers, and what is known of the network beside them."""
    return json.dumps(
        [
            {
                "ip_address": row["dst_ip"],
                "port": int(row["dst_port"]),
                "status": row["c2_status"],
                "hostname": "host.provider.example",
                "as_number": 64500,
                "as_name": "EXAMPLE",
                "country": "US",
                "first_seen": row["first_seen_utc"],
                "last_online": row["last_online"],
                "malware": row["malware"],
            }
            for row in rows(text)
        ],
        indent=4,
    )


def threatfox(text: str) -> str:
    """The export in CSV: names in a comment, all cells quoted behind a blank, `None` or nothing for null."""
    names = [
        "first_seen_utc",
        "ioc_id",
        "ioc_value",
        "ioc_type",
        "threat_type",
        "fk_malware",
        "malware_alias",
        "malware_printable",
        "last_seen_utc",
        "confidence_level",
        "is_compromised",
        "reference",
        "tags",
        "anonymous",
        "reporter",
    ]
    lines = ["#" * 64, "# ThreatFox IOCs: recent - CSV format".ljust(63) + "#", "#" * 64, "#"]
    lines.append("# " + ",".join(f'"{name}"' for name in names))
    for number, entry in enumerate(json.loads(text)["data"]):
        entry |= {"ioc_id": number, "fk_malware": entry["malware"]}
        entry["last_seen_utc"] = entry["last_seen_utc"] or ""
        lines.append(", ".join('"' + str(entry[name]).replace('"', '""') + '"' for name in names))
    return "\n".join([*lines, f"# Number of entries: {number + 1}", ""])


def kev(text: str) -> str:
    """The catalogue in CSV: weaknesses in one cell."""
    entries = json.loads(text)["vulnerabilities"]
    for entry in entries:
        entry["cwes"] = ", ".join(entry["cwes"])
    writer = csv.DictWriter(sys.stdout, entries[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(entries)
    return ""


def main() -> None:
    """Write the other form of the file that the command line names."""
    path = Path(sys.argv[1])
    text = (path if path.is_file() else FOLDER / path).read_text(encoding="utf-8")
    make = {"urlhaus": urlhaus, "feodo": feodo, "threat": threatfox, "kev_sm": kev}
    form = next(form for name, form in make.items() if path.name.startswith(name))
    sys.stdout.write(form(text))


if __name__ == "__main__":
    main()
