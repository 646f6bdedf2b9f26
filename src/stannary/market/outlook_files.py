"""Save an outlook and open it again: NetCDF for xarray, Parquet for everything else, lineage in both.

A file appears whole or not at all, and an outlook opened again equals the one that was saved.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xarray as xr

from stannary.errors import MarketError, NotFoundError, Place, Problem, UsageError
from stannary.lineage import Lineage
from stannary.market.model import Note
from stannary.market.outlook import Caution, Failure, Happening, Outlook, Story

__all__ = ["FORM", "open_outlook", "save_outlook"]

FORM = 1
"""The form of the files; a later one is refused in words."""

STORY = "stannary.outlook"
CELLS_A_GROUP = 500_000


def save_outlook(outlook: Outlook, path: Path | str) -> Path:
    """Save an outlook as .nc (NetCDF 3, 64-bit offsets) or .parquet; give the path.

    Parquet holds one row a draw, period and place, in families of variables with the same axes: the column
    `family` names the axes, and columns of other families are empty in that row. Raises `UsageError`
    (STN-USAGE-005) for another ending or a place that cannot be written.
    """
    place = Path(path)
    write = {".nc": _write_netcdf, ".parquet": _write_parquet}.get(place.suffix.lower())
    if write is None:
        message = f"An outlook is not saved as {place.suffix or 'a file without an ending'}."
        raise UsageError([Problem("STN-USAGE-005", message, "Use .nc or .parquet.", Place(str(place)))])
    try:
        _arrive(place, lambda draft: write(outlook, draft))
    except OSError as error:
        message = f"It cannot be written ({error.strerror or error})."
        raise UsageError(
            [Problem("STN-USAGE-005", message, "Name another place.", Place(str(place)))]
        ) from error
    return place


def open_outlook(path: Path | str) -> Outlook:
    """Open an outlook that was saved.

    Raises `NotFoundError` (STN-FOUND-001) where there is none and `MarketError` (STN-OUTLOOK-001) for a file
    that is none, is damaged, or is of a later form.
    """
    place = Path(path)
    if not place.is_file():
        problem = Problem(
            "STN-FOUND-001", "There is no such file.", "Name a saved outlook.", Place(str(place))
        )
        raise NotFoundError([problem])
    try:
        read = _read_netcdf if place.suffix.lower() == ".nc" else _read_parquet
        return read(place)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        message = f"It is no outlook of form {FORM}, or it is damaged ({type(error).__name__}: {error})."
        remedy = "Make the outlook again with stannary simulate."
        problem = Problem("STN-OUTLOOK-001", message.replace("\n", " "), remedy, Place(str(place)))
        raise MarketError([problem]) from error


def _arrive(place: Path, write: Callable[[Path], None]) -> None:
    """Write beside the place and move there in one step."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=place.suffix, dir=place.parent)
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


# -- NetCDF -------------------------------------------------------------------------------------------------


def _write_netcdf(outlook: Outlook, path: Path) -> None:
    told = outlook.data.assign_attrs({STORY: _story_as_text(outlook.story)})
    told.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def _read_netcdf(path: Path) -> Outlook:
    data = xr.load_dataset(path, engine="scipy")
    story = _story_of_text(data.attrs.pop(STORY))
    texts = [name for name in ("period", "layer", "region", "origin", "product") if name in data.coords]
    data = data.assign_coords({name: data[name].astype(str) for name in texts})
    # the format has no 64-bit integers
    data = data.assign_coords({name: data[name].astype(np.int64) for name in ("draw", "good")})
    for variable in data.variables.values():
        variable.encoding = {}
    data.encoding = {}
    return Outlook(data, story)


# -- Parquet ------------------------------------------------------------------------------------------------

DIMENSIONS = ("draw", "period", "layer", "good", "region", "origin")
FAMILY = "family"


def _write_parquet(outlook: Outlook, path: Path) -> None:
    data = outlook.data
    names = [str(name) for name in data.data_vars]
    schema = pa.schema(
        [
            (FAMILY, pa.dictionary(pa.int8(), pa.string())),
            ("draw", pa.int32()),
            *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("period", "layer")),
            ("good", pa.int32()),
            *((name, pa.dictionary(pa.int32(), pa.string())) for name in ("product", "region", "origin")),
            *((name, pa.float64()) for name in names),
        ],
        metadata={STORY: _story_as_text(outlook.story), f"{STORY}.axes": _axes_as_text(data)},
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in _tables(data, schema):
            writer.write_table(table)


def _tables(data: xr.Dataset, schema: pa.Schema) -> Iterator[pa.Table]:
    families: dict[tuple[str, ...], list[str]] = {}
    for name, variable in data.data_vars.items():
        families.setdefault(tuple(str(dim) for dim in variable.dims), []).append(str(name))
    for dims, names in families.items():
        cells = int(np.prod([data.sizes[dim] for dim in dims if dim != "draw"]))
        step = max(1, CELLS_A_GROUP // max(1, cells))
        for start in range(0, data.sizes["draw"], step):
            yield _rows(data.isel(draw=slice(start, start + step)), dims, names, schema)


def _rows(part: xr.Dataset, dims: tuple[str, ...], names: list[str], schema: pa.Schema) -> pa.Table:
    shape = tuple(part.sizes[dim] for dim in dims)
    count = int(np.prod(shape))
    places = dict(zip(dims, np.indices(shape, dtype=np.int32).reshape(len(dims), count), strict=True))
    columns: dict[str, pa.Array] = {FAMILY: _coded(np.zeros(count, np.int8), [" ".join(dims)], pa.int8())}
    for dim in dims:
        if dim in ("draw", "good"):
            columns[dim] = pa.array(part[dim].values[places[dim]].astype(np.int32))
        else:
            columns[dim] = _coded(places[dim], [str(name) for name in part[dim].values])
    if "layer" in dims and "good" in dims:
        width = part.sizes["good"]
        products = [str(name) for name in part["product"].values.ravel()]
        columns["product"] = _coded(places["layer"] * width + places["good"], products)
    for name in names:
        columns[name] = pa.array(part[name].values.ravel())
    filled = [columns.get(each.name, pa.nulls(count, each.type)) for each in schema]
    return pa.Table.from_arrays(filled, schema=schema)


def _coded(codes: np.ndarray, words: list[str], kind: Any = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, type=kind or pa.int32()), pa.array(words))


def _axes_as_text(data: xr.Dataset) -> str:
    """Write the axes, and each variable's axes and words, so that the dataset can be put together again."""
    told: dict[str, Any] = {name: data[name].values.tolist() for name in DIMENSIONS if name in data.coords}
    told["product"] = data["product"].values.tolist()
    told["variables"] = {
        str(name): {"dims": list(each.dims), "attrs": dict(each.attrs)}
        for name, each in data.data_vars.items()
    }
    return json.dumps(told, ensure_ascii=False)


def _read_parquet(path: Path) -> Outlook:
    file = pq.ParquetFile(path)
    meta: Mapping[bytes, bytes] = file.schema_arrow.metadata or {}
    axes = json.loads(meta[f"{STORY}.axes".encode()])
    sizes = {name: len(axes[name]) for name in DIMENSIONS if name in axes}
    told = axes["variables"]
    arrays = {
        name: np.full([sizes[dim] for dim in each["dims"]], np.nan).reshape(-1) for name, each in told.items()
    }
    filled = dict.fromkeys(told, 0)
    for batch in file.iter_batches(columns=[FAMILY, *told]):
        family = batch.column(FAMILY).to_pylist()
        # a batch may hold the end of one family and the beginning of the next
        edges = [0, *(i for i in range(1, len(family)) if family[i] != family[i - 1]), len(family)]
        for start, stop in pairwise(edges):
            for name, each in told.items():
                if " ".join(each["dims"]) == family[start]:
                    values = batch.column(name).slice(start, stop - start).to_numpy(zero_copy_only=False)
                    arrays[name][filled[name] : filled[name] + len(values)] = values
                    filled[name] += len(values)
    if any(filled[name] != array.size for name, array in arrays.items()):
        raise ValueError("rows are missing")
    variables = {
        name: xr.Variable(
            each["dims"], arrays[name].reshape([sizes[dim] for dim in each["dims"]]), each["attrs"]
        )
        for name, each in told.items()
    }
    coordinates: dict[str, Any] = {name: axes[name] for name in sizes}
    coordinates["product"] = (("layer", "good"), np.array(axes["product"]))
    return Outlook(xr.Dataset(variables, coordinates), _story_of_text(meta[STORY.encode()].decode()))


# -- the story ----------------------------------------------------------------------------------------------


def _story_as_text(story: Story) -> str:
    return json.dumps({"form": FORM} | asdict(story), sort_keys=True)


def _story_of_text(text: str) -> Story:
    told = json.loads(text)
    if told.pop("form") != FORM:
        raise ValueError("of another form")
    told["lineage"] = Lineage(**told["lineage"])
    told["members"] = {name: tuple(each) for name, each in told["members"].items()}
    told["zone"] = tuple(told["zone"])
    for name, kind in (
        ("assumptions", Note), ("happenings", Happening), ("failures", Failure), ("cautions", Caution),
    ):  # fmt: skip
        told[name] = tuple(kind(**each) for each in told[name])
    return Story(**told)
