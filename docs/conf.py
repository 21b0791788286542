"""The site of the pages in this folder, by Sphinx: `make docs`.

The Markdown is written to read well where it lies, so what only the site needs is here: the navigation, which
is made of the headings and links of `index.md` and of what else the folder holds, and links to files that
are not pages, which the site shows as text.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "extensions"))

import socdef_sigma  # noqa: E402

project = "socdef-sigma"
author = "socdef-sigma"
release = version = socdef_sigma.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "commands", "python_api"]
exclude_patterns = ["extensions", "pictures", "requirements.txt"]
nitpicky = True
default_role = "code"
myst_heading_anchors = 4

autodoc_typehints = "none"
autodoc_member_order = "groupwise"

html_theme = "furo"
html_title = f"{project} {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_show_sourcelink = False
# The copy button takes the commands of a console, without prompts and output.
copybutton_prompt_text = r"^\$ |^> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
copybutton_here_doc_delimiter = "END"
copybutton_line_continuation_character = "\\"


def navigation(index: str) -> str:
    """The toctrees of the front page: a part for each heading; the last has what no heading names, too."""
    parts = {
        heading: re.findall(r"^- .*?\]\((\w+)\.md\)", body, re.M)
        for heading, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", index, re.M | re.S)
    }
    named = {page for pages in parts.values() for page in pages}
    rest = [page.stem for page in sorted(HERE.glob("*.md")) if page.stem not in {*named, "index"}]
    *_, last = parts
    parts[last] += rest
    lines = []
    for heading, pages in parts.items():
        lines += ["```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```", ""]
    return "\n".join(lines)


def linked(text: str) -> str:
    """A page whose links out of this folder are text, and whose links by file name show a page's title."""
    text = re.sub(r"\[([^]]+)\]\(\.\./[^)]*\)", r"\1", text)
    return re.sub(r"\[(\w+\.md)\]\(\1\)", r"[](\1)", text)


def one_title(text: str) -> str:
    """A page whose headings are all below its first: each further title is a part of it."""
    fences = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)
    titles = sum(len(re.findall(r"^# ", part, re.M)) for part in fences[::2])
    if titles > 1:
        lower = [re.sub(r"^#", "##", part, flags=re.M) for part in fences[::2]]
        lower[0] = lower[0].replace("##", "#", 1)
        fences[::2] = lower
    return "".join(fences)


def _read(_app: object, name: str, source: list[str]) -> None:
    source[0] = one_title(linked(source[0]))
    if name == "index":
        source[0] += "\n" + navigation(source[0])


def setup(app):  # type: ignore[no-untyped-def]
    """Change pages as they are read."""
    app.connect("source-read", _read)
