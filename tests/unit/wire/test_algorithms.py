"""SageMaker's own algorithms and their metrics."""

import re

import pytest

from orchestrator.wire.algorithms import built_in

ECR = "141502667606.dkr.ecr.eu-west-1.amazonaws.com"
LINE = "[7]#011train-rmse:1.25#011validation-rmse:1.5e-05"


def test_xgboosts_expressions_read_its_log():
    algorithm = built_in(f"{ECR}/sagemaker-xgboost:1.7-1")
    assert re.search(algorithm.regex("validation:rmse"), LINE)[1] == "1.5e-05"
    assert re.search(algorithm.regex("train:rmse"), LINE)[1] == "1.25"
    assert algorithm.regex("validation:nonsense") is None
    assert algorithm.regex("train:nonsense") is None


def test_a_quality_line_is_read():
    algorithm = built_in(f"{ECR}/linear-learner:1")
    line = "#quality_metric: host=algo-1, validation binary_f_beta <score>=0.913"
    assert re.search(algorithm.regex("validation:binary_f_beta"), line)[1] == "0.913"


@pytest.mark.parametrize(
    "image", [None, "", "xgboost", "docker.io/xgboost:1", f"{ECR}/pytorch-training:2.3"]
)
def test_another_image_is_no_built_in(image):
    assert built_in(image) is None


@pytest.mark.parametrize(
    "name",
    [
        "xgboost",
        "linear-learner",
        "image-classification",
        "object-detection",
        "semantic-segmentation",
        "kmeans",
        "knn",
        "factorization-machines",
        "forecasting-deepar",
        "blazingtext",
        "lda",
        "ntm",
        "object2vec",
        "randomcutforest",
        "ipinsights",
        "seq2seq",
        "lightgbm",
        "catboost",
        "tabtransformer",
    ],
)
def test_every_built_ins_expression_has_one_group(name):
    algorithm = built_in(None, f"arn:aws:sagemaker:eu-west-1:111122223333:algorithm/{name}")
    assert algorithm.metrics
    assert len(algorithm.metrics) <= 39  # one more is the service's own copy
    for metric, expression in algorithm.metrics:
        assert re.compile(expression).groups == 1, metric
