//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

var columns = []string{"targets", "RTT", "program", "wall", "in RTT", "x", "CPU a target", "x", "peak memory", "connections a target", "kB a target"}

// cells are a row's texts, in the order of the columns.
func (r row) cells() []string {
	wall, cpu := median(r.samples, wallOf), median(r.samples, cpuOf)
	inRTT := "-"
	if r.rtt > 0 {
		inRTT = fmt.Sprintf("%.1f", float64(wall)/float64(r.rtt))
	}
	if r.samples[0].cut {
		return []string{fmt.Sprint(r.targets), fmt.Sprintf("%d ms", r.rtt.Milliseconds()), r.program, "over " + duration(wall), "", "", "", "", "", "", ""}
	}
	n := float64(r.targets)
	return []string{
		fmt.Sprint(r.targets), fmt.Sprintf("%d ms", r.rtt.Milliseconds()), r.program, duration(wall), inRTT, times(r.ratio(wallOf)),
		duration(time.Duration(float64(cpu) / n)), times(r.ratio(cpuOf)),
		fmt.Sprintf("%.0f MB", float64(median(r.samples, func(s sample) int { return s.memory }))/1024),
		fmt.Sprintf("%.1f", float64(median(r.samples, func(s sample) int { return s.connections }))/n),
		fmt.Sprintf("%.1f", float64(median(r.samples, func(s sample) int { return s.bytes }))/1000/n),
	}
}

// times is a ratio, or nothing where there is none.
func times(x float64) string {
	if x == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", x)
}

// duration has three digits that mean something.
func duration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
}

// writeTable writes texts in columns, for a terminal or as Markdown.
func writeTable(w io.Writer, markdown bool, lines [][]string) {
	if !markdown {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, l := range lines {
			fmt.Fprintln(t, strings.Join(l, "\t"))
		}
		t.Flush()
		return
	}
	for i, l := range lines {
		fmt.Fprintln(w, "| "+strings.Join(l, " | ")+" |")
		if i == 0 {
			fmt.Fprintln(w, strings.Repeat("|---", len(l))+"|")
		}
	}
}
