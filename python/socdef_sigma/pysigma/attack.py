"""ATT&CK's names for backends that write them, without a network.

pySigma downloads ATT&CK when a backend first asks for a name, and caches it below the home directory. Where
there is no such cache, this package gives pySigma its own copy: `attack.json`, a STIX bundle of Enterprise
ATT&CK as of 2025-11-13 (mitre/cti 421deacb7719), cut to what pySigma reads. © The MITRE Corporation,
reproduced and distributed with permission under the ATT&CK terms of use.
"""

import atexit
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["provide_attack"]


def provide_attack(backend: Any) -> None:
    """Make ATT&CK's names available to a backend that asks for them; does nothing for others.

        >>> from socdef_sigma.convert import backends
        >>> provide_attack(backends.find("splunk")[1])

    What pySigma has in its cache is newer or the user's own choice, and is kept.
    """
    file = getattr(sys.modules.get(backend.__module__), "__file__", None)
    if file is not None and "mitre_attack" in Path(file).read_text(encoding="utf-8", errors="replace"):
        _provide()


@cache
def _provide() -> None:
    from sigma.data import mitre_attack

    custom = getattr(mitre_attack, "_custom_cache_dir", None) or getattr(mitre_attack, "_custom_url", None)
    kept = getattr(mitre_attack, "_DEFAULT_CACHE_DIR", None)
    if custom or kept is None or (kept / "cache.db").exists():
        return
    # Its cache is emptied with each new source, so it gets one of its own.
    folder = tempfile.TemporaryDirectory(prefix="socdef-")
    atexit.register(folder.cleanup)
    mitre_attack.set_cache_dir(folder.name)
    mitre_attack.set_url(str(Path(__file__).with_name("attack.json")))
