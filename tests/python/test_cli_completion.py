"""Shell completion, by the shells themselves where they are installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from _harness.command import SOCDEF, environment, good, run, socdef

pytestmark = pytest.mark.pysigma_1_only

FOLDER = str(Path(SOCDEF).parent)


def complete(shell: str, *words: str) -> list[str]:
    """The answers to a shell that asks what can follow these words, of which the last is incomplete."""
    variables = {
        "_SOCDEF_SIGMA_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": " ".join(("socdef-sigma", *words)),
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    process = run([SOCDEF], {**os.environ, **variables})
    assert process.stderr == b""
    return process.stdout.decode().split("\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_and_its_answers(shell: str) -> None:
    script = good(socdef("completion", shell)).stdout.decode()
    assert "_SOCDEF_SIGMA_COMPLETE" in script
    assert f"{shell}_complete" in script
    for words, wanted in [
        (("com",), ["compile", "completion"]),
        (("convert", "-t", "sent"), ["sentinel", "sentinel_one_pq"]),
        (("convert", "-p", "splunk_w"), ["splunk_windows"]),
        (("compile", "--type", "sha"), ["sha1", "sha256"]),
        (("compile", "--min-c"), ["--min-confidence"]),
    ]:
        answers = "\n".join(complete(shell, *words))
        for word in wanted:
            assert word in answers


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        (
            "bash",
            "source <(socdef-sigma completion bash); COMP_WORDS=(socdef-sigma templ); COMP_CWORD=1;"
            ' _socdef_sigma_completion socdef-sigma; printf "%s" "${COMPREPLY[*]}"',
        ),
        ("fish", "socdef-sigma completion fish | source; complete -C 'socdef-sigma templ' | cut -f 1"),
        (
            "zsh",
            "autoload -U compinit; compinit -D; source <(socdef-sigma completion zsh); (( $+_comps[socdef-sigma] ))",
        ),
    ],
)
def test_the_script_works_in_its_shell(shell: str, script: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = f"{FOLDER}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.run(
        [program, "-c", script],
        env=environment(os.environ, PATH=path, HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.strip() in ("templates", "")
    assert shell == "zsh" or process.stdout.strip() == "templates"
