"""The page's types, from the structs that the server encodes.

`python -m marginline.api.typescript` writes `frontend/src/wire.ts` of a checkout; a
test proves that it is up to date.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

from marginline.api import answers as api_answers
from marginline.monitor import answers as monitor_answers
from marginline.monitor import messages, wire

MODULES = (wire, messages, monitor_answers, api_answers)
HEAD = """\
// Made by `python -m marginline.api.typescript` from the structs that the server encodes.
// Change those, not this file.
"""
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
_UNIONS = {"Message": messages.Message, "MonitorRecord": monitor_answers.MonitorRecord}


def typescript() -> str:
    """All types of the wire as one TypeScript module."""
    aliases: dict[str, str] = {}
    structs = [_interface(struct, aliases) for struct in _structs()]
    named = [aliases[name] for name in sorted(aliases)]
    unions = [f"export type {name} = {_type(of, aliases)};\n" for name, of in _UNIONS.items()]
    return "\n".join([HEAD, *named, *structs, *unions])


def _structs() -> Iterator[type[Struct]]:
    for module in MODULES:
        for found in vars(module).values():
            here = isinstance(found, type) and found.__module__ == module.__name__
            if here and issubclass(found, Struct) and found is not wire.Wire:
                yield found


def _interface(struct: type[Struct], aliases: dict[str, str]) -> str:
    config = struct.__struct_config__
    lines = [*_comment(inspect.getdoc(struct) or ""), f"export interface {struct.__name__} {{"]
    if config.tag_field is not None:
        lines.append(f'  {config.tag_field}: "{config.tag}";')
    hints = get_type_hints(struct, include_extras=True)
    lines += [f"  {name}: {_type(hints[name], aliases)};" for name in struct.__struct_fields__]
    return "\n".join([*lines, "}\n"])


def _comment(text: str) -> list[str]:
    lines = text.splitlines()
    if len(lines) == 1:
        return [f"/** {lines[0]} */"]
    return ["/**", *(f" * {line}".rstrip() for line in lines), " */"]


def _type(hint: object, aliases: dict[str, str]) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _alias(hint, aliases)
    if origin is Literal:
        return " | ".join(f'"{each}"' for each in arguments)
    if origin in (Union, types.UnionType):
        return " | ".join(_type(each, aliases) for each in arguments)
    if origin is list:
        item = _type(arguments[0], aliases)
        return f"({item})[]" if _is_union(arguments[0]) else f"{item}[]"
    if origin is dict:
        return f"Record<string, {_type(arguments[1], aliases)}>"
    if isinstance(hint, type) and hint in _PLAIN:
        return _PLAIN[hint]
    assert isinstance(hint, type), f"no TypeScript for {hint!r}"
    assert issubclass(hint, Struct), f"no TypeScript for {hint!r}"
    return hint.__name__


def _is_union(hint: object) -> bool:
    return get_origin(hint) in (Union, types.UnionType, Literal)


def _alias(hint: object, aliases: dict[str, str]) -> str:
    inner, *notes = get_args(hint)
    meta = next((note for note in notes if isinstance(note, Meta) and note.title), None)
    assert meta is not None, f"an annotated type of the wire has a title: {hint!r}"
    name = str(meta.title)
    if name not in aliases:
        comment = "\n".join(_comment(meta.description or ""))
        aliases[name] = f"{comment}\nexport type {name} = {_type(inner, aliases)};\n"
    return name


def main() -> None:
    """Write `frontend/src/wire.ts` under the current folder (or under the one given)."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    target = root / "frontend" / "src" / "wire.ts"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(typescript(), encoding="utf-8")


if __name__ == "__main__":
    main()
