"""Files become values with lines; what cannot be read is said in one sentence."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import pytest

from orchestrator.definition.load import dump, load
from orchestrator.definition.schema import JobFile
from orchestrator.errors import BadInput


@pytest.fixture
def write(tmp_path):
    """Write a file and give back its path as text."""

    def _write(text, name="job.yaml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(file)

    return _write


def only_fault(source):
    with pytest.raises(BadInput) as caught:
        load(source)
    (fault,) = caught.value.faults
    return fault


FORMS = {
    "job.yaml": "seed: 0\nlimits: {jobs: 3}\nranges:\n  a: [x, y]\n",
    "job.json": '{"seed": 0,\n "limits": {"jobs": 3},\n "ranges": {\n  "a": ["x", "y"]}}',
    "job.toml": 'seed = 0\nlimits = {jobs = 3}\n[ranges]\na = ["x", "y"]\n',
}


@pytest.mark.parametrize("name", FORMS)
def test_all_three_formats_say_the_same_and_keep_their_lines(write, name):
    loaded = load(write(FORMS[name], name))
    assert loaded.job == load(write(FORMS["job.yaml"])).job
    assert loaded.document.line(("limits",)) == 2
    assert loaded.document.line(("ranges", "a", "values", 1)) == 4
    assert loaded.document.line(("nowhere",)) == 1


@pytest.mark.parametrize("name", ["r.yaml", "r.json", "r.toml"])
def test_a_raw_request_is_recognised_in_each_format(write, name):
    request = {"HyperParameterTuningJobName": "a", "Tags": []}
    text = 'HyperParameterTuningJobName = "a"\nTags = []\n'
    loaded = load(write(text if name.endswith("toml") else json.dumps(request), name))
    assert loaded.raw
    assert loaded.document.data == request


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-4", 1e-4),
        ("-1.5E+3", -1500.0),
        (".5", 0.5),
        ("010", 10),
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("true", True),
        ('"1e-4"', "1e-4"),
        ("=", "="),
    ],
)
def test_plain_words_mean_what_people_mean(write, written, value):
    loaded = load(write(f"hyperparameters: {{x: {written}}}"))
    found = loaded.job.hyperparameters["x"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_whatever_they_look_like(write):
    loaded = load(write("tags: {on: a, 1: b, 1e3: c, ~: d}"))
    assert loaded.job.tags == {"on": "a", "1": "b", "1e3": "c", "~": "d"}


@pytest.mark.parametrize("word", ["off", "Off", "false", "'off'"])
def test_early_stopping_off_is_off(write, word):
    assert load(write(f"early_stopping: {word}")).job.early_stopping == "off"


def test_anchors_and_merges_are_followed(write):
    text = "ranges:\n  a: &it {type: integer, min: 1, max: 2}\n  b: {<<: *it, max: 9}\n  c: *it\n"
    ranges = load(write(text)).job.ranges
    assert (ranges["b"].min, ranges["b"].max, ranges["c"].max) == (1, 9, 2)


def test_what_is_dumped_is_read_back_as_the_same(write):
    odd = [
        "1e-4",
        "on",
        "null",
        "~",
        "0x1F",
        "1.",
        "a\x85b",
        "",
        " ",
        "a: b",
        "#",
        "010",
        "<<",
        "é",
    ]
    job = JobFile.model_validate(
        {"hyperparameters": {text or "empty": text for text in odd}, "limits": {"runtime": 5400}}
    )
    text = dump(job)
    assert "1h 30m" in text
    assert load(write(text)).job == job


@pytest.mark.parametrize(
    ("text", "line", "place", "problem"),
    [
        ("a: b: c\n", 1, "column 5", "not YAML: mapping values"),
        ("limits: {jobs: 1\nseed: 2\n", 2, "column 5", "not YAML"),
        ("a: [1\n", 2, "column 1", "not YAML"),
        ("\tseed: 1\n", 1, "column 1", "not YAML"),
        ("seed: 1\n---\nseed: 2\n", 2, "column 1", "not YAML"),
        ("seed: 1\nlimits:\n  jobs: 1\n  jobs: 2\n", 4, "limits.jobs", "stands twice"),
        ("seed: !!python/object/apply:os.system [ls]\n", 1, "seed", "has the tag"),
        ("seed: !x 1\n", 1, "seed", "has the tag !x"),
        ("? [a, b]\n: 1\n", 1, "job.yaml", "key that is not text"),
        ("seed: 1\ntags: {<<: 3}\n", 2, "tags", "merges what is no mapping"),
    ],
)
def test_bad_yaml_is_placed_to_the_column(write, text, line, place, problem):
    fault = only_fault(write(text))
    assert fault.line == line
    assert fault.path.endswith(place)
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("name", "text", "line", "problem"),
    [
        ("a.json", '{"seed": 1,\n "limits": }', 2, "not JSON"),
        ("a.json", '{"seed": 1,\n "seed": 2}', 2, "stands twice"),
        ("a.json", '{"tags": {"a:b": "1", "c": "{",\n "a:b": "2"}}', 2, "stands twice"),
        ("a.toml", "seed = 1\nlimits = \n", 2, "not TOML"),
        ("a.toml", "seed = 1\nseed = 2\n", 2, "not TOML"),
    ],
)
def test_bad_json_and_toml_are_placed_to_the_line(write, name, text, line, problem):
    fault = only_fault(write(text, name))
    assert fault.line == line
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"# only words\n", "holds no mapping"),
        (b"- a\n", "holds no mapping"),
        (b"just words", "holds no mapping"),
        (b"\x89PNG\r\n\x1a\n\x00", "is not text"),
        (b"seed: \x00", "is not text"),
        (b"seed: \x07", "is not YAML"),
        (b"a" * 2_000_001, "is larger than 2 MB"),
        (b"a: &a [*a]", "refers to itself"),
        (b"a: " + b"[" * 5_000, "is nested too deeply"),
        (
            b"a: &a [x,x,x,x,x,x,x,x,x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (i + 1, i + 1, b",".join([b"*%c" % i] * 9))
                       for i in range(97, 106)),
            "refers to itself without end",
        ),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_job_is_refused_in_one_sentence(write, content, problem):
    assert problem in only_fault(write(content)).problem


@pytest.mark.parametrize(("name", "problem"), [("gone.yaml", "no such file"), (".", "directory")])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path, name, problem):
    assert problem in only_fault(tmp_path / name).problem


def test_a_byte_order_mark_is_no_part_of_the_first_key(write):
    assert load(write(b"\xef\xbb\xbfseed: 1\n")).job.seed == 1


@pytest.mark.parametrize("text", ["seed: 3\n", '{"seed": 3}'])
def test_a_dash_is_standard_input(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
    assert load("-").job.seed == 3


def test_settings_override_values_and_make_what_is_missing(write):
    file = write("limits: {jobs: 3}\nranges:\n  a: [x, y]\n")
    settings = ["limits.jobs=5", "training.spot.max_wait=4h", "ranges.a.1=z", "name=1e"]
    loaded = load(file, settings)
    assert loaded.job.limits.jobs == 5
    assert loaded.job.training.spot.max_wait == 14_400
    assert loaded.job.ranges["a"].values == ["x", "z"]
    assert loaded.job.name == "1e"


@pytest.mark.parametrize("setting", ["limits", "=3", "limits.jobs.more=1", "ranges.a.9=1"])
def test_a_setting_that_leads_nowhere_is_refused(write, setting):
    with pytest.raises(BadInput, match="--set"):
        load(write("limits: {jobs: 3}\nranges: {a: [x, y]}\n"), [setting])


def test_a_fault_of_a_setting_has_no_line(write):
    (fault,) = load(write("limits: {jobs: 3}\n"), ["limits.jobs=many"]).faults
    assert (fault.path, fault.line) == ("limits.jobs", None)
