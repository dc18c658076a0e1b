package input

import (
	"fmt"

	"github.com/tlsgate/tlsgate/check"
)

// maxBaseline bounds the JSON report of a baseline, in bytes. A report takes
// some 60 kB for each target.
const maxBaseline = 1 << 30

// setBaseline reads the findings of an earlier JSON report.
func (r *reader) setBaseline(name string) error {
	data, err := r.readFile("baseline", name)
	if err != nil {
		return err
	}
	if len(data) > maxBaseline {
		return fmt.Errorf("%s has more than %d MiB", quote(name), maxBaseline>>20)
	}
	earlier, err := readReport(name, data)
	if err != nil {
		return err
	}
	r.config.Policy.Baseline = check.NewBaseline(earlier)
	return nil
}
