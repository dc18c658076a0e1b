package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	const log = "# Changelog\n\n## [Unreleased]\n\n## [1.4.0] - 2026-12-01\n\n## [1.3.0]\n"
	installed := &debug.BuildInfo{Main: debug.Module{Version: "v1.3.2", Sum: "h1:x="}}
	checkout := &debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261126000000-0123456789ab+dirty"}}
	for _, c := range []struct {
		name, release string
		info          *debug.BuildInfo
		log, want     string
	}{
		{"set by the linker", "1.4.0", installed, log, "1.4.0"},
		{"go install", "", installed, log, "1.3.2"},
		{"a checkout", "", checkout, log, "1.4.0-dev"},
		{"no build information", "", nil, log, "1.4.0-dev"},
		{"nothing released yet", "", nil, "# Changelog\n\n## [Unreleased]\n", "0.0.0-dev"},
	} {
		if got := versionOf(c.release, c.info, c.log); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
