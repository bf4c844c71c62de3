-- Segments in S3 are where their id says (schema8.sql), too, if the key of their load spec ends as a path would. load_spec is what a load spec says
-- behind the beginning of its type, as programs of Druid and this one write it.

DROP INDEX {idx_segments_elsewhere};
ALTER TABLE {segments} DROP COLUMN local_path;
ALTER TABLE {segments} ADD COLUMN load_spec TEXT GENERATED ALWAYS AS (CASE
  WHEN known_span IS NULL AND typeof(payload) = 'blob' AND instr(payload, '"},"') > 0
    AND instr(payload, '{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"') = 1
  THEN substr(substr(CAST(payload AS TEXT), 1, instr(payload, '"},"') - 1),
    length('{"dataSource":"' || dataSource || '","interval":"' || start || '/' || "end" || '","version":"' || version || '","loadSpec":{"type":"') + 1)
  END) VIRTUAL;
ALTER TABLE {segments} ADD COLUMN local_path TEXT GENERATED ALWAYS AS (replace(CASE
  WHEN load_spec GLOB 'local","path":"*' THEN substr(load_spec, 16)
  WHEN load_spec GLOB 's3_zip","bucket":"*","key":"*","S3Schema":"s3[an]' AND NOT substr(load_spec, 19, instr(load_spec, '","key":"') - 19) GLOB '*["\/]*'
  THEN '/' || substr(load_spec, instr(load_spec, '","key":"') + 9, length(load_spec) - instr(load_spec, '","key":"') - 25)
  END, '/' || dataSource || '/' || start || '_' || "end" || '/' || version || '/' || partition_num || '/', '"')) VIRTUAL;
CREATE INDEX {idx_segments_elsewhere} ON {segments}(id)
  WHERE known_span IS NULL AND NOT coalesce(id = dataSource || '_' || start || '_' || "end" || '_' || version || CASE partition_num WHEN 0 THEN '' ELSE '_' || partition_num END
    AND (local_path GLOB '*"????????-????-????-????-????????????/index/' OR local_path GLOB '*"????????-????-????-????-????????????/index.zip' OR local_path GLOB '*"????????-????-????-????-????????????/index'
      OR local_path GLOB '*"index/' OR local_path GLOB '*"index.zip' OR local_path GLOB '*"index')
    AND NOT local_path GLOB '*["\]*["\]*'
    AND NOT substr(CAST(payload AS TEXT), instr(payload, '"},"')) GLOB '*/*_*/*/*'
    AND instr(substr(CAST(payload AS TEXT), instr(payload, '"},"')), '\u') = 0, 0);
