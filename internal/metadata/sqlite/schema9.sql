-- Times that look like some and are none, like the 30th of February, are odd, too.

DROP INDEX {idx_segments_datasource_used_odd};
CREATE INDEX {idx_segments_datasource_used_odd} ON {segments}(dataSource, used)
  WHERE NOT (typeof(start) = 'text' AND typeof("end") = 'text' AND typeof(version) = 'text'
    AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr(start, -13, 2) < '24' AND CASE length(start) WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', start) IS start
      ELSE length(start) < 30 + (start GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr(start, -19)) IS substr(start, -19) END
    AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr("end", -13, 2) < '24' AND CASE length("end") WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', "end") IS "end"
      ELSE length("end") < 30 + ("end" GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr("end", -19)) IS substr("end", -19) END);
DROP INDEX {idx_pendingSegments_datasource_odd};
CREATE INDEX {idx_pendingSegments_datasource_odd} ON {pendingSegments}(dataSource)
  WHERE NOT (typeof(start) = 'text' AND typeof("end") = 'text'
    AND start GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr(start, -13, 2) < '24' AND CASE length(start) WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', start) IS start
      ELSE length(start) < 30 + (start GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr(start, -19)) IS substr(start, -19) END
    AND "end" GLOB '[-0-9]*[0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z'
    AND substr("end", -13, 2) < '24' AND CASE length("end") WHEN 24 THEN strftime('%Y-%m-%dT%H:%M:%fZ', "end") IS "end"
      ELSE length("end") < 30 + ("end" GLOB '-*') AND strftime('%m-%dT%H:%M:%fZ', '2000-' || substr("end", -19)) IS substr("end", -19) END);
