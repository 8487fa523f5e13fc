package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// summary is what `prove` says at the end.
type summary struct {
	Files    []*result      `json:"files"`
	Verdicts map[string]int `json:"verdicts"`
	Patched  map[string]int `json:"patched"`
	Inserted map[string]int `json:"inserted"`
	Passed   int            `json:"passed"`
	Failed   int            `json:"failed"`
}

func (s *summary) add(results []*result) {
	for _, r := range results {
		if r.Directory && len(r.Notes)+len(r.Disagreements) == 0 {
			continue // nothing went wrong outside its files.
		}
		s.Files = append(s.Files, r)
		for _, verdict := range r.Verdicts {
			s.Verdicts[verdict]++
		}
		for _, form := range r.Patched {
			s.Patched[form]++
		}
		for name, count := range r.Inserted {
			s.Inserted[name] += count
		}
		// A directory is not a file: it counts only where the run on it failed.
		if len(r.Disagreements) > 0 {
			s.Failed++
		} else if !r.Directory {
			s.Passed++
		}
	}
}

func (s *summary) print(stdout io.Writer) error {
	for _, r := range s.Files {
		for _, note := range r.Notes {
			fmt.Fprintf(stdout, "note: %s: %s\n", r.Path, note)
		}
		for _, d := range r.Disagreements {
			fmt.Fprintf(stdout, "FAIL %s: %s\n", r.Path, d.Kind)
			fmt.Fprintf(stdout, "  entrypatch: %s\n", oneLine(d.Entrypatch))
			fmt.Fprintf(stdout, "  buildkit:   %s\n", oneLine(d.Buildkit))
		}
	}
	fmt.Fprintf(stdout, "inserted: %s\n", counts(s.Inserted, "ADD", "COPY", "ENV"))
	fmt.Fprintf(stdout, "patched:  %s\n", counts(s.Patched, "exec", "shell", "sh-c", "script", "env", "base-image", "malformed"))
	fmt.Fprintf(stdout, "verdicts: %s\n", counts(s.Verdicts, "patchable", "instrumented", "refused"))
	fmt.Fprintf(stdout, "%d passed, %d failed\n", s.Passed, s.Failed)
	if s.Failed > 0 || s.Passed == 0 {
		return errFailed
	}
	return nil
}

// counts prints the known names always and in this order, others behind them,
// so that an unknown verdict is seen.
func counts(of map[string]int, known ...string) string {
	names := known
	for name := range of {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(known):])
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(parts, ", ")
}

func oneLine(v any) string {
	var text strings.Builder
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	if err := out.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text.String())
}
