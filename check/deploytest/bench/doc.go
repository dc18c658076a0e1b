//go:build linux

// Bench measures tlsgate as a whole process, beside a reference client that
// makes the same connections and judges nothing, and beside other scanners
// where they are installed. The deployments are behind a link that delays
// every packet, so that what waits for what shows in the wall time.
//
// The link is a pair of TUN devices, one in the network namespace of the
// clients and one in that of the servers, and this process carries packets
// from one to the other. A relay of connections would not do: it would accept
// a connection before the server has, and so hide when a client dials. The
// machine's own network is not touched.
//
//	go run ./check/deploytest/bench                   all sizes and round-trip times
//	go run ./check/deploytest/bench -targets 1 -trace one target, with its timeline
//	go run ./check/deploytest/bench -markdown         as docs/performance.md has it
//
// Linux alone has these devices. Namespaces need root or user namespaces;
// without either, connections are counted on loopback, without delay.
package main
