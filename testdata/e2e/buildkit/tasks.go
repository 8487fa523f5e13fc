package main

import (
	"path"
	"reflect"
	"slices"
	"strings"
)

// isTask tells whether a file deploys containers, of which BuildKit knows nothing: other readers judge it.
func (c fileClaim) isTask() bool {
	return slices.Contains([]string{"ecs", "compose", "kubernetes"}, c.Kind)
}

// editsTasks tells whether `fix` changes what a task starts, and so the image of one, which gets the jar.
func editsTasks(claims report) bool {
	return slices.ContainsFunc(claims.Files, func(claim fileClaim) bool {
		return claim.isTask() && slices.ContainsFunc(claim.Launches, launchClaim.isPatchable)
	})
}

// judgeTask wants the argv of each container as it was, or as a launch claims it; and the rest as it was.
func judgeTask(claim fileClaim, before, after string, r *result) {
	was, err := containersOf(claim, before)
	now, errNow := containersOf(claim, after)
	if err != nil {
		if before != after {
			r.disagree("a file that cannot be read was changed", nil, err.Error())
		}
		return
	}
	if errNow != nil {
		r.disagree("the changed file cannot be read", nil, errNow.Error())
		return
	}
	if claim.Kind == "kubernetes" && manifestFault(before) == nil {
		if err := manifestFault(after); err != nil {
			r.disagree("what Kubernetes does not take", nil, err.Error())
		}
	}
	if len(was) != len(now) {
		r.disagree("containers of the task", len(now), len(was))
		return
	}
	for i := range was {
		old, new := was[i].argv, now[i].argv
		isClaimed := slices.ContainsFunc(claim.Launches, func(l launchClaim) bool {
			return l.isPatchable() && slices.Equal(l.Argv, old) && slices.Equal(l.PatchedArgv, new)
		})
		if !slices.Equal(old, new) && !isClaimed {
			r.disagree("argv of a container", old, new)
		}
	}
	replaced := slices.ContainsFunc(claim.Findings, func(f findingClaim) bool { return f.Rule == "java-options-replaced" })
	if replaced {
		judgeVariables(was, now, r)
	}
	if !reflect.DeepEqual(withoutStarts(claim, before, replaced), withoutStarts(claim, after, replaced)) {
		r.disagree("more than starts changed in a task", nil, nil)
	}
}

// judgeVariables wants each variable as it was, or with what brings a tracer in front.
func judgeVariables(was, now []container, r *result) {
	for i := range was {
		before, after := was[i].variables, now[i].variables
		for _, name := range changedNames(before, after) {
			added, ok := strings.CutSuffix(after[name], before[name])
			if !ok || !datadogSetting.MatchString(added) {
				r.disagree("variable of a container", after[name], before[name])
			}
		}
	}
}

// taskHolds tells whether what belongs to a file, a task beside its Dockerfile or the other way round, held a
// Datadog setting: the two change together.
func taskHolds(claims report, name string, before map[string]string) bool {
	at := slices.IndexFunc(claims.Files, func(claim fileClaim) bool { return claim.Path == name })
	return at >= 0 && slices.ContainsFunc(claims.Files, func(claim fileClaim) bool {
		return claim.isTask() != claims.Files[at].isTask() && path.Dir(claim.Path) == path.Dir(name) && datadogSetting.MatchString(before[claim.Path])
	})
}
