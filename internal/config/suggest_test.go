package config

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"druid.worker.capcity":         "druid.worker.capacity",
		"druid.workers.capacity":       "druid.worker.capacity",
		"Druid.Worker.Capacity":        "druid.worker.capacity",
		"drudi.host":                   "druid.host",
		"ovate.ingest.memroy":          "ovate.ingest.memory",
		"druid.storage.storageDir":     "",
		"druid.extensions.directory":   "",
		"druid.zk.services.host":       "druid.zk.service.host",
		"druid.extensions.loadList":    "",
		"druid.startup.logging.x":      "",
		"druid.request.logging.type":   "",
		"druid.indexer.task.baseDir":   "",
		"druid.coordinator.startDelay": "",
		"":                             "",
	} {
		if got := c.Nearest(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Every name that is not known is listed, unless another property uses it.
func TestUnknownProperties(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{Files: []string{file(t, "druid.extensions.directory=z\ndrud.host=x\nmy.dir=/tmp/x\novate.data=${sys:my.dir}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range c.Unused() {
		names = append(names, s.Key)
	}
	if len(names) != 2 || names[0] != "drud.host" || names[1] != "druid.extensions.directory" {
		t.Errorf("%v", names)
	}
}
