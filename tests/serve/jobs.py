"""A tuning job as a client of AWS writes it: a script in S3, a request."""

from __future__ import annotations

import io
import tarfile

ROLE = "arn:aws:iam::000000000000:role/tuner"
SCRIPT = """
import os, sys, time
x = float(sys.argv[sys.argv.index("-x") + 1])
seconds = float(sys.argv[sys.argv.index("--seconds") + 1])
print("began", os.environ["TRAINING_JOB_NAME"], flush=True)
record = os.environ.get("RECORD")
if record:
    with open(record, "a") as file:
        file.write(os.environ["TRAINING_JOB_NAME"] + "\\n")
for step in range(5):
    time.sleep(seconds / 5)
    print(f"loss={(x - 0.5) ** 2 + 1.0 / (step + 1)};", flush=True)
with open(os.path.join(os.environ["SM_MODEL_DIR"], "model"), "w") as file:
    file.write(repr(x))
"""


def archive(script=SCRIPT):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        content = script.encode()
        about = tarfile.TarInfo("train.py")
        about.size = len(content)
        tar.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def upload(s3, bucket, script=SCRIPT):
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code/source.tar.gz", Body=archive(script))


def tuning_request(name, bucket, *, jobs=3, parallel=2, seconds=0.1, environment=None):
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "RandomSeed": 1,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": jobs,
                "MaxParallelTrainingJobs": parallel,
            },
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]
            },
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": f"s3://{bucket}/code/source.tar.gz",
                "seconds": str(seconds),
            },
            "AlgorithmSpecification": {
                "TrainingImage": "000000000000.dkr.ecr.us-east-1.amazonaws.com/any:1",
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.e-]+);"}],
            },
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "Environment": environment or {},
        },
    }
