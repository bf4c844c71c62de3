-- Segments that are found neither by when they are nor by how long: interval.go says which. Those with a far end are found chunk by
-- chunk, so that many segments in a chunk of all time cost nothing.

DROP INDEX {idx_segments_datasource_used_far};
CREATE INDEX {idx_segments_datasource_used_far} ON {segments}(dataSource, used, start, "end", version)
  WHERE (length(start) > 24 OR length("end") > 24);
CREATE INDEX {idx_segments_datasource_used_odd} ON {segments}(dataSource, used)
  WHERE NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND typeof(version) = 'text'
    AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z');
CREATE INDEX {idx_pendingSegments_datasource_odd} ON {pendingSegments}(dataSource)
  WHERE NOT (typeof(start) = 'text' AND typeof("end") = 'text'
    AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z');
