"""Fill pySigma's caches from files, so that nothing downloads.

`sigma check` and Elastic's `siem_rule` formats read ATT&CK, D3FEND and SigmaHQ data, fetched on first use
into a cache below the home directory. With that cache filled beforehand both environments work offline.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from sigma.data import mitre_attack, mitre_d3fend
from sigma.validators.sigmahq.data import (
    data_filename,
    data_taxonomy,
    data_windows_eventid,
    data_windows_provider,
)

from _harness import DATA, REPO

# Each SigmaHQ module with the file that it would download, and a name that makes it load.
_SIGMAHQ: tuple[tuple[ModuleType, str, str], ...] = (
    (data_filename, "sigmahq_filename.json", "sigmahq_filename_pattern"),
    (data_taxonomy, "sigmahq_taxonomy.json", "sigmahq_taxonomy_fieldsname"),
    (data_windows_eventid, "sigmahq_windows_validator.json", "sigmahq_category_no_eventid"),
    (data_windows_provider, "sigmahq_windows_validator.json", "sigmahq_provider_name"),
)


def prime(home: Path) -> None:
    """Fill the caches below `home`, and make this process use them too."""
    root = home / ".cache" / "pysigma"

    # pySigma stores under the same key whatever the address was, so other processes find it.
    mitre_attack.set_cache_dir(str(root / "mitre_attack"))
    mitre_attack.set_url(str(REPO / "python" / "socdef_sigma" / "pysigma" / "attack.json"))
    _load(mitre_attack, "mitre_attack_techniques")

    # An empty ontology: the parser then names the standard tactics, and knows no technique.
    ontology = home / "d3fend.json"
    ontology.write_text(json.dumps({"@graph": []}), encoding="utf-8")
    mitre_d3fend.set_cache_dir(str(root / "mitre_d3fend"))
    mitre_d3fend.set_url(str(ontology))
    _load(mitre_d3fend, "mitre_d3fend_tactics")

    # SigmaHQ's loaders key their cache by the address when one is set, so another process would miss it.
    # Pointing the default address at the file fills the key that every process reads.
    for module, file, name in _SIGMAHQ:
        _loader(module)._default_url = str(DATA / file)
        module.set_cache_dir(str(root / "sigmahq"))
        _load(module, name)


def environment(home: Path) -> dict[str, str]:
    """This process's environment, with `home` as the home directory and no way to reach a network."""
    nowhere = "http://127.0.0.1:9"  # The discard port: whatever still tries to download fails at once.
    return {
        **os.environ,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": "",
        "NO_COLOR": "1",
    }


def _loader(module: ModuleType) -> Any:
    """The one loader class that a SigmaHQ data module defines."""
    classes: Iterable[Any] = vars(module).values()
    (loader,) = (c for c in classes if isinstance(c, type) and c.__module__ == module.__name__)
    return loader


def _load(module: ModuleType, name: str) -> None:
    if not getattr(module, name):
        raise RuntimeError(f"{module.__name__}.{name} is empty: the file lacks what is read from it")
