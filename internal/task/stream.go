package task

import (
	"cmp"

	"ovate/internal/spec"
)

const typeKafka = "index_kafka"

// streamKind is that of tasks which read a stream. They take their locks as rows come.
func streamKind(typ string) Kind {
	k := Kind{Type: typ, MakesSegments: true, replicated: true, priority: 75, extended: true, check: (*spec.Document).CheckStream, outline: outlineOfStream}
	if typ == typeKafka {
		k.extended, k.check = false, (*spec.Document).CheckKafka
	}
	return k
}

// outlineOfStream is that of a task which reads a stream.
func outlineOfStream(raw []byte) (outline, error) {
	var f struct {
		DataSource string      `json:"dataSource"`
		Schema     namedSource `json:"dataSchema"`
	}
	err := readFields(raw, &f)
	return outline{dataSource: cmp.Or(f.Schema.DataSource, f.DataSource)}, err
}
