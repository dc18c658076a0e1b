package check

import (
	"fmt"
	"strings"

	"github.com/tlsgate/tlsgate/check/fact"
	"github.com/tlsgate/tlsgate/check/text"
)

// whyUnknown are the reasons why a requirement is not verified, the first
// cause first: one sentence in place of what each rule lacks where no port
// answered, and what used the time where the deadline ended.
func (e *Evaluation) whyUnknown(missing []string) []string {
	if s := e.noProxy(); s != "" {
		missing = []string{s}
	} else if s := e.noPortAnswered(); s != "" {
		missing = []string{s}
	}
	if e.Overrun == nil {
		return missing
	}
	deadline := "the time for this target"
	if e.Limits.Deadline > 0 {
		deadline = "the deadline of " + text.Seconds(e.Limits.Deadline)
	}
	return append([]string{fmt.Sprintf("%s ended while %s, which had taken %s", deadline, e.Overrun.Step, text.Seconds(e.Overrun.Took))}, missing...)
}

// noProxy says why the proxy let nothing through to a target; empty where it
// let something through, or where there are several reasons.
func (e *Evaluation) noProxy() string {
	why := ""
	for _, endpoint := range e.judged() {
		if endpoint.TLS.Outcome != fact.ProxyError || why != "" && why != endpoint.TLS.Error ||
			e.Target.SpeaksInCleartext() && endpoint.Cleartext.Outcome != fact.ProxyError {
			return ""
		}
		why = endpoint.TLS.Error
	}
	return why
}

// noPortAnswered is the sentence for a target of which no port gave any answer
// in time; empty where one did, or where a port is silent for another reason.
func (e *Evaluation) noPortAnswered() string {
	var addresses []string
	connected := false
	for _, endpoint := range e.judged() {
		silent := endpoint.TLS.Outcome == fact.TimedOut &&
			(endpoint.Cleartext.Outcome == fact.TimedOut || !e.Target.SpeaksInCleartext())
		if !silent {
			return ""
		}
		addresses = append(addresses, endpoint.IP)
		connected = connected || endpoint.Reached()
	}
	if len(addresses) == 0 {
		return ""
	}
	within := "in time"
	if e.Limits.Timeout > 0 {
		within = "within " + text.Seconds(e.Limits.Timeout)
	}
	at := "'" + strings.Join(addresses, "', '") + "'"
	if connected {
		return fmt.Sprintf("no port answered %s at %s, though connections were accepted", within, at)
	}
	return fmt.Sprintf("no port answered %s at %s", within, at)
}
