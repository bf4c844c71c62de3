"""DIR SPEC OUT: read DIR/f3.csv or DIR/f3.json with DuckDB on all cores, sort the rows or roll them up as SPEC (csv, csv_rollup,
json or json_rollup) does, and write them to OUT as Parquet with LZ4. Three times; each time's seconds are printed."""
import os
import sys
import time

import duckdb

directory, spec, out = sys.argv[1:]

TIME = "'time_hour': 'TIMESTAMP'"
TEXTS = ", ".join(f"'{name}': 'VARCHAR'" for name in ("carrier", "tailnum", "origin", "dest"))
NUMBERS = ", ".join(f"'{name}': 'BIGINT'" for name in ("flight", "hour", "dep_delay", "distance", "air_time", "arr_delay"))

if spec.startswith("csv"):
    rows = f"read_csv('{directory}/f3.csv', nullstr = 'NA', sample_size = 1000, types = {{{TIME}}})"
else:
    rows = f"read_json('{directory}/f3.json', format = 'newline_delimited', columns = {{{TIME}, {TEXTS}, {NUMBERS}}})"

if spec.endswith("_rollup"):
    query = f"""SELECT date_trunc('day', time_hour) AS t, carrier, origin, dest,
                       count(*) AS n, sum(air_time) AS air, sum(arr_delay) AS arr, sum(distance) AS dist
                FROM {rows} GROUP BY ALL ORDER BY ALL"""
else:
    query = f"""SELECT time_hour, carrier, tailnum, origin, dest, flight, hour, dep_delay, distance, air_time, arr_delay
                FROM {rows} ORDER BY time_hour"""

database = duckdb.connect()
database.execute("SET enable_progress_bar = false")  # it would go where the seconds go
for _ in range(3):
    began = time.perf_counter()
    database.execute(f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION lz4)")
    print(time.perf_counter() - began)
os.remove(out)
