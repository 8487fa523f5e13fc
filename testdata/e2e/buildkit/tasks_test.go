package main

import "testing"

func TestTaskStartsWhatIsClaimed(t *testing.T) {
	const before = `{"containerDefinitions": [{"name": "a", "image": "b", "entryPoint": ["tini"], "command": ["java", "-jar", "a"]}]}`
	claim := fileClaim{Kind: "ecs", Launches: []launchClaim{patch("exec", words("tini java -jar a"), words("tini java -javaagent:/a.jar -jar a"))}}
	for after, want := range map[string]int{
		before: 0,
		`{"containerDefinitions": [{"name": "a", "image": "b", "entryPoint": ["tini"], "command": ["java", "-javaagent:/a.jar", "-jar", "a"]}]}`: 0,
		`{"containerDefinitions": [{"name": "a", "image": "b", "entryPoint": ["tini"], "command": ["java", "-jar", "-javaagent:/a.jar", "a"]}]}`: 1,
		`{"containerDefinitions": [{"name": "x", "image": "b", "entryPoint": ["tini"], "command": ["java", "-javaagent:/a.jar", "-jar", "a"]}]}`: 1,
		`{"containerDefinitions": []}`: 1,
	} {
		r := &result{}
		judgeTask(claim, before, after, r)
		if len(r.Disagreements) != want {
			t.Errorf("%s: %s", after, oneLine(r.Disagreements))
		}
	}
}
