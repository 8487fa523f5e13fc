package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
	apps "k8s.io/api/apps/v1"
	jobs "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	strict "sigs.k8s.io/yaml"
)

// kinds are the workloads, as the types of Kubernetes have them.
var kinds = map[string]func() any{
	"Deployment":  func() any { return new(apps.Deployment) },
	"StatefulSet": func() any { return new(apps.StatefulSet) },
	"DaemonSet":   func() any { return new(apps.DaemonSet) },
	"Job":         func() any { return new(jobs.Job) },
	"CronJob":     func() any { return new(jobs.CronJob) },
	"Pod":         func() any { return new(core.Pod) },
}

// manifestFault says what the types of Kubernetes do not take of a file: a key or a value that they do not know.
func manifestFault(text string) error {
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(strings.TrimPrefix(text, "\ufeff"))))
	for {
		var document map[string]any
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		items, _ := document["items"].([]any)
		for _, one := range append(items, document) {
			object, _ := one.(map[string]any)
			kind, _ := object["kind"].(string)
			if kinds[kind] == nil {
				continue
			}
			data, err := yaml.Marshal(object)
			if err == nil {
				err = strict.UnmarshalStrict(data, kinds[kind]())
			}
			if err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
}
