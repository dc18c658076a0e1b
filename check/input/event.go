package input

import (
	"encoding/json"

	"github.com/tlsgate/tlsgate/check/fact"
)

// declareEvent declares the deployment of a deployment_status event, for a
// workflow that names no URL.
func (r *reader) declareEvent() {
	if r.env.Getenv("GITHUB_EVENT_NAME") != "deployment_status" {
		if r.inActions() {
			r.fail("nothing to check: set the input `urls` or `urls-file`, or run the step on the event deployment_status")
			return
		}
		r.fail("nothing to check: pass URLs as arguments, or set -urls-file (tlsgate -h lists all flags)")
		return
	}
	b, err := r.env.ReadFile(r.env.Getenv("GITHUB_EVENT_PATH"))
	if err != nil {
		r.fail("event: %s", unreadable("GITHUB_EVENT_PATH", err))
		return
	}
	var event struct {
		Status struct {
			State string `json:"state"`
			URL   string `json:"environment_url"`
		} `json:"deployment_status"`
	}
	if err := json.Unmarshal(b, &event); err != nil {
		r.fail("event: GITHUB_EVENT_PATH is not valid JSON")
		return
	}
	switch {
	case event.Status.State != "success":
		r.fail("nothing to check: the state of the deployment is %s. Run the job only if github.event.deployment_status.state == 'success'", quote(event.Status.State))
	case event.Status.URL == "":
		r.fail("nothing to check: the deployment_status event has no environment_url. Set it in the deployment, or set the input urls or urls-file")
	default:
		r.declared = append(r.declared, declaration{
			text: event.Status.URL, where: "event: environment_url", place: fact.Place{Input: "event"},
		})
	}
}
