"""Reads one file with DuckDB, or of JSON the list below some keys, and prints it as JSON lines: first {"columns": [...], "types": [...]}, then a line a row.

A value is printed as its text in the file; NULL as null. Beside each row are the milliseconds of the values that DuckDB takes
for dates and times: {"texts": [...], "millis": [...]}.
"""
import bz2
import json
import lzma
import os
import sys
import tempfile

import duckdb

def flat(prefix, value, into):
    """Puts the values below value into a dict by dotted names. Numbers are the texts of the file."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            flat(prefix + "." + key if prefix else key, inner, into)
    elif isinstance(value, (dict, list)):
        into[prefix] = json.dumps(value)
    elif isinstance(value, bool):
        into[prefix] = "true" if value else "false"
    else:
        into[prefix] = value


def print_csv(path):
    read = "read_csv(?, sample_size=-1, strict_mode=true, all_varchar=%s)"
    typed = duckdb.execute("describe select * from " + read % "false", [path]).fetchall()
    names = [row[0] for row in typed]
    types = [row[1] for row in typed]
    print(json.dumps({"columns": names, "types": types}))
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    texts = duckdb.execute("select * from " + read % "true", [path])
    times = [q if t == "DATE" or t.startswith("TIMESTAMP") else "null" for q, t in zip(quoted, types)]
    millis = None
    if any(t != "null" for t in times):
        columns = ", ".join("null" if t == "null" else f"epoch_ms({t})" for t in times)
        other = duckdb.connect()
        other.execute("set enable_progress_bar = false")
        millis = other.execute(f"select {columns} from " + read % "false", [path])
    while rows := texts.fetchmany(10000):
        instants = millis.fetchmany(10000) if millis else [None] * len(rows)
        for row, instant in zip(rows, instants):
            print(json.dumps({"texts": row, "millis": instant}))


def print_json(path, keys):
    """DuckDB says where rows begin and end. Its types would change values that differ from row to row."""
    row = "json"
    if keys:
        row = "unnest(json_extract(json, '$%s[*]'))" % "".join('."%s"' % key for key in keys.split("."))
    rows = duckdb.execute(f"select {row} from read_json_objects(?, maximum_object_size=268435456)", [path])
    flattened = []
    columns = {}
    while batch := rows.fetchmany(10000):
        for (text,) in batch:
            into = {}
            flat("", json.loads(text, parse_int=str, parse_float=str, parse_constant=str), into)
            columns.update(dict.fromkeys(into))
            flattened.append(into)
    print(json.dumps({"columns": list(columns), "types": ["JSON"] * len(columns)}))
    for row in flattened:
        print(json.dumps({"texts": [row.get(name) for name in columns], "millis": None}))


def main(path, keys):
    duckdb.execute("set enable_progress_bar = false")
    opener = {".bz2": bz2.open, ".xz": lzma.open}.get(os.path.splitext(path)[1].lower())
    kind = ".json" if "json" in os.path.basename(path).lower() else ".csv"
    show = (lambda path: print_json(path, keys)) if kind == ".json" else print_csv
    if opener is None:  # DuckDB reads the others by itself
        show(path)
        return
    with tempfile.NamedTemporaryFile(suffix=kind) as plain:
        with opener(path) as packed:
            plain.write(packed.read())
        plain.flush()
        show(plain.name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
