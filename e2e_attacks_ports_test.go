//go:build hostile && linux

package main

import (
	"os"
	"testing"
)

// A connection takes a local port from those to the same address only: long
// lists make more connections than a machine has ports.
func TestAttacksTakeFewPorts(t *testing.T) {
	build(t)
	ns := newNamespace(t)
	at := attack{targets: 12, serve: goodAnswer, times: patientTimes}
	var out attackOutcome
	ns.do(func() {
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40031"), 0); err != nil {
			t.Error(err)
			return
		}
		out = at.against(t, at.server(t))
	})
	if out.code != 0 {
		t.Errorf("exit code %d\n%s", out.code, out.stdout)
	}
}
