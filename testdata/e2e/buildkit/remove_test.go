package main

import (
	"errors"
	"strings"
	"testing"
)

func TestRemove(t *testing.T) {
	const (
		before = "FROM a\nCMD java -jar a\n"
		fixed  = "FROM a\nCMD java -javaagent:/a.jar -jar a\n"
	)
	tests := []struct {
		name, before, fixed, removed string
		rule                         string
		want                         string
	}{
		{"given back", before, fixed, before, "", "1 as they were after remove, 0 others, 0 failed"},
		{"refused", before, fixed, fixed, "", "remove left what fix wrote"},
		{"something else", before, fixed, before + "\n", "", "remove does not give back the old bytes"},
		{"setting before", before + "ENV DD_ENV=a\n", fixed, fixed, "", "0 as they were after remove, 1 others, 0 failed"},
		{"rewritten", before, fixed, fixed, "joined-arguments", "0 as they were after remove, 1 others, 0 failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			claim := claims(patch("shell", sh("java -jar a"), sh("java -javaagent:/a.jar -jar a")))
			claim.Findings = []findingClaim{{Rule: test.rule}}
			p, dir := sample{
				before: tree{"Dockerfile": test.before}, fixed: tree{"Dockerfile": test.fixed},
				removed: tree{"Dockerfile": test.removed}, claim: claim,
			}.write(t)
			var out strings.Builder
			err := p.runRemove([]string{dir}, &out)
			if !strings.Contains(out.String(), test.want) || errors.Is(err, errFailed) != strings.Contains(out.String(), "FAIL") {
				t.Errorf("want %q, got %v and %s", test.want, err, out.String())
			}
		})
	}
}
