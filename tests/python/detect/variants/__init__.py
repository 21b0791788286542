"""Every event that there is for an indicator, by its type: what its rule must find, and what it must just miss."""

from collections.abc import Iterator

from detect.model import Ioc
from detect.scan import PATH_FIELDS, WHOLE
from detect.variants.base import Variant
from detect.variants.files import keys, names_of_files, paths
from detect.variants.network import addresses, names
from detect.variants.others import hashes, mails, signatures, wholes
from detect.variants.urls import proxied, requested, served


def variants(ioc: Ioc, logsource: str) -> Iterator[Variant]:
    """Every event that there is for an indicator in a log source."""
    if ioc.type in ("ipv4", "ipv6"):
        return addresses(ioc, logsource)
    if ioc.type == "domain":
        return names(ioc.value, logsource)
    if ioc.type == "url":
        return {"proxy": proxied, "webserver": served, "zeek/http": requested}[logsource](ioc.value)
    if ioc.type == "cve":
        return signatures(ioc.value)
    if ioc.type == "email":
        return mails(ioc)
    if ioc.type in ("filename", "filepath"):
        return (names_of_files if ioc.type == "filename" else paths)(ioc.value, PATH_FIELDS[logsource])
    if ioc.type == "registry_key":
        return keys(ioc.value)
    if ioc.type in WHOLE:
        return wholes(ioc)
    return hashes(ioc, logsource)
