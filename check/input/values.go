package input

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/tlsgate/tlsgate/check"
	"github.com/tlsgate/tlsgate/check/pki"
	"github.com/tlsgate/tlsgate/check/text"

	"github.com/tlsgate/tlsgate/check/fact"
)

// integer sets a field to a whole number from lo to hi.
func integer(lo, hi int, field func(*Config) *int) func(*reader, string) error {
	return func(r *reader, value string) error {
		n, err := whole(value, lo, hi)
		if err == nil {
			*field(&r.config) = n
		}
		return err
	}
}

// whole reads a whole number from lo to hi.
func whole(value string, lo, hi int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("%s is not a whole number from %d to %d", quote(value), lo, hi)
	}
	return n, nil
}

// boolean sets a field to true or false.
func boolean(field func(*Config) *bool) func(*reader, string) error {
	return func(r *reader, value string) error {
		switch strings.ToLower(value) {
		case "true":
			*field(&r.config) = true
		case "false":
			*field(&r.config) = false
		default:
			return notOneOf(value, "true", "false")
		}
		return nil
	}
}

// notOneOf is the error of a value that is none of several words.
func notOneOf(value string, words ...string) error {
	last := len(words) - 1
	return fmt.Errorf("%s is not valid: expected %s or %s%s", quote(value), strings.Join(words[:last], ", "), words[last],
		suggest("", text.Nearest(value, words)))
}

// duration sets a field to a duration within bounds, which are given in words.
func duration(least, most time.Duration, bounds string, field func(*Config) *time.Duration) func(*reader, string) error {
	return func(r *reader, value string) error {
		d, err := time.ParseDuration(value)
		switch {
		case err == nil && d >= least && d <= most:
			*field(&r.config) = d
			return nil
		case err == nil:
			return fmt.Errorf("%s is out of range: expected %s", quote(value), bounds)
		}
		if _, err := strconv.Atoi(value); err == nil {
			return fmt.Errorf("%s has no unit: write %s for seconds", quote(value), quote(value+"s"))
		}
		return fmt.Errorf("%s is not a duration: write for example '10s' or '1m30s'", quote(value))
	}
}

// maxMinDays is the longest lifetime a public certificate may have had since
// 2020 (398 days).
const maxMinDays = 398

func (r *reader) setMinDays(value string) error {
	n, err := whole(value, 0, maxMinDays)
	if err == nil {
		r.config.Policy.MinDays = &n
	}
	return err
}

// maxForecast bounds a forecast: ten years, beyond which no root program has
// published anything.
const maxForecast = 3650

func (r *reader) setForecast(value string) error {
	n, err := whole(value, 0, maxForecast)
	if err == nil {
		r.config.Policy.Forecast = &n
	}
	return err
}

func (r *reader) setFailOn(value string) error {
	switch level := check.Level(value); level {
	case check.Error, check.Warning, check.Note, check.Never:
		r.config.Policy.FailOn = level
		return nil
	}
	if value == "none" { // near to note, which is the opposite
		return fmt.Errorf("%s is not valid: did you mean never?", quote(value))
	}
	return notOneOf(value, "error", "warning", "note", "never")
}

func (r *reader) setRevocation(value string) error {
	switch way := fact.RevocationCheck(value); way {
	case fact.RevocationSoft, fact.RevocationHard, fact.RevocationOff:
		r.config.Policy.Revocation = way
		return nil
	}
	return notOneOf(value, "soft", "hard", "off")
}

// maxStatusRanges bounds a list of statuses.
const maxStatusRanges = 100

// setExpectStatus reads statuses and ranges of them (RFC 9110 section 15),
// separated by commas.
func (r *reader) setExpectStatus(value string) error {
	var ranges []fact.StatusRange
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		lo, errLo := status(from)
		hi, errHi := status(to)
		if errLo != nil || errHi != nil || lo > hi {
			return fmt.Errorf("%s is not a status or a range of them: write for example '200' or '200-399,401'", quote(part))
		}
		ranges = append(ranges, fact.StatusRange{From: lo, To: hi})
	}
	if len(ranges) > maxStatusRanges {
		return fmt.Errorf("%d entries are more than %d", len(ranges), maxStatusRanges)
	}
	r.config.Policy.ExpectStatus = ranges
	return nil
}

// status reads a final HTTP status or 101, which a WebSocket answers.
func status(s string) (int, error) {
	if len(s) != 3 {
		return 0, strconv.ErrSyntax
	}
	return whole(s, 101, 599)
}

func (r *reader) setRoots(name string) error {
	pem, err := r.readFile("roots", name)
	if err != nil {
		return err
	}
	roots, err := pki.ParseRoots(pem)
	if err != nil {
		return fmt.Errorf("%s: %s", quote(name), clean(err.Error()))
	}
	r.config.Policy.Roots = roots
	return nil
}

// labelForm keeps a label one segment of a path.
var labelForm = text.Pattern(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// notOfLabels are the characters that a label cannot hold.
var notOfLabels = text.Pattern(`[^A-Za-z0-9._-]+`)

// setLabel makes a slug of a name such as that of a deployment's environment
// ('Preview – website').
func (r *reader) setLabel(value string) error {
	slug := value
	if !labelForm().MatchString(value) {
		slug = hyphens().ReplaceAllString(notOfLabels().ReplaceAllString(value, "-"), "-")
		slug = strings.Trim(slug, "-._")
	}
	if !labelForm().MatchString(slug) {
		return fmt.Errorf("%s does not give a name of 1 to 100 letters, digits, '.', '_' and '-'", quote(value))
	}
	r.label = slug
	return nil
}

// hyphens are what a replaced character leaves between hyphens.
var hyphens = text.Pattern(`-{2,}`)

func (r *reader) setCategory(value string) error {
	if len(value) > 200 || strings.ContainsFunc(value, unicode.IsControl) {
		return fmt.Errorf("%s is not one line of at most 200 bytes", quote(value))
	}
	r.config.Category = value
	return nil
}
