"""The whole job file, and one entry of ``definitions``."""

from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from orchestrator.definition.defaults import LONGEST_CAMPAIGN
from orchestrator.definition.schema.ranges import Range
from orchestrator.definition.schema.scalars import (
    Flag,
    Model,
    Number,
    Plain,
    Printed,
    Raw,
    Seconds,
    Short,
    Text,
    Whole,
    one_of,
    refusal,
)
from orchestrator.definition.schema.training import Training
from orchestrator.definition.values import EARLY_STOPPING, GOALS, STRATEGIES, WARM_STARTS


def _switch(value: object) -> object:
    # "off" is a truth value for many a YAML writer, and JSON has no other word for it
    return {True: "auto", False: "off"}[value] if isinstance(value, bool) else value


class Objective(Model):
    """What is made better."""

    metric: Text = Field(description="Name of one of `metrics`.")
    goal: Annotated[str, one_of(GOALS)] = Field(description="`maximize` or `minimize`.")


class Limits(Model):
    """How much may be spent."""

    jobs: Whole | None = Field(
        None, description="Training jobs in all; a Grid counts its own combinations."
    )
    parallel: Whole | None = Field(None, description="Training jobs at once; default 1.")
    runtime: Seconds | None = Field(None, description="Longest time of the tuning job.")


class Hyperband(Model):
    """Options of the Hyperband strategy."""

    min_resource: Whole | None = Field(None, description="Epochs before a job may be stopped.")
    max_resource: Whole | None = Field(
        None, description="Epochs at which a job is stopped; else taken from `epochs`."
    )


class CompleteWhen(Model):
    """What else ends the tuning job."""

    target: Number | None = Field(None, description="An objective value that is good enough.")
    not_improving_jobs: Whole | None = Field(
        None, description="Training jobs in a row without a better one, at least 3."
    )
    converged: Flag | None = Field(None, description="The strategy expects no more gain.")


class Campaign(Short):
    """One search over several tuning jobs; the bare number is enough."""

    main: ClassVar[str] = "jobs"
    jobs: Whole = Field(
        description="Training jobs in all. Each tuning job has `limits.jobs` of them, or what "
        "leaves room for five parents as large, 125 (750 where results are not learned from)."
    )


class WarmStart(Model):
    """The tuning jobs whose results this one starts from."""

    type: Annotated[str, one_of(WARM_STARTS)] = Field(
        description="`identical` (data and algorithm) or `transfer`."
    )
    parents: list[Text] = Field(description="Names of one to five finished tuning jobs.")


class Definition(Model):
    """One entry of ``definitions``: a training with its own space and objective."""

    name: Text | None = Field(None, description="Name of the definition.")
    objective: Objective | None = Field(None, description="As above, for this definition.")
    ranges: dict[str, Range] | None = Field(None, description="As above, for this definition.")
    hyperparameters: dict[str, Plain] | None = Field(
        None, description="As above, for this definition."
    )
    metrics: dict[str, Text] | None = Field(None, description="As above, for this definition.")
    training: Training | None = Field(None, description="As above, for this definition.")


class JobFile(Model):
    """A tuning job as people write it."""

    name: Text | None = Field(None, description="Name, at most 32 characters; else generated.")
    strategy: Annotated[str, one_of(STRATEGIES)] | None = Field(
        None, description="`Random`, `Grid`, `Bayesian` (default) or `Hyperband`."
    )
    hyperband: Hyperband | None = Field(None, description="Options of Hyperband.")
    objective: Objective | None = Field(None, description="What is made better.")
    limits: Limits | None = Field(None, description="How much may be spent.")
    ranges: dict[str, Range] | None = Field(None, description="What is searched, by name.")
    hyperparameters: dict[str, Plain] | None = Field(
        None, description="Static hyperparameters, by name."
    )
    metrics: dict[str, Text] | None = Field(
        None, description="By metric name, a regular expression whose first group is the value."
    )
    early_stopping: Annotated[str, one_of(EARLY_STOPPING), BeforeValidator(_switch)] | None = Field(
        None, description="`off` (default) or `auto`: gives up training jobs that fall behind."
    )
    seed: Whole | None = Field(None, description="Makes the search repeatable.")
    complete_when: CompleteWhen | None = Field(None, description="What else ends the job.")
    warm_start: WarmStart | None = Field(None, description="Results to start from.")
    campaign: Campaign | None = Field(
        None, description="One search over several tuning jobs, which `amt run` carries on."
    )
    autotune: Flag | None = Field(None, description="Lets the service choose what is left out.")
    training: Training | None = Field(None, description="How one training job runs.")
    definitions: list[Definition] | None = Field(
        None, description="Several trainings, searched together; instead of `training`."
    )
    tags: dict[str, Printed] | None = Field(
        None, description="Tags of the tuning job and of each training job."
    )
    request: Raw | None = Field(
        None, description="Any member of `CreateHyperParameterTuningJob`, merged in last."
    )

    @model_validator(mode="after")
    def _one_home(self) -> Self:
        stray = [key for key in ("hyperparameters", "metrics") if getattr(self, key) is not None]
        if self.definitions is not None and self.training is None and stray:
            raise refusal(
                f"has {' and '.join(stray)} beside definitions",
                "Move them into each entry of definitions.",
            )
        return self

    @model_validator(mode="after")
    def _one_search(self) -> Self:
        if self.campaign is None:
            return self
        if self.campaign.jobs < 1:
            mend = "Write how many training jobs it is to have in all."
            raise refusal("has a campaign of less than one training job", mend)
        if self.warm_start is not None:
            raise refusal(
                "has warm_start beside campaign",
                "Remove it: a campaign chooses parents itself; `amt extend` carries on a job.",
            )
        if self.strategy == "Grid":
            mend = "A grid is one job of every combination; choose Random or Bayesian."
            raise refusal("has campaign beside strategy: Grid", mend)
        if self.name is not None and len(self.name) > LONGEST_CAMPAIGN:
            mend = f"Keep it to {LONGEST_CAMPAIGN} characters: a member's number follows it."
            raise refusal("has a name that is too long for a campaign", mend)
        return self
