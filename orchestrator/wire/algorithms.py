"""The metrics that SageMaker's own algorithms print, which nobody needs to define.

A job that trains a built-in algorithm needs no MetricDefinitions: the service knows them and
Describe shows them (documented; observed). XGBoost's names are its public container's, its
expressions those that Describe returns (observed; ``#011`` is a tab). The other algorithms' names
come from the developer guide's tuning pages (June 2023); where AWS publishes no expression, ours
reads the ``#quality_metric`` line that those closed images print (our reading).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_XGBOOST_NAMES = (
    "accuracy auc aucpr balanced_accuracy f1 f1_binary f1_macro map ndcg precision r2 recall "
    "precision_macro precision_micro recall_macro recall_micro aft-nloglik cox-nloglik error "
    "gamma-deviance gamma-nloglik interval-regression-accuracy logloss mae mape merror mlogloss "
    "mphe mse poisson-nloglik rmse rmsle tweedie-nloglik"
)
_LINEAR_LEARNER_NAMES = (
    "absolute_loss binary_classification_accuracy binary_f_beta dcg macro_f_beta macro_precision "
    "macro_recall mse multiclass_accuracy multiclass_top_k_accuracy objective_loss precision "
    "recall roc_auc_score"
)
_LIGHTGBM_NAMES = (
    "rmse l1 l2 huber fair binary_logloss binary_error auc average_precision multi_logloss "
    "multi_error auc_mu cross_entropy"
)
_CATBOOST_NAMES = (
    "RMSE MAE MedianAbsoluteError R2 Logloss Precision Recall F1 AUC MultiClass Accuracy "
    "BalancedAccuracy"
)
_OBJECT2VEC_NAMES = (
    "test:mean_squared_error validation:mean_squared_error test:accuracy test:cross_entropy "
    "validation:accuracy validation:cross_entropy"
)
_QUALITY_LINES = {
    "linear-learner": " ".join(
        [
            f"{part}:{name}"
            for part in ("test", "validation")
            for name in _LINEAR_LEARNER_NAMES.split()
        ]
        + ["validation:rmse"]
    ),
    "image-classification": "validation:accuracy",
    "object-detection": "validation:mAP",
    "semantic-segmentation": "validation:mIOU validation:pixel_accuracy",
    "kmeans": "test:msd test:ssd",
    "knn": "test:accuracy test:mse",
    "factorization-machines": (
        "test:rmse test:binary_classification_accuracy "
        "test:binary_classification_cross_entropy test:binary_f_beta"
    ),
    "forecasting-deepar": "test:RMSE test:mean_wQuantileLoss train:final_loss",
    "blazingtext": "train:mean_rho validation:accuracy",
    "lda": "test:pwll",
    "ntm": "validation:total_loss",
    "object2vec": _OBJECT2VEC_NAMES,
    "randomcutforest": "test:f1",
    "ipinsights": "validation:discriminator_auc",
    "seq2seq": "validation:accuracy validation:bleu validation:perplexity",
}
_TABULAR = {
    "lightgbm": {name: rf"{name}: ([0-9\.]+)" for name in _LIGHTGBM_NAMES.split()},
    "catboost": dict.fromkeys(_CATBOOST_NAMES.split(), r"bestTest = ([0-9\.]+)"),
    "tabtransformer": {
        "r2": r"metrics={'r2': (\S+)}",
        "f1_score": r"metrics={'f1': (\S+)}",
        "accuracy_score": r"metrics={'accuracy': (\S+)}",
    },
}
_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"
_XGBOOST_REPOSITORIES = frozenset({"xgboost", "sagemaker-xgboost"})
_ECR_IMAGE = re.compile(
    r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)(?:[:@].*)?"
)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One of SageMaker's own algorithms: its metrics' names and expressions."""

    name: str
    metrics: tuple[tuple[str, str], ...]

    def regex(self, metric: str) -> str | None:
        """The expression of one metric; None when the algorithm has no such metric.

        XGBoost prints ``train:`` metrics too; as objectives they are accepted (our reading),
        though Describe does not list them.
        """
        known = dict(self.metrics)
        if metric not in known and self.name == "xgboost" and metric.startswith("train:"):
            twin = known.get(metric.replace("train:", "validation:", 1))
            return None if twin is None else twin.replace("#011validation-", "#011train-")
        return known.get(metric)


def built_in(image: str | None, algorithm: str | None = None) -> BuiltIn | None:
    """The algorithm that a training image or an algorithm's name stands for.

    An image counts when it lies in an ECR registry under one of AWS's repository names.
    """
    if algorithm is not None:
        return _named(algorithm.rsplit("/", 1)[-1])
    found = _ECR_IMAGE.fullmatch(image or "")
    return _named(found["repository"].rsplit("/", 1)[-1]) if found else None


def _named(name: str) -> BuiltIn | None:
    if name in _XGBOOST_REPOSITORIES:
        expressions = [
            (f"validation:{metric}", rf".*\[[0-9]+\].*#011validation-{metric}:{_NUMBER}.*")
            for metric in _XGBOOST_NAMES.split()
        ]
        return BuiltIn("xgboost", tuple(expressions))
    if name in _QUALITY_LINES:
        return BuiltIn(name, tuple((m, _quality_line(m)) for m in _QUALITY_LINES[name].split()))
    return BuiltIn(name, tuple(_TABULAR[name].items())) if name in _TABULAR else None


def _quality_line(metric: str) -> str:
    segment, name = metric.split(":", 1)
    return rf"#quality_metric:.*\b{segment} {re.escape(name)} <\S+>=\(?([^\s)]+)"
