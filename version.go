package main

import (
	_ "embed"
	"runtime/debug"
	"strings"
	"sync"
)

// release is the version of a released binary, set by the linker:
//
//	go build -ldflags "-X main.release=1.2.3"
var release string

//go:embed CHANGELOG.md
var changelog string

// version is tlsgate's own (semver.org), without a leading "v".
var version = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(release, info, changelog)
})

// versionOf gives the version that the linker set; else the one that "go
// install" built, a module with a checksum; else the changelog's newest with
// "-dev", since builds from a checkout or an image's context know no more. The
// changelog has the form that keepachangelog.com describes.
func versionOf(release string, info *debug.BuildInfo, changelog string) string {
	switch {
	case release != "":
		return release
	case info != nil && info.Main.Sum != "":
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	for line := range strings.Lines(changelog) {
		heading, isHeading := strings.CutPrefix(line, "## [")
		version, _, closed := strings.Cut(strings.TrimPrefix(heading, "v"), "]")
		if isHeading && closed && strings.Count(version, ".") == 2 && strings.Trim(version, "0123456789.") == "" {
			return version + "-dev"
		}
	}
	return "0.0.0-dev"
}
