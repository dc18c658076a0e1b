package input

import (
	"fmt"
	"strconv"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/text"
)

// maxShards is far above the 256 jobs that a matrix of GitHub Actions can have.
const maxShards = 1000

var shardForm = text.Pattern(`^(\d{1,4})/(\d{1,4})$`)

func (r *reader) setShard(value string) error {
	match := shardForm().FindStringSubmatch(value)
	if match == nil {
		return fmt.Errorf("%s is not a shard such as '1/4'", quote(value))
	}
	index, _ := strconv.Atoi(match[1]) // four digits fit
	count, _ := strconv.Atoi(match[2])
	if index < 1 || index > count || count > maxShards {
		return fmt.Errorf("%s is not a shard i/n with i from 1 to n, and n at most %d", quote(value), maxShards)
	}
	r.config.Shard = check.Shard{Index: index, Count: count}
	return nil
}

// cut leaves the targets of the shard, if one is wanted. Any of them may be
// none: that is no empty list.
func (r *reader) cut() {
	if s := r.config.Shard; s.Count > 0 {
		r.config.Targets, r.config.Shard = check.Share(r.config.Targets, s.Index, s.Count)
	}
}
