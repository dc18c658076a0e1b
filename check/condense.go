package check

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/pki"
)

const (
	// condenseFrom is how many targets a list has whose results are kept without
	// what can be derived again: memory is what bounds such a list.
	condenseFrom = 1000
	// maxShared is how many values a condenser remembers. Those that many results
	// have are soon there again when it begins anew.
	maxShared = 8 << 10
)

// A condenser makes the results of a long list small: what several have in
// common is in memory once. It is safe for concurrent use.
type condenser struct {
	mu      sync.Mutex
	strings map[string]string
	lists   map[string]any // slices, by their JSON
	// verdicts are those of targets without findings, by all that is in them.
	verdicts map[string][]RuleVerdict
}

// newCondenser is nil for a list that needs none.
func newCondenser(targets int) *condenser {
	if targets < condenseFrom {
		return nil
	}
	return &condenser{strings: map[string]string{}, lists: map[string]any{}, verdicts: map[string][]RuleVerdict{}}
}

// condense lets go of the evidence of a result, which [Report.Whole] brings back,
// and shares what other results have too. Slices are replaced, never written to:
// observations of one host have some in common.
func (c *condenser) condense(r *Result) {
	if c == nil {
		return
	}
	r.Condensed = true
	for i := range r.Verdicts {
		r.Verdicts[i].Evidence = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.strings)+len(c.lists)+len(c.verdicts) > maxShared {
		clear(c.strings)
		clear(c.lists)
		clear(c.verdicts)
	}
	r.Verdicts = c.sameVerdicts(r.Verdicts)
	for i := range r.Clients {
		r.Clients[i].Stores = sameList(c, r.Clients[i].Stores)
	}
	c.share(reflect.ValueOf(r).Elem())
	for i := range r.Observation.Endpoints {
		can := &r.Observation.Endpoints[i].Capabilities
		can.Versions, can.WeakSuites = sameList(c, can.Versions), sameList(c, can.WeakSuites)
	}
}

// sameVerdicts are verdicts that say the same.
func (c *condenser) sameVerdicts(verdicts []RuleVerdict) []RuleVerdict {
	var key []byte
	for _, v := range verdicts {
		if len(v.Findings) > 0 {
			return verdicts
		}
		key = append(append(key, v.Rule...), 0)
		key = strconv.AppendInt(key, int64(v.State), 10)
		for _, reason := range v.Reasons {
			key = append(append(key, 0), reason...)
		}
		key = append(key, 1)
	}
	same, known := c.verdicts[string(key)]
	if !known {
		same = verdicts
		c.verdicts[string(key)] = same
	}
	return same
}

// sameList is a list with the same elements.
func sameList[T any](c *condenser, list []T) []T {
	key, err := json.Marshal(list)
	if err != nil || len(list) == 0 {
		return list
	}
	same, known := c.lists[string(key)].([]T)
	if !known {
		same = list
		c.lists[string(key)] = same
	}
	return same
}

// share replaces the strings of a value by the same ones of others, and its
// slices by ones without spare room. What pointers lead to, and lists of
// verdicts and of root stores, stay.
func (c *condenser) share(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Len() > 0 {
			v.SetString(c.sameString(v.String()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			c.share(v.Field(i))
		}
	case reflect.Slice:
		elem := v.Type().Elem()
		if !v.CanSet() || v.IsNil() || elem.Kind() == reflect.Uint8 || elem == reflect.TypeFor[RuleVerdict]() || elem == reflect.TypeFor[pki.StoreTrust]() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			c.share(own.Index(i))
		}
		v.Set(own)
	}
}

// sameString is a string with the same bytes, and none beside them in memory.
func (c *condenser) sameString(s string) string {
	same, known := c.strings[s]
	if !known {
		same = strings.Clone(s)
		c.strings[same] = same
	}
	return same
}

// Whole is a result of the report with the evidence of its verdicts: judging is
// pure, so that an observation judged again gives the same.
func (r *Report) Whole(res Result) Result {
	if !res.Condensed {
		return res
	}
	return Judge(res.Observation, r.Policy)
}
