package text

import "strings"

// Nearest is the word that a misspelled one most likely stands for: that of the
// fewest changed, missing, added or swapped letters (the optimal string
// alignment distance), case aside, if these are at most a third of it; empty
// for none. Of several, it is the first.
func Nearest(misspelled string, words []string) string {
	const longest = 100
	if len(misspelled) > longest {
		return ""
	}
	best, nearest := len([]rune(misspelled))/3+1, ""
	for _, w := range words {
		if d := distance([]rune(strings.ToLower(misspelled)), []rune(strings.ToLower(w))); d < best {
			best, nearest = d, w
		}
	}
	return nearest
}

// distance is the optimal string alignment distance of two words.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
