"""The slim service model in the package is exactly what the installed botocore says.

Run this file (``python tests/meta/test_service_model.py``) to write the extract anew after
botocore learnt a new member; the tests fail until somebody has.

The whole extract is compared when botocore is the version it was made from. Against any other
version only the create requests are: a member that AWS adds must not get lost in silence, while
a new region or instance type is no reason to fail.

What is left out: operations we do not own, shapes they alone need, documentation, records of
other services in Search's answer, and endpoints of other services.
"""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import botocore.loaders
import botocore.model
import pytest
import regex

from orchestrator.wire import model

SERVICES = {
    "sagemaker": (
        "2017-07-24",
        (
            "AddTags",
            "CreateHyperParameterTuningJob",
            "CreateTrainingJob",
            "DeleteHyperParameterTuningJob",
            "DeleteTags",
            "DeleteTrainingJob",
            "DescribeHyperParameterTuningJob",
            "DescribeTrainingJob",
            "ListHyperParameterTuningJobs",
            "ListTags",
            "ListTrainingJobs",
            "ListTrainingJobsForHyperParameterTuningJob",
            "Search",
            "StopHyperParameterTuningJob",
            "StopTrainingJob",
        ),
    ),
    "logs": ("2014-03-28", ("DescribeLogStreams", "FilterLogEvents", "GetLogEvents")),
}
SEARCHABLE = {"HyperParameterTuningJob", "TrainingJob"}
ENDPOINTS = {"api.sagemaker", "logs"}
WHOLE = ("_retry", "partitions", "sdk-default-configuration")


def undocumented(node):
    """The same JSON without its prose."""
    if isinstance(node, dict):
        return {
            key: undocumented(value)
            for key, value in node.items()
            if not (key in {"documentation", "documentationUrl"} and isinstance(value, str))
        }
    if isinstance(node, list):
        return [undocumented(value) for value in node]
    return node


def referenced(shape):
    """Names of the shapes that one shape's definition names."""
    members = list(shape.get("members", {}).values())
    members += [shape[key] for key in ("member", "key", "value") if key in shape]
    return [member["shape"] for member in members]


def reachable(shapes, names):
    """Every shape that `names` need, in the model's own order."""
    seen, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += referenced(shapes[name])
    return {name: shape for name, shape in shapes.items() if name in seen}


def slim_service(full, operations):
    """A service model of `operations` only."""
    kept = {name: undocumented(full["operations"][name]) for name in operations}
    shapes = undocumented(full["shapes"])
    if "SearchRecord" in shapes:
        members = shapes["SearchRecord"]["members"]
        shapes["SearchRecord"]["members"] = {k: v for k, v in members.items() if k in SEARCHABLE}
    roots = [
        part["shape"]
        for operation in kept.values()
        for part in [operation.get("input"), operation.get("output"), *operation.get("errors", [])]
        if part
    ]
    return {
        "version": full["version"],
        "metadata": full["metadata"],
        "operations": kept,
        "shapes": reachable(shapes, roots),
    }


def slim_endpoints(full):
    """Every partition and region, our services only."""
    partitions = [
        partition | {"services": {k: v for k, v in partition["services"].items() if k in ENDPOINTS}}
        for partition in full["partitions"]
    ]
    return full | {"partitions": partitions}


def slim_files():
    """Relative path -> content of every file of the extract, from the installed botocore."""
    loader = botocore.loaders.Loader()
    files = {f"{name}.json": loader.load_data(name) for name in WHOLE}
    files["endpoints.json"] = slim_endpoints(loader.load_data("endpoints"))
    for service, (version, operations) in SERVICES.items():
        folder = f"{service}/{version}"
        pages = loader.load_service_model(service, "paginators-1")["pagination"]
        files[f"{folder}/service-2.json"] = slim_service(
            loader.load_service_model(service, "service-2"), operations
        )
        files[f"{folder}/paginators-1.json"] = {
            "pagination": {name: pages[name] for name in operations if name in pages}
        }
        files[f"{folder}/endpoint-rule-set-1.json"] = loader.load_service_model(
            service, "endpoint-rule-set-1"
        )
    waiters = loader.load_service_model("sagemaker", "waiters-2")
    kept = {k: v for k, v in waiters["waiters"].items() if k.startswith("TrainingJob")}
    files["sagemaker/2017-07-24/waiters-2.json"] = waiters | {"waiters": kept}
    files["extract.json"] = {"botocore": botocore.__version__}
    return files


def stored_files():
    """Relative path -> content of every file of the extract in the package."""
    return {
        path.relative_to(model.FOLDER).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in model.FOLDER.rglob("*")
        if path.is_file()
    }


def test_the_extract_equals_a_fresh_one_from_the_botocore_it_was_made_from():
    stored = stored_files()
    if stored["extract.json"] != {"botocore": botocore.__version__}:
        pytest.skip("another botocore; the create requests are compared below")
    fresh = slim_files()
    assert set(stored) == set(fresh)
    for name, content in fresh.items():
        assert stored[name] == content, f"{name}: rewrite it with {Path(__file__).name}"


@pytest.mark.parametrize("operation", ["CreateHyperParameterTuningJob", "CreateTrainingJob"])
def test_the_extract_has_every_member_that_the_installed_botocore_can_send(operation):
    path = "sagemaker/2017-07-24/service-2.json"
    stored, fresh = stored_files()[path], slim_files()[path]
    root = fresh["operations"][operation]["input"]["shape"]
    for name in reachable(fresh["shapes"], [root]):
        members = set(fresh["shapes"][name].get("members", {}))
        assert members <= set(stored["shapes"].get(name, {}).get("members", {})), name


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_the_extract_compiles(service):
    for name, shape in model.service(service).definitions.items():
        if "pattern" in shape:
            assert regex.compile(shape["pattern"]), name


@pytest.mark.parametrize("service", SERVICES)
def test_our_reading_of_a_shape_is_botocores(service):
    ours = model.service(service)
    theirs = botocore.model.ServiceModel(
        botocore.loaders.Loader().load_service_model(service, "service-2")
    )
    for name in ours.definitions:
        shape, expected = ours.shape(name), theirs.shape_for(name)
        assert shape.type == expected.type_name
        if shape.type == "structure":
            assert set(shape.required) <= set(expected.members)
            assert set(shape.members) <= set(expected.members)


def write():
    """Write every file of the extract, compactly."""
    for name, content in slim_files().items():
        path = model.FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
