"""Shows the type of this crate in Python: `python check.py FOLDER`.

The folder holds the built library.
"""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

VALUE = "2ad2ad0002ad2ad00042d42d000000ad9bf51cc3f5a1e29eecb81d0c7b06eb"

[library, *_] = [
    path
    for path in Path(sys.argv[1]).iterdir()
    if path.suffix in {".so", ".dylib", ".dll"} and path.stem.removeprefix("lib") == "custom_plugin_python"
]
loader = importlib.machinery.ExtensionFileLoader("custom_plugin_python", str(library))
spec = importlib.util.spec_from_file_location("custom_plugin_python", library, loader=loader)
assert spec is not None
module = importlib.util.module_from_spec(spec)
loader.exec_module(module)

# From here on the package uses this compiler.
sys.modules["socdef_sigma._core"] = module._core
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "python"))

import socdef_sigma  # noqa: E402

assert "jarm" in module._core.types(), module._core.types()
assert socdef_sigma.parse(VALUE.upper()).type == "jarm"
assert socdef_sigma.Indicator(VALUE, type="jarm").value == VALUE
[rule] = socdef_sigma.compile(socdef_sigma.read(VALUE.encode()), types=["jarm"])
assert rule.template == "jarm/tls_scan", rule.template
assert socdef_sigma.explain(VALUE, types=["all"]).verdict == "keep"
print("the type of the crate is there in Python")
