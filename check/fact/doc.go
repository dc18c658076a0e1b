// Package fact holds what was seen of deployments: plain data that survives
// JSON and back, and no judgement by any rule. The probe gathers it, rules read
// it. The zero value of every field means "not known".
package fact
