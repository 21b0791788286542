"""Events with URLs, as a proxy, a web server and Zeek write them."""

from collections.abc import Iterator
from urllib.parse import unquote

from detect.model import Fields, Kind
from detect.variants.base import Variant, changed, swapped


def _split(url: str) -> tuple[str, str, str, str]:
    """Scheme, authority, host and the rest of a URL."""
    scheme, rest = url.split("://", 1)
    authority, slash, path = rest.partition("/")
    bracket = authority.rfind("]")
    port = authority.find(":", max(bracket, 0))
    return scheme, authority, authority[:port] if port >= 0 else authority, slash + path


def proxied(url: str) -> Iterator[Variant]:
    """As a proxy writes a URL: whole, or in two fields."""
    scheme, authority, host, target = _split(url)
    other = {"http": "https", "https": "http"}[scheme]

    def whole(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {"c-uri": text})

    yield whole("the URL", "hit", url)
    yield whole("the other scheme", "hit", f"{other}://{authority}{target}")
    yield whole("without a scheme", "hit", f"{authority}{target}")
    yield Variant("host and path in two fields", "hit", {"cs-host": host, "c-uri": target})
    if authority != host:
        yield Variant("host with its port and path", "hit", {"cs-host": authority, "c-uri": target})
    for why, text in changed(target):
        yield whole(why, "miss", f"{scheme}://{authority}{text}")
        yield Variant(f"{why}, in two fields", "miss", {"cs-host": host, "c-uri": text})
    yield whole("scheme and host in another case", "case", f"{scheme.upper()}://{swapped(authority)}{target}")
    yield Variant("the host in another case", "case", {"cs-host": host.upper(), "c-uri": target})
    yield whole("the path in another case", "case", f"{scheme}://{authority}{target.swapcase()}")
    yield whole("the URL followed by more", "miss", f"{url}&more=1")
    yield whole("a host below it", "miss", f"{scheme}://www.{authority}{target}")
    yield whole("another host that ends alike, without a scheme", "miss", f"not{authority}{target}")
    yield Variant("another host", "miss", {"cs-host": f"not{host}", "c-uri": target})
    yield Variant("another path", "miss", {"cs-host": host, "c-uri": f"/other{target}"})
    yield whole("the URL inside another URL", "miss", f"http://other.example/?u={url}")
    yield whole("the path alone", "miss", target)


def served(url: str) -> Iterator[Variant]:
    """As a web server writes a URL: path and query."""
    target = _split(url)[3]
    stem, _, query = target.partition("?")
    fields: Fields = {"cs-uri-stem": stem, "cs-uri-query": query} if query else {"cs-uri-stem": stem}
    yield Variant("path and query", "hit", fields)
    yield Variant("in one field", "hit", {"cs-uri-query": target})
    yield Variant("the path followed by more", "miss", {**fields, "cs-uri-stem": stem + "x"})
    yield Variant("below another path", "miss", {**fields, "cs-uri-stem": f"/other{stem}"})
    yield Variant("in another case", "case", {name: text.swapcase() for name, text in fields.items()})
    for why, text in changed(target):
        yield Variant(f"{why}, in one field", "miss", {"cs-uri-query": text})
    if query:
        yield Variant("the path with another query", "miss", {**fields, "cs-uri-query": f"{query}1"})
        yield Variant("the path without its query", "miss", {"cs-uri-stem": stem})
        yield Variant("the query of another path", "miss", {**fields, "cs-uri-stem": "/other/path"})


def requested(url: str) -> Iterator[Variant]:
    """As Zeek writes a URL: host and path."""
    scheme, authority, host, target = _split(url)

    def at(why: str, kind: Kind, name: str, uri: str) -> Variant:
        return Variant(why, kind, {"host": name, "uri": uri})

    yield at("as sent", "hit", host, target)
    yield at("as Zeek decodes it", "hit", host, unquote(target))
    yield at("asked of a proxy", "hit", host, f"{scheme}://{authority}{target}")
    yield at("another host", "miss", f"not{host}", target)
    yield at("a host below it", "miss", f"www.{host}", target)
    yield at("the path followed by more", "miss", host, f"{target}x")
    yield at("below another path", "miss", host, f"/other{target}")
    yield at("the host in another case", "case", host.upper(), target)
    if authority != host:
        yield at("the host with its port", "hit", authority, target)
    for why, text in changed(target):
        yield at(why, "miss", host, text)
    yield Variant("without a host", "miss", {"uri": target})
