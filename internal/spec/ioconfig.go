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
			r.refuseAsDruid(drop, "Cannot construct instance of `%s`, problem: Cannot simultaneously replace and append to existing segments. "+
				"Either dropExisting or appendToExisting should be set to false", r.replacingClass())
		}
		r.unsupported(drop, "leave it out to replace the time chunks that the data falls into")
	}
	return io
}

// replacingClass is the Java class that refuses to append and replace at once.
func (r *reader) replacingClass() string {
	if r.taskType == "index" {
		return r.specClass()
	}
	return "org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexSupervisorTask"
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
