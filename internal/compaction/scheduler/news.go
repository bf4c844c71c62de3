package scheduler

import "ovate/internal/queue"

// news is which compact tasks are active, whoever has submitted them, and which have ended since somebody has asked.
type news struct {
	active map[string]bool
	ended  []string
}

func newNews() news { return news{active: map[string]bool{}} }

func (n *news) hear(all []queue.News) {
	for _, one := range all {
		if one.Ended {
			delete(n.active, one.ID)
			n.ended = append(n.ended, one.ID)
		} else {
			n.active[one.ID] = true
		}
	}
}
