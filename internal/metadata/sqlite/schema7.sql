-- Segments whose files may lie in another folder than the one a push of their id makes, of which there are few: copies of appended segments
-- under another version, segments of time chunks that begin at midnight elsewhere, and what other programs have written. The files of
-- any other segment lie in a folder that its id names, so that two of these never share files (elsewhere.go).

CREATE INDEX {idx_segments_elsewhere} ON {segments}(id)
  WHERE NOT (instr(payload, '/' || dataSource || '/' || start || '_' || "end" || '/' || version || '/' || partition_num || '/') > 0
    AND instr(payload, '/../') = 0 AND typeof(payload) = 'blob');
