-- Segments whose rows may name other files than those in the folder that a push of their id makes (schema7.sql): all but those whose payload
-- begins as programs of Druid and this one write it, with a path that ends with that folder, a unique name or none, and index or index.zip,
-- and with nothing behind it that could be a path to a segment. In local_path the folder is a quotation mark, which no path has as it is.

ALTER TABLE {segments} ADD COLUMN local_path TEXT GENERATED ALWAYS AS (CASE
  WHEN typeof(payload) = 'blob' AND instr(payload, '"},"') > 0
    AND instr(payload, '{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"local","path":"') = 1
  THEN replace(substr(substr(CAST(payload AS TEXT), 1, instr(payload, '"},"') - 1),
    length('{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"local","path":"') + 1),
    '/' || dataSource || '/' || start || '_' || "end" || '/' || version || '/' || partition_num || '/', '"')
  END) VIRTUAL;
DROP INDEX {idx_segments_elsewhere};
CREATE INDEX {idx_segments_elsewhere} ON {segments}(id)
  WHERE NOT coalesce(id = dataSource || '_' || start || '_' || "end" || '_' || version || CASE partition_num WHEN 0 THEN '' ELSE '_' || partition_num END
    AND (local_path GLOB '*"????????-????-????-????-????????????/index/' OR local_path GLOB '*"????????-????-????-????-????????????/index.zip' OR local_path GLOB '*"????????-????-????-????-????????????/index'
      OR local_path GLOB '*"index/' OR local_path GLOB '*"index.zip' OR local_path GLOB '*"index')
    AND NOT local_path GLOB '*["\]*["\]*'
    AND NOT substr(CAST(payload AS TEXT), instr(payload, '"},"')) GLOB '*/*_*/*/*'
    AND instr(substr(CAST(payload AS TEXT), instr(payload, '"},"')), '\u') = 0, 0);
