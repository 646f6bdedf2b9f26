"""Settings of the faces: a flag beats `STANNARY_*`, which beats `stannary.toml`, which beats the default.

Only `cli/` and `web/` read settings; the rooms below take arguments. A setting never changes what the
law says, only where things lie and how answers look.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stannary.errors import NotFoundError, Place, Problem, UsageError, refuse

__all__ = ["FILE", "SETTINGS", "Found", "Setting", "Settings", "explain_setting", "gather"]

FILE = "stannary.toml"
"""The settings file, looked for in the working folder; `STANNARY_CONFIG` names another."""

PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]*@")
"""A password inside an address, which is never shown."""

FORMATS = ("table", "json", "ndjson", "csv", "parquet")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its key, what it is for, its default in words, and how its text is read."""

    key: str
    words: str
    default: str
    read: Callable[[str], Any]
    is_secret: bool = False

    @property
    def variable(self) -> str:
        """Give the environment variable that sets it."""
        return f"STANNARY_{self.key.upper()}"


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("nothing is written")
    return text


def _format(text: str) -> str:
    if text not in FORMATS:
        raise ValueError(f"not one of {', '.join(FORMATS)}")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("not a day written YYYY-MM-DD") from None


def _memory(text: str) -> str:
    number, unit = text.strip()[:-2], text.strip()[-2:].upper()
    if unit not in ("MB", "GB") or not number.strip().isdigit() or int(number) == 0:
        raise ValueError("not a size such as 400MB or 2GB")
    return f"{int(number)}{unit}"


SETTINGS: tuple[Setting, ...] = (
    Setting("zone", "The zone to work in: the name of one that ships, or a folder.", "forge", _text),
    Setting("charter", "A folder with another charter than the zone's.", "", _text),
    Setting("atlas", "A folder with another atlas than the zone's.", "", _text),
    Setting("as_of", "The day questions about the law are asked for.", "", _day),
    Setting("format", "How answers are written: " + ", ".join(FORMATS) + ".", "", _format),
    Setting("book", "The book: a file, or the address of a PostgreSQL database.", "book.db", _text),
    Setting("organisation", "Whose accounts are meant, in a book of several.", "", _text),
    Setting("memory", "The most memory the database may take before it uses the disk.", "400MB", _memory),
    Setting("cache", "The folder that keeps answers of official APIs.", "~/.cache/stannary", _text),
    Setting("census_key", "Key of the US Census international trade API.", "", _text, is_secret=True),
    Setting("comtrade_key", "Subscription key of UN Comtrade.", "", _text, is_secret=True),
)

BY_KEY = {setting.key: setting for setting in SETTINGS}
NOT_SETTINGS = frozenset({"STANNARY_CONFIG", "STANNARY_DEBUG"})
"""Variables that are ours and no settings: the place of the file, and tracebacks on a crash."""


@dataclass(frozen=True, slots=True)
class Found:
    """The value of a setting and where it came from; `others` names what it beat."""

    setting: Setting
    value: Any
    origin: str
    others: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Give the value as text, secrets hidden."""
        if self.value is None:
            return "not set"
        return "set (hidden)" if self.setting.is_secret else PASSWORD.sub(r"\1:***@", str(self.value))


@dataclass(frozen=True)
class Settings:
    """All settings as they stand; `settings.zone` gives a value, `None` where nothing is set."""

    found: Mapping[str, Found]

    def __getattr__(self, key: str) -> Any:
        try:
            return self.found[key].value
        except KeyError:
            raise AttributeError(key) from None


def gather(flags: Mapping[str, object], environment: Mapping[str, str], folder: Path = Path()) -> Settings:
    """Find every setting: flags that are not `None`, then the environment, then the file, then defaults.

    Raises `UsageError` (STN-USAGE-003 and -004) listing every unknown key, ill-formed value and an
    unreadable file.
    """
    problems: list[Problem] = []
    file, written = _file(environment, folder, problems)
    problems += _strangers(environment, written, file)
    found: dict[str, Found] = {}
    for setting in SETTINGS:
        offers = list(_offers(setting, flags, environment, written, file))
        for origin, text, place in offers[:1]:
            try:
                value = setting.read(text)
            except ValueError as error:
                shown = "the value" if setting.is_secret else repr(text)
                message = f"{setting.key} is {shown}: {error}."
                problems.append(Problem("STN-USAGE-003", message, setting.words, place))
                continue
            found[setting.key] = Found(setting, value, origin, tuple(offer[0] for offer in offers[1:]))
        if not offers:
            found[setting.key] = Found(setting, None, "no default")
    refuse(UsageError, problems)
    return Settings(MappingProxyType(found))


def explain_setting(key: str, settings: Settings) -> Found:
    """Give one setting with where it came from. Raises `NotFoundError` (STN-FOUND-001) for another key."""
    wanted = key.lower().removeprefix("stannary_").replace("-", "_")
    if wanted not in BY_KEY:
        near = get_close_matches(wanted, BY_KEY, n=2, cutoff=0.5)
        remedy = f"Did you mean {' or '.join(near)}?" if near else f"Settings are {', '.join(BY_KEY)}."
        raise NotFoundError([Problem("STN-FOUND-001", f"There is no setting {key!r}.", remedy)])
    return settings.found[wanted]


def _offers(
    setting: Setting,
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    written: Mapping[str, object],
    file: Path | None,
) -> Iterator[tuple[str, str, Place]]:
    """Give what is offered for a setting, the strongest first: origin, text, place."""
    flag = flags.get(setting.key)
    if flag is not None:
        name = f"--{setting.key.replace('_', '-')}"
        yield f"the flag {name}", str(flag), Place(path=name)
    if environment.get(setting.variable):
        yield f"the variable {setting.variable}", environment[setting.variable], Place(path=setting.variable)
    if setting.key in written:
        place = Place(str(file), path=setting.key)
        yield f"the file {file}", str(written[setting.key]), place
    if setting.default:
        yield "the default", setting.default, Place()


def _file(
    environment: Mapping[str, str], folder: Path, problems: list[Problem]
) -> tuple[Path | None, Mapping[str, object]]:
    named = environment.get("STANNARY_CONFIG")
    path = Path(named) if named else folder / FILE
    if not named and not path.is_file():
        return None, {}
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"The settings file cannot be read ({error.strerror})."
        problems.append(Problem("STN-USAGE-004", message, "Name a TOML file.", Place(str(path))))
    except ValueError as error:
        message = f"The settings file is not TOML: {error}."
        problems.append(
            Problem("STN-USAGE-004", message, 'Write lines such as zone = "forge".', Place(str(path)))
        )
    return path, {}


def _strangers(
    environment: Mapping[str, str], written: Mapping[str, object], file: Path | None
) -> Iterator[Problem]:
    """List keys of the file that are no settings, and variables that look like one misspelt.

    Other variables that start with STANNARY_ are left alone: they may belong to someone else's scripts.
    """
    for key in written:
        if key not in BY_KEY:
            near = get_close_matches(key, BY_KEY, n=1, cutoff=0.6)
            remedy = f"Did you mean {near[0]}?" if near else f"Settings are {', '.join(BY_KEY)}."
            yield Problem("STN-USAGE-003", f"{key} is no setting.", remedy, Place(str(file), path=key))
    variables = {setting.variable for setting in SETTINGS}
    for name in sorted(environment):
        if name.startswith("STANNARY_") and name not in variables | NOT_SETTINGS:
            for near_one in get_close_matches(name, variables, n=1, cutoff=0.85):
                message = f"{name} is no setting."
                yield Problem("STN-USAGE-003", message, f"Did you mean {near_one}?", Place(path=name))
