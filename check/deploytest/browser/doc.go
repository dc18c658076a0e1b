// Package browser drives real browsers for tests: Debian's Chromium by the
// DevTools protocol, and Firefox ESR by WebDriver BiDi, both over a websocket.
// A browser starts headless with a fresh profile, resolves every host name to
// loopback, trusts the roots that a test gives it, and sends nothing of its own
// to the network.
//
// What a browser requests is best seen by the server that it asks: a [Site] is
// a loopback server that takes TLS and cleartext on one port and records both.
//
// Only tests use this package; nothing of it is in the program.
package browser
