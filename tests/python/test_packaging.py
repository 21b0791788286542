"""What is in the wheel and in the sdist: read from the built files, not from the configuration."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from _harness import REPO

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one wheel and one sdist: those that `make` built, else built here."""
    if built := os.environ.get("SOCDEF_PACKAGES"):
        return REPO / built
    folder: Path = tmp_path_factory.mktemp("packages")
    maturin = str(Path(sys.executable).with_name("maturin"))
    subprocess.run([maturin, "build", "--profile", "dev", "--out", str(folder)], cwd=REPO, check=True)
    subprocess.run([maturin, "sdist", "--out", str(folder)], cwd=REPO, check=True)
    return folder


@pytest.fixture(scope="session")
def wheel(packages: Path) -> Path:
    (path,) = packages.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def wheel_names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="session")
def sdist(packages: Path) -> Path:
    (path,) = packages.glob("*.tar.gz")
    return path


@pytest.fixture(scope="session")
def sdist_names(sdist: Path) -> list[str]:
    """The files, without the folder that an sdist wraps them in."""
    with tarfile.open(sdist) as archive:
        return [name.split("/", 1)[1] for name in archive.getnames()]


@pytest.mark.parametrize(
    "name",
    [
        "socdef_sigma/__init__.py",
        "socdef_sigma/_core.pyi",
        "socdef_sigma/cli/__init__.py",
        "socdef_sigma/py.typed",
        "socdef_sigma/sigma-check.yml",
        "sigma/pipelines/socdef/__init__.py",
    ],
)
def test_wheel_holds(name: str, wheel_names: list[str]) -> None:
    assert name in wheel_names


def test_wheel_holds_every_python_file_and_table(wheel_names: list[str]) -> None:
    """A module or table forgotten by the configuration would work in an editable install only."""
    sources = REPO / "python"
    expected = {
        path.relative_to(sources).as_posix() for kind in ("*.py", "*.yml") for path in sources.rglob(kind)
    }
    assert "sigma/pipelines/socdef/tables/xdr.yml" in expected
    assert expected <= set(wheel_names)


def test_wheel_holds_the_licence_texts_of_what_it_links(wheel_names: list[str]) -> None:
    for name in ("LICENSE", "NOTICE", "LICENSES-THIRD-PARTY.txt"):
        assert any(held.endswith(f".dist-info/licenses/{name}") for held in wheel_names), name


def test_wheel_serves_every_python_from_3_10(wheel: Path, wheel_names: list[str]) -> None:
    assert "-cp310-abi3-" in wheel.name
    extensions = [name for name in wheel_names if Path(name).suffix in {".so", ".pyd"}]
    assert len(extensions) == 1
    assert extensions[0].startswith("socdef_sigma/_core.")
    assert "abi3" in extensions[0] or extensions[0].endswith(".pyd")


def test_wheel_leaves_the_sigma_namespace_to_all(wheel_names: list[str]) -> None:
    """An `__init__.py` at these levels would hide pySigma itself, or every other pipeline."""
    assert not {"sigma/__init__.py", "sigma/pipelines/__init__.py"} & set(wheel_names)


def test_wheel_holds_nothing_else(wheel_names: list[str]) -> None:
    for name in wheel_names:
        top = name.split("/")[0]
        assert top in {"socdef_sigma", "sigma"} or top.endswith(".dist-info"), name
        assert "__pycache__" not in name
        if top == "sigma":
            assert name.startswith("sigma/pipelines/socdef/")


def test_wheel_has_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "socdef-sigma=" in archive.read(entry_points).decode().replace(" ", "")


def test_sdist_is_small(sdist: Path) -> None:
    assert sdist.stat().st_size < 2_000_000


@pytest.mark.parametrize(
    "name",
    [
        "Cargo.toml",
        "Cargo.lock",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "LICENSES-THIRD-PARTY.txt",
        "PKG-INFO",
        "src/lib.rs",
    ],
)
def test_sdist_holds(name: str, sdist_names: list[str]) -> None:
    assert name in sdist_names


def test_sdist_holds_every_template_and_source(sdist_names: list[str]) -> None:
    """The templates are compiled in, so without one the sdist does not build."""
    expected = {
        path.relative_to(REPO).as_posix()
        for folder in ("src", "templates", "python")
        for path in (REPO / folder).rglob("*")
        if path.is_file() and path.suffix in {".rs", ".py", ".pyi", ".j2", ".yml", ".json", ".typed"}
    }
    assert any(name.endswith(".j2") for name in expected)
    assert expected <= set(sdist_names)


def test_sdist_holds_no_build_output(sdist_names: list[str]) -> None:
    unwanted = {"target", "dist", "tests", ".git", ".github", ".ci"}
    for name in sdist_names:
        parts = Path(name).parts
        assert parts[0] not in unwanted, name
        assert not any(part.startswith(".venv") or part == "__pycache__" for part in parts), name
        assert Path(name).suffix not in {".so", ".pyd", ".whl", ".pyc"}, name
