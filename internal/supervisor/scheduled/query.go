package scheduled

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"ovate/druid"
	"ovate/internal/broker"
	"ovate/internal/jsontext"
	"ovate/internal/secret"
	"ovate/internal/supervisor"
)

// Brokers are asked to make tasks of queries, and what queries do. The error is broker.ErrNone if there are none.
type Brokers interface {
	// Post sends JSON. What an error tells of an answer is what hide leaves.
	Post(ctx context.Context, path string, body []byte, hide func(string) string) (status int, answer []byte, err error)
}

// path is where a Broker takes queries of SQL that become tasks.
const path = "/druid/v2/sql/task/"

// Queries is the kind of supervisors that have a Broker make a task of a query by a schedule.
func Queries(brokers Brokers) supervisor.Kind {
	check := func(s *supervisor.Spec) error {
		if err := check(s); err != nil {
			return err
		}
		if _, err := newQueries(s, supervisor.Host{}, brokers); err != nil {
			return err
		}
		return checkNoOverlap(s)
	}
	return supervisor.Kind{
		Type:  supervisor.ScheduledBatch,
		Check: check,
		Target: func(ctx context.Context, s *supervisor.Spec) (string, error) {
			if err := check(s); err != nil {
				return "", err
			}
			j, err := newQueries(s, supervisor.Host{}, brokers)
			if err != nil {
				return "", err
			}
			return j.target(ctx)
		},
		Run: func(s *supervisor.Spec, h supervisor.Host) (supervisor.Supervising, error) {
			t, err := timingOf(s.Payload)
			if err != nil {
				return nil, err
			}
			j, err := newQueries(s, h, brokers)
			if err != nil {
				return nil, err
			}
			return newScheduled(s, h, t, j), nil
		},
	}
}

// checkNoOverlap refuses what only tasks have, and would be passed over here.
func checkNoOverlap(s *supervisor.Spec) error {
	var spec struct {
		Overlap json.RawMessage `json:"overlap"`
	}
	if err := jsontext.Unmarshal(s.Payload, &spec); err != nil {
		return supervisor.Refuse("%w", err)
	}
	if spec.Overlap != nil {
		return supervisor.Refuse("Field [overlap] is %s, but must be missing: queries run beside each other, and only supervisors of type [%s] have it", spec.Overlap, supervisor.ScheduledTask)
	}
	return nil
}

// queries is the job of tasks that a Broker makes of a query.
type queries struct {
	supervisor.Host
	brokers    Brokers
	sql        string
	dataSource string                     // that it writes to
	fields     map[string]json.RawMessage // of the request
	context    map[string]json.RawMessage // of the query
	hide       func(string) string        // is a text without the secrets of the spec: a Broker may send them back
}

func newQueries(s *supervisor.Spec, h supervisor.Host, brokers Brokers) (*queries, error) {
	var spec struct {
		Query map[string]json.RawMessage `json:"spec"`
	}
	if err := jsontext.Unmarshal(s.Payload, &spec); err != nil {
		return nil, supervisor.Refuse("Field [spec] must be a query of SQL, as POST %s takes it: %w", path, err)
	}
	j := &queries{Host: h, brokers: brokers, dataSource: s.DataSource, fields: spec.Query, context: map[string]json.RawMessage{}, hide: secret.HiderOf(bytes.TrimSpace(s.Payload))}
	if err := json.Unmarshal(j.fields["query"], &j.sql); err != nil || strings.TrimSpace(j.sql) == "" {
		return nil, supervisor.Refuse("Field [spec.query] must be a query of SQL, INSERT or REPLACE, as a text")
	}
	if given, there := j.fields["context"]; there && string(given) != "null" {
		if err := json.Unmarshal(given, &j.context); err != nil {
			return nil, supervisor.Refuse("Field [spec.context] must be an object: %w", err)
		}
	}
	return j, nil
}

func (j *queries) taskType() string { return "query_controller" }

// taskOf implements job: Druid makes the id of the task of that of the query.
func (j *queries) taskOf(id string) string { return "query-" + id }

// keyQueryID is the context key of a query's id.
const keyQueryID = "sqlQueryId"

// submit implements job. A query whose context has an id keeps that.
func (j *queries) submit(ctx context.Context, id string) (string, error) {
	if err := taken(ctx, j.Tasks, j.taskOf(id), j.dataSource); errors.Is(err, ErrSubmitted) || errors.Is(err, errTaken) {
		return "", err
	}
	request, with := maps.Clone(j.fields), maps.Clone(j.context)
	if _, given := with[keyQueryID]; !given {
		with[keyQueryID] = druid.AppendString(nil, id)
	}
	var err error
	if request["context"], err = json.Marshal(with); err != nil {
		return "", err
	}
	body, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	answer, err := j.post(ctx, body)
	if err != nil {
		if errors.Is(taken(ctx, j.Tasks, j.taskOf(id), j.dataSource), ErrSubmitted) { // by a request whose answer got lost
			return j.taskOf(id), nil
		}
		return "", err
	}
	var told struct {
		Task  string          `json:"taskId"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || told.Task == "" {
		return "", fmt.Errorf("a Broker has answered without the id of a task: %s", broker.Beginning(answer, j.hide))
	}
	if len(told.Error) > 0 && string(told.Error) != "null" {
		return "", fmt.Errorf("a Broker has not submitted task %s: %s", told.Task, broker.Beginning(told.Error, j.hide))
	}
	return told.Task, nil
}

// refusedError is that a Broker does not take a query.
type refusedError struct {
	status int
	text   string
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("a Broker has refused the query with status %d: %s", e.status, e.text)
}

// isOfQuery tells whether it is the query that the Broker does not take. Else it leads elsewhere, or does not know or bear who has sent it: this server.
func (e *refusedError) isOfQuery() bool {
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return e.status/100 == http.StatusBadRequest/100
}

// post is the answer of a Broker that says yes.
func (j *queries) post(ctx context.Context, body []byte) ([]byte, error) {
	status, answer, err := j.brokers.Post(ctx, path, body, j.hide)
	switch {
	case err != nil:
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		err = fmt.Errorf("a Broker has nothing at %s (status %d): load the extension druid-multi-stage-query there, by which queries become tasks", path, status)
	case status/100 != http.StatusOK/100:
		err = &refusedError{status, broker.Beginning(answer, j.hide)}
	}
	return answer, err
}

// target is the data source that the query writes to, as a Broker plans it.
func (j *queries) target(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]string{"query": "EXPLAIN PLAN FOR " + j.sql})
	if err != nil {
		return "", err
	}
	answer, err := j.post(ctx, body)
	if refused := (*refusedError)(nil); errors.As(err, &refused) && refused.isOfQuery() {
		return "", supervisor.Refuse("Field [spec.query] cannot be planned: %w", err)
	}
	if err != nil {
		return "", noBroker(err)
	}
	var plans []struct {
		Attributes string `json:"ATTRIBUTES"`
	}
	var does struct {
		Statement string `json:"statementType"`
		Target    string `json:"targetDataSource"`
	}
	if err = json.Unmarshal(answer, &plans); err == nil && len(plans) == 1 {
		err = json.Unmarshal([]byte(plans[0].Attributes), &does)
	}
	switch {
	case err != nil, does.Statement == "":
		return "", noBroker(fmt.Errorf("a Broker's plan of the query does not tell what it does: %s", broker.Beginning(answer, j.hide)))
	case strings.EqualFold(does.Statement, "SELECT"):
		return "", supervisor.Refuse("SELECT queries are not supported by the [%s] supervisor. Only INSERT or REPLACE ingest queries are allowed.", supervisor.ScheduledBatch)
	case does.Target == "":
		return "", supervisor.Refuse("Field [spec.query] writes to no data source: it is of type [%s], but must be INSERT or REPLACE", does.Statement)
	}
	return does.Target, nil
}

// noBroker is that no Broker has told what the query does, for no fault of it.
func noBroker(why error) error {
	return &druid.Error{ErrorCode: "general", Persona: druid.Operator, Category: druid.CategoryServiceUnavailable, Message: fmt.Sprintf(
		"Which data source the query writes to only a Broker can tell: %v. Submit the spec again when a Broker answers; who may do everything may give it as the field [dataSource] instead", why)}
}
