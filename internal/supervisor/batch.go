package supervisor

import (
	"github.com/google/uuid"

	"ovate/druid"
)

// batchKind is that of supervisors which have a query of SQL run by a schedule. Druid asks a Broker which data source the query writes to; here the
// spec has to say it.
func batchKind() Kind {
	return Kind{
		Type:     "scheduled_batch",
		outline:  func(p *parsed) (dataSource, source string) { return p.DataSource, "" },
		identify: nameBatch,
	}
}

// nameBatch gives a supervisor an id, which Druid makes up, too, if the spec has none. It is stored with the spec, as the next leader would make up another.
func nameBatch(s *Spec, p *parsed) error {
	if s.ID = p.ID; s.ID == "" {
		s.ID = "scheduled_batch__" + s.DataSource + "__" + uuid.NewString()
		s.Payload = withMember(s.Payload, "id", druid.AppendString(nil, s.ID))
	}
	return nil
}
