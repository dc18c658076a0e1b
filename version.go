package main

import (
	_ "embed"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/tlsgate/tlsgate/check/text"
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

// newestHeading matches the newest released version in a changelog of the
// form that keepachangelog.com describes.
var newestHeading = text.Pattern(`(?m)^## \[v?([0-9]+\.[0-9]+\.[0-9]+)\]`)

// versionOf gives the version that the linker set; else the one that "go
// install" built, a module with a checksum; else the changelog's newest with
// "-dev", since builds from a checkout or an image's context know no more.
func versionOf(release string, info *debug.BuildInfo, changelog string) string {
	switch heading := newestHeading().FindStringSubmatch(changelog); {
	case release != "":
		return release
	case info != nil && info.Main.Sum != "":
		return strings.TrimPrefix(info.Main.Version, "v")
	case heading != nil:
		return heading[1] + "-dev"
	}
	return "0.0.0-dev"
}
