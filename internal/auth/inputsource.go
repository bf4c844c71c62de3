package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"ovate/internal/jsontext"
)

// Denied is that an identity may not do something that a task takes.
type Denied struct {
	Action   Action
	Resource Resource
}

func (d *Denied) Error() string {
	return fmt.Sprintf("%s of %s[%s] is not permitted", d.Action, d.Resource.Type, d.Resource.Name)
}

// Inputs is what a task takes for what it reads.
type Inputs struct {
	// Kept has each input source take READ of EXTERNAL with its type (druid.auth.enableInputSourceSecurity).
	Kept bool
	// Sent finds the data source that a file was sent for by the name of the folder in which it is; nil where nobody sends any.
	Sent func(folder string) (dataSource string, is bool)
}

// MayRun fails unless the identity may have a task of a type run: write to its data source and to each that its document names, use the files that somebody has
// sent and it reads and, where input sources are kept, read those. Of a task that was submitted before there is no document. The error is a *Denied, or tells
// that the input sources are not known.
func (i Identity) MayRun(kind, dataSource string, document []byte, in Inputs) error {
	if i.MayAll() {
		return nil
	}
	for _, name := range Targets(dataSource, document) {
		if !i.May(Write, DataSource(name)) {
			return &Denied{Write, DataSource(name)}
		}
	}
	if document == nil {
		return nil
	}
	if err := i.mayReadSent(document, in); err != nil || !in.Kept {
		return err
	}
	types, err := InputSources(kind, document)
	if err != nil {
		return err
	}
	for _, source := range types {
		if !i.May(Read, External(source)) {
			return &Denied{Read, External(source)}
		}
	}
	return nil
}

// MayUpload fails unless the identity may send a file that is to go into a data source, look into it, change what is made of it, and remove it: that takes what the
// task takes that reads it as a local file. The errors are those of MayRun.
func (i Identity) MayUpload(dataSource string, in Inputs) error {
	return i.MayRun("index_parallel", dataSource, []byte(`{"spec":{"ioConfig":{"inputSource":{"type":"local"}}}}`), in)
}

// mayReadSent fails if a task reads a file that somebody has sent for a data source to which the identity may not write. Which one that is is not told. However a
// path is written, and of whatever kind the task is, the file's folder is a name in it.
func (i Identity) mayReadSent(document []byte, in Inputs) error {
	var of struct {
		Spec struct {
			IOConfig struct {
				InputSource any `json:"inputSource"`
			} `json:"ioConfig"`
		} `json:"spec"`
	}
	if in.Sent == nil || jsontext.Unmarshal(document, &of) != nil { // it reads no files then
		return nil
	}
	for text := range texts(of.Spec.IOConfig.InputSource) {
		for name := range strings.SplitSeq(text, "/") {
			name = strings.ToLower(strings.TrimSpace(name)) // as some systems of files do not tell them apart
			if dataSource, sent := in.Sent(name); sent && !i.May(Write, DataSource(dataSource)) {
				return &Denied{Read, Resource{"upload", name}}
			}
		}
	}
	return nil
}

// texts are all texts in a value of JSON.
func texts(value any) iter.Seq[string] {
	return func(yield func(string) bool) { eachText(value, yield) }
}

func eachText(value any, yield func(string) bool) bool {
	switch value := value.(type) {
	case string:
		return yield(value)
	case []any:
		for _, one := range value {
			if !eachText(one, yield) {
				return false
			}
		}
	case map[string]any:
		for _, one := range value {
			if !eachText(one, yield) {
				return false
			}
		}
	}
	return true
}

// streams are the types of input sources that streams are, each that of the tasks which read it, too, behind index_.
func streams() []string { return []string{"kafka", "kinesis", "rabbit"} }

// InputSources are the types of the input sources of a task, which External is about. It fails, as in Druid, for tasks that do not tell.
func InputSources(kind string, document []byte) (types []string, err error) {
	if slices.Contains([]string{"noop", "kill", "compact", "archive", "move", "restore"}, kind) {
		return nil, nil // they read segments
	}
	for _, stream := range streams() {
		if kind == "index_"+stream {
			return []string{stream}, nil
		}
	}
	var of struct {
		Spec struct {
			IOConfig struct {
				InputSource json.RawMessage `json:"inputSource"`
			} `json:"ioConfig"`
		} `json:"spec"`
	}
	err = jsontext.Unmarshal(document, &of)
	if err == nil && of.Spec.IOConfig.InputSource != nil {
		types, err = typesOf(of.Spec.IOConfig.InputSource)
	}
	if err != nil || types == nil {
		return nil, fmt.Errorf("the input sources of a task of type [%s] are not known: as druid.auth.enableInputSourceSecurity is true, only those may submit it who may do everything", kind)
	}
	return types, nil
}

// typesOf are the types of an input source, and of those that it combines.
func typesOf(source []byte) (types []string, err error) {
	var of struct {
		Type      string            `json:"type"`
		Delegates []json.RawMessage `json:"delegates"`
	}
	if err := jsontext.Unmarshal(source, &of); err != nil {
		return nil, err
	}
	if typings(source) > 1 {
		return nil, errors.New("an input source has several types, of which Druid takes the first")
	}
	if of.Type != "combining" {
		return []string{of.Type}, nil
	}
	for _, delegate := range of.Delegates {
		inner, err := typesOf(delegate)
		if err != nil {
			return nil, err
		}
		types = append(types, inner...)
	}
	return types, nil
}

// typings is how often an object says its type.
func typings(object []byte) (times int) {
	at := jsontext.Blanks(object, 0)
	if at == len(object) || object[at] != '{' {
		return 0
	}
	for name := range jsontext.Members(object[at:]) {
		if string(jsontext.Unescape(nil, name)) == "type" {
			times++
		}
	}
	return times
}

// Targets are the data sources that a task names in any place where one of some kind has that to which it writes: of a kind that is not known here it is not
// known either which of them counts. own is the one that the server knows.
func Targets(own string, document []byte) []string {
	type named struct {
		DataSource string `json:"dataSource"`
	}
	var of struct {
		named
		Spec struct {
			DataSchema  named `json:"dataSchema"`
			Destination named `json:"destination"`
		} `json:"spec"`
	}
	all := []string{own}
	if jsontext.Unmarshal(document, &of) != nil { // of another shape, and its kind is known
		return all
	}
	for _, one := range []named{of.named, of.Spec.DataSchema, of.Spec.Destination} {
		if one.DataSource != "" && !slices.Contains(all, one.DataSource) {
			all = append(all, one.DataSource)
		}
	}
	return all
}
