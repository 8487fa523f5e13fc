"""Fixes copies of task definitions, in JSON and in YAML, and holds each that changed against AWS's own model of
RegisterTaskDefinition, against what ECS refuses beyond it, and templates of CloudFormation against cfn-lint. Says how many it saw; ends with 1 where one does not hold.

    check.py ENTRYPATCH WORK DIR...
"""

import json
import os
import shutil
import subprocess
import sys

import botocore.session
import cfnlint.api
import yaml
from botocore.validate import ParamValidator

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:datadog-AbCdEf"
SETTINGS = ["--service", "discovery-api", "--env", "prod", "--app-version", "1.2", "--api-key-secret", SECRET]
MODEL = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape


class Template(yaml.SafeLoader):
    """YAML with the tags of CloudFormation, each as the map that it stands for."""


def of_tag(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", of_tag)


def documents(file, text):
    """What a file says."""
    text = text.decode("utf-8-sig")
    return [json.loads(text)] if file.endswith(".json") else list(yaml.load_all(text, Template))


def lint(text):
    """What cfn-lint has against a template: the rules, and what they say."""
    text = text.decode("utf-8-sig")
    if "AWS::ECS::TaskDefinition" not in text:
        return set()
    found = cfnlint.api.lint(text, config=cfnlint.api.ManualArgs(regions=["eu-west-1"]))
    return {f"{one.rule.id} {one.message}" for one in found if one.rule.id.startswith("E")}


def tasks(document):
    """The task definitions of a document that ECS could be given, as its interface spells them."""
    if isinstance(document, dict) and "Resources" in document:
        for resource in document["Resources"].values():
            if resource.get("Type") == "AWS::ECS::TaskDefinition":
                yield of_shape(resource["Properties"], MODEL)
        return
    if isinstance(document, dict):
        document = document.get("taskDefinition", document)
    if isinstance(document, dict) and "containerDefinitions" in document:
        yield of_shape(document, MODEL)


def of_shape(value, shape):
    """A value without nulls and without what is only read, in the spelling of the model."""
    if shape is not None and shape.type_name == "structure" and isinstance(value, dict):
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return value
        members = {}
        for key, one in value.items():
            name = key[:1].lower() + key[1:]
            if one is not None and name in shape.members:
                members[name] = of_shape(one, shape.members[name])
        return members
    if shape is not None and shape.type_name == "list" and isinstance(value, list):
        return [of_shape(one, shape.member) for one in value]
    if shape is not None and shape.type_name == "map" and isinstance(value, dict):
        return {key: of_shape(one, shape.value) for key, one in value.items()}
    if shape is not None and shape.type_name == "string" and isinstance(value, (dict, int)) and not isinstance(value, bool):
        # What CloudFormation works out, and its numbers for texts.
        return "x"
    return value


def refused(task):
    """What ECS refuses, and botocore does not know of."""
    containers = task["containerDefinitions"]
    names = [one["name"] for one in containers]
    fargate = "FARGATE" in task.get("requiresCompatibilities", [])
    if len(set(names)) < len(names):
        yield "a name stands twice"
    if not any(one.get("essential", True) for one in containers):
        yield "no container is essential"
    if fargate and task.get("networkMode") != "awsvpc":
        yield "Fargate without awsvpc"
    for one in containers:
        plain = [item["name"] for item in one.get("environment", [])]
        secret = [item["name"] for item in one.get("secrets", [])]
        if len(set(plain + secret)) < len(plain + secret):
            yield f"{one['name']}: a variable is set twice"
        if secret and "executionRoleArn" not in task:
            yield f"{one['name']}: secrets without executionRoleArn"
        check = one.get("healthCheck")
        if check and check["command"][0] not in ("CMD", "CMD-SHELL", "NONE"):
            yield f"{one['name']}: the health check begins with {check['command'][0]!r}"
        if check and not 0 <= check.get("startPeriod", 0) <= 300:
            yield f"{one['name']}: startPeriod"
        for port in one.get("portMappings", []):
            if task.get("networkMode") == "awsvpc" and port.get("hostPort", 0) not in (0, port["containerPort"]):
                yield f"{one['name']}: hostPort"
            if port.get("protocol", "tcp") not in ("tcp", "udp"):
                yield f"{one['name']}: protocol"
        if not fargate and "memory" not in task and not {"memory", "memoryReservation"} & one.keys():
            yield f"{one['name']}: no memory"
        for wait in one.get("dependsOn", []):
            target = next((other for other in containers if other["name"] == wait["containerName"]), None)
            if target is None:
                yield f"{one['name']}: waits for nobody"
            elif wait["condition"] == "HEALTHY" and "healthCheck" not in target:
                yield f"{one['name']}: waits for health that nobody checks"


def main(entrypatch, work, folders):
    seen, changed, wrong = 0, 0, []
    for number, folder in enumerate(folders):
        copy = os.path.join(work, str(number))
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.out", ".git", "entrypatch.toml"))
        files = [os.path.join(root, name) for root, _, names in os.walk(copy) for name in names if name.endswith((".json", ".yaml", ".yml"))]
        before = {file: open(file, "rb").read() for file in files}
        ran = subprocess.run([entrypatch, "fix", "--isolated", "--quiet", *SETTINGS, copy], capture_output=True, text=True, cwd=copy)
        if "panicked" in ran.stderr:
            wrong.append(f"{folder}: {ran.stderr}")
        for file in files:
            after = open(file, "rb").read()
            if after == before[file]:
                continue
            changed += 1
            old = [task for one in documents(file, before[file]) for task in tasks(one)]
            new = [task for one in documents(file, after) for task in tasks(one)]
            wrong.extend(f"{file}: {fault}" for fault in lint(after) - lint(before[file]))
            for was, task in zip(old, new, strict=True):
                seen += 1
                report = ParamValidator().validate(task, MODEL)
                known = set(refused(was))
                faults = [one for one in refused(task) if one not in known]
                if report.has_errors() and not ParamValidator().validate(was, MODEL).has_errors():
                    faults.append(report.generate_report())
                wrong.extend(f"{file}: {fault}" for fault in faults)
    for fault in wrong:
        print(fault, file=sys.stderr)
    print(f"deployment: {changed} files changed, {seen} task definitions taken by AWS's model, {len(wrong)} faults")
    return 1 if wrong or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
