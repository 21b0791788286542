"""Events with files, paths and registry keys."""

from collections.abc import Iterator

from detect.model import Kind
from detect.variants.base import Variant, changed, swapped


def names_of_files(name: str, field: str) -> Iterator[Variant]:
    """Files of a name, in any folder."""

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    yield at("the file in a folder", "hit", f"C:\\Users\\a\\{name}")
    yield at("another name that ends alike", "miss", f"C:\\Users\\a\\x{name}")
    yield at("the name in another case", "case", f"D:\\{swapped(name)}")
    yield at("the name and more", "miss", f"C:\\{name}.txt")
    yield at("a folder of the name", "miss", f"C:\\{name}\\a.exe")
    yield at("the name without a folder", "miss", name)
    for why, text in changed(name):
        yield at(why, "miss", f"C:\\{text}")


def paths(path: str, field: str) -> Iterator[Variant]:
    """Files of a path, and below a folder."""

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {field: text})

    is_folder = path.endswith("\\")
    is_whole = path[1:3] == ":\\" or path[:2] == "\\\\"
    heads = ["C:\\Users\\john_1"]
    rest = path
    if path.startswith("%UserProfile%"):
        rest = path.removeprefix("%UserProfile%")
        yield at("the file outside of a user's folder", "miss", "C:" + rest)
    elif path.startswith("%ProgramFiles%"):
        rest = path.removeprefix("%ProgramFiles%")
        heads = ["C:\\Program Files", "C:\\Program Files (x86)"]
    elif is_whole:
        heads = [""]
    inside = "a.exe" if is_folder else ""
    for head in heads:
        yield at(f"the path below {head[3:16] or 'its root'}", "hit", head + rest + inside)
    whole = heads[0] + rest + inside
    yield at("the path in another case", "case", swapped(whole))
    yield at("the path and more", "hit" if is_folder else "miss", whole + ".bak")
    if is_folder:
        yield at("a file below the folder", "hit", f"{heads[0]}{rest}b\\a.exe")
        yield at("a folder that begins alike", "miss", f"{heads[0]}{rest[:-1]}2\\a.exe")
        yield at("a file of the folder's name", "miss", heads[0] + rest[:-1])
    else:
        folder, _, name = whole.rpartition("\\")
        yield at("another name that ends alike", "miss", f"{folder}\\x{name}")
        yield at("another name in the folder", "miss", f"{folder}\\other.exe")
    for why, text in changed(rest.strip("\\")):
        if "a backslash" not in why:
            yield at(why, "miss", whole.replace(rest.strip("\\"), text))


def keys(key: str) -> Iterator[Variant]:
    """Keys and values of the registry."""

    def at(why: str, kind: Kind, text: str) -> Variant:
        return Variant(why, kind, {"TargetObject": text})

    hive, _, rest = key.partition("\\")
    user = "HKU\\S-1-5-21-1-2-3-1001"
    heads = {
        "HKCU": (user, "HKEY_CURRENT_USER"),
        "HKLM": ("HKLM", "HKEY_LOCAL_MACHINE"),
        "HKCR": ("HKCR", "HKLM\\SOFTWARE\\Classes", f"{user}_Classes"),
    }[hive]
    for head in heads:
        yield at(f"the key below {head[:22]}", "hit", f"{head}\\{rest}")
    yield at("a value of the key", "hit", f"{heads[0]}\\{rest}\\Start")
    yield at("the key in another case", "case", swapped(f"{heads[0]}\\{rest}"))
    yield at("a key that begins alike", "miss", f"{heads[0]}\\{rest}2")
    yield at("a key that ends alike", "miss", f"{heads[0]}\\x{rest}")
    yield at("the key above", "miss", f"{heads[0]}\\{rest}".rpartition("\\")[0])
    for why, text in changed(rest):
        if "a backslash" not in why:
            yield at(why, "miss", f"{heads[0]}\\{text}")
