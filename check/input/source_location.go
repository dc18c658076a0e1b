package input

import (
	"path/filepath"
	"strings"

	"github.com/tlsgate/tlsgate/check/text"
)

// inWorkspace is the file's name relative to the workspace, with forward
// slashes; empty for a file outside of it.
func (e Env) inWorkspace(name string) string {
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(e.Workspace, name)
		if err != nil {
			return ""
		}
		name = rel
	}
	if name = filepath.Clean(name); !filepath.IsLocal(name) {
		return ""
	}
	return filepath.ToSlash(name)
}

// workflowFile finds the file in "path@ref"; a file's name and a branch's may
// both hold an @.
var workflowFile = text.Pattern(`^(.+?\.ya?ml)@`)

// workflow is the file of the running workflow, relative to the workspace,
// and its lines; nothing where the workspace has no such file.
func (r *reader) workflow() (file string, lines []string) {
	ref := r.env.Getenv("GITHUB_WORKFLOW_REF")
	path, found := strings.CutPrefix(ref, r.env.Getenv("GITHUB_REPOSITORY")+"/")
	if !found || r.env.Workspace == "" {
		return "", nil
	}
	match := workflowFile().FindStringSubmatch(path)
	if match == nil {
		return "", nil
	}
	b, err := r.env.ReadFile(filepath.Join(r.env.Workspace, filepath.FromSlash(match[1])))
	if err != nil {
		return "", nil
	}
	return match[1], strings.Split(string(b), "\n")
}

// wordLines gives, for each word of the lines, the number, from 1, of the first
// line that holds it other than in a comment. Words stand between characters
// that separate URLs in YAML.
func wordLines(lines []string) map[string]int {
	first := map[string]int{}
	for i, line := range lines {
		for word := range strings.FieldsFuncSeq(cutComment(line), func(c rune) bool { return strings.ContainsRune(" \t\r,\"'", c) }) {
			if first[word] == 0 {
				first[word] = i + 1
			}
		}
	}
	return first
}
