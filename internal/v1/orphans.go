package v1

import (
	"context"
	"strconv"

	"ovate/druid"
	"ovate/internal/orphans"
)

// Orphans is what is asked about files in deep storage that belong to no segment.
type Orphans interface {
	Find(ctx context.Context, q orphans.Query) (*orphans.Findings, error)
	Remove(ctx context.Context, q orphans.Query) (*orphans.Findings, error)
}

// listOrphans is GET /api/v1/orphans: what lies in deep storage, is named by no row of the metadata, and is not about to be.
//
//	before  only what was changed before this instant, at least a minute ago; else an hour ago
//	others  true takes what other servers and programs have written for orphans, too
func listOrphans(c *call) error { return c.orphans(c.Orphans.Find) }

// removeOrphans is DELETE /api/v1/orphans: it removes what listOrphans tells, and answers what that was.
func removeOrphans(c *call) error { return c.orphans(c.Orphans.Remove) }

func (c *call) orphans(look func(context.Context, orphans.Query) (*orphans.Findings, error)) error {
	others, err := c.query.flag("others")
	if err != nil {
		return err
	}
	asked := orphans.Query{Others: others}
	if text := c.query["before"]; text != "" {
		before, err := druid.ParseInstant(text)
		if err != nil {
			return badRequest("Query parameter [before]: %v. Give an instant, such as 2016-06-27T00:00:00Z.", err)
		}
		asked.Before = &before
	}
	if err := c.whole(); err != nil {
		return err
	}
	found, err := look(c.r.Context(), asked)
	if err != nil {
		return err
	}
	opening := found.Before.AppendTo([]byte(`{"before":"`))
	opening = strconv.AppendInt(append(opening, `","others":`...), int64(found.Others), 10)
	opening = strconv.AppendInt(append(opening, `,"spared":`...), int64(found.Spared), 10)
	opening = strconv.AppendInt(append(opening, `,"more":`...), int64(found.More), 10)
	opening = append(opening, `,"unreadable":[`...)
	for i, name := range found.Unreadable {
		if i > 0 {
			opening = append(opening, ',')
		}
		opening = druid.AppendString(opening, name)
	}
	opening = append(opening, `],"unread":[`...)
	for i, folder := range found.Unread {
		if i > 0 {
			opening = append(opening, ',')
		}
		opening = druid.AppendString(append(opening, `{"path":`...), folder.Path)
		opening = append(druid.AppendString(append(opening, `,"reason":`...), folder.Reason), '}')
	}
	opening = strconv.AppendInt(append(opening, `],"moreUnread":`...), int64(found.MoreUnread), 10)
	return c.stream(string(append(opening, `,"orphans":[`...)), "]}", func(s *stream) error {
		for i := range found.Orphans {
			s.Put(found.Orphans[i].AppendJSON(s.Next()))
		}
		return nil
	})
}
