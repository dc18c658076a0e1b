package input

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tlsgate/tlsgate/check"
)

// setReplay finds the reports to replay. A pattern that matches nothing is a
// report that is missing.
func (r *reader) setReplay(value string) error {
	var bad []error
	for _, pattern := range strings.Fields(value) {
		files, err := r.env.Glob(pattern)
		switch {
		case err != nil:
			bad = append(bad, fmt.Errorf("%s is not a valid glob pattern: %s", quote(pattern), clean(err.Error())))
		case len(files) == 0:
			bad = append(bad, fmt.Errorf("%s matches no file", quote(pattern)))
		}
		for _, name := range files {
			r.config.Replay = append(r.config.Replay, name)
			r.sources = append(r.sources, source{"replay", name})
		}
	}
	slices.Sort(r.config.Replay)
	r.config.Replay = slices.Compact(r.config.Replay)
	return errors.Join(bad...)
}

// override gives what a replay changes of the policy of its reports: what
// fails the run, and whatever else of judging was given.
func (r *reader) override() func(*check.Policy) {
	mine, given := r.config.Policy, r.given
	return func(p *check.Policy) {
		p.FailOn = mine.FailOn
		if given["config"] {
			p.Targets = mine.Targets
		}
		if given["min-days"] {
			p.MinDays = mine.MinDays
		}
		if given["forecast"] {
			p.Forecast = mine.Forecast
		}
		if given["waivers"] {
			p.Waivers = mine.Waivers
		}
		if given["baseline"] {
			p.Baseline = mine.Baseline
		}
		if given["roots"] {
			p.Roots = mine.Roots
		}
		if given["allow-private"] {
			p.AllowPrivate = mine.AllowPrivate
		}
		if given["expect-status"] {
			p.ExpectStatus = mine.ExpectStatus
		}
		if given["revocation"] {
			p.Revocation = mine.Revocation
		}
		p.Targets = withoutGiven(p.Targets, r.explicit)
	}
}

// withoutGiven gives the policies of targets without what a flag or an input
// says for all, which takes precedence.
func withoutGiven(targets map[string]check.TargetPolicy, given map[string]bool) map[string]check.TargetPolicy {
	out := maps.Clone(targets)
	for url, own := range out {
		if given["min-days"] {
			own.MinDays = nil
		}
		if given["roots"] {
			own.Roots = nil
		}
		if given["revocation"] {
			own.Revocation = ""
		}
		if given["expect-status"] {
			own.ExpectStatus = nil
		}
		if given["waivers"] {
			own.Waivers = nil
		}
		out[url] = own
	}
	return out
}
