package check

// Rules lists every rule, in the order every report uses.
func Rules() []Rule { return nil }

const notVerifiedID = "target-not-verified"

// A Case is what a rule judges: the facts about one target under a policy.
type Case struct {
	Observation
	Policy Policy
}
