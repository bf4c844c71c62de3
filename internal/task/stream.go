package task

const typeKafka = "index_kafka"

// streamKind is that of tasks which read a stream. They take their locks as rows come.
func streamKind(typ string) Kind { return Kind{Type: typ, extended: typ != typeKafka, priority: 75} }
