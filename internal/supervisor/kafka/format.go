package kafka

// checkFormat refuses an inputFormat that Druid would, as far as its type is known here.
func checkFormat(v value) {
	switch typ := v.typed(); typ {
	case "csv", "tsv":
	}
}
