package spec

func (r *reader) ioConfig(v value) IOConfig {
	var io IOConfig
	if !r.present(v, "type, inputSource and inputFormat") {
		return io
	}
	class := "org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexIOConfig"
	if r.taskType == "index" {
		class = "org.apache.druid.indexing.common.task.IndexTask$IndexIOConfig"
	}
	r.typeOf(v, class, r.taskType)
	io.Source = r.inputSource(v.field("inputSource"))
	io.Format = r.inputFormat(v.field("inputFormat"))
	io.Append = r.boolean(v.field("appendToExisting"), false)
	if drop := v.field("dropExisting"); r.boolean(drop, false) {
		if io.Append {
			r.refuse(drop, "must not be true if appendToExisting is true: a task replaces what is there, or adds to it")
		}
		r.unsupported(drop, "leave it out to replace the time chunks that the data falls into")
	}
	return io
}

func (io *IOConfig) appendJSON(dst []byte, taskType string) []byte {
	e := beginObject(dst)
	e.text("type", taskType)
	e.value("inputSource", io.Source)
	e.value("inputFormat", io.Format)
	e.boolean("appendToExisting", io.Append)
	e.boolean("dropExisting", false)
	return e.end()
}
