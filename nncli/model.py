"""A trained network, loaded from a run."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from nncli import config, registry, store, training
from nncli.arrays import Array
from nncli.checkpoint import Checkpoint, checkpoint_error, restore_parameters
from nncli.data.data import DescribedData, PartName, Samples
from nncli.data.description import Description
from nncli.data.lines import digest
from nncli.data.preprocessing import Preprocessing
from nncli.errors import NncliError, UsageError
from nncli.experiment import Experiment
from nncli.metric_choice import evaluation_metrics
from nncli.nn.engine.ops import Ops
from nncli.nn.network import Parameters
from nncli.resolved import ResolvedExperiment
from nncli.store import Run
from nncli.store.run import CONFIG, SNAPSHOTS
from nncli.store.snapshots import load_snapshots
from nncli.text import quote
from nncli.threads import limit_threads

CheckpointChoice = Literal["last", "best"]


class Model:
    """A trained network: the weights of a run's checkpoint, and the scaling of its data.

    The attributes `run`, `checkpoint` and `experiment` identify it; `weights` has its arrays by layer. Raises
    NncliError if the run has no such checkpoint, or if it is damaged.
    """

    def __init__(self, run: Run, checkpoint: CheckpointChoice = "last") -> None:
        if checkpoint not in ("last", "best"):
            raise UsageError(f"unknown checkpoint {quote(checkpoint)}; use last or best")
        self.run = run
        self.checkpoint = checkpoint
        self.threads = store.threads_of(run.info()) or 1  # as in training, to get the same bits
        self._arrays = run.checkpoint(checkpoint)
        self._place = str(run.path / "checkpoints" / f"{checkpoint}.npz")
        self.data = _description(self._arrays, self._place)
        source = str(run.path / "config.yaml")
        resolved = config.load_text(run.config_text(), source, self.data, run.nearby_files())
        self.experiment: Experiment = resolved.experiment
        self.network = resolved.network
        self.preprocessing = _preprocessing(self._arrays, self.data, self._place)
        self._ops = Ops(self.experiment.precision, np.random.RandomState(0), training=False)
        self.params = self._allocate_params()
        restore_parameters(self.network, self.params, self._arrays, self._place)

    @np.errstate(all="ignore")
    def predict(self, x: ArrayLike) -> Array:
        """Return outputs (n, outputs) for inputs x (n, inputs): values, or probabilities after a sigmoid or softmax.

        Raises UsageError if x has the wrong number of columns, or an entry that is not a finite number.
        """
        try:
            inputs = np.asarray(x)
            finite = inputs.dtype.kind in "biuf" and bool(np.isfinite(inputs).all())
        except ValueError:  # rows of different lengths
            finite = False
        if not finite:
            raise UsageError("the inputs must be rows of finite numbers, all of the same length")
        if inputs.ndim != 2 or inputs.shape[1] != self.network.inputs:
            raise UsageError(f"the inputs must have the shape (samples, {self.network.inputs}), not {inputs.shape}")
        return self.outputs(inputs)

    @np.errstate(all="ignore")
    def outputs(self, x: Array) -> Array:
        """Return outputs for inputs with the columns of the training data; NaN means missing."""
        with limit_threads(self.threads):
            return training.outputs(self.network, self.preprocessing, self.params, x, self._ops)

    @property
    def weights(self) -> dict[int, dict[str, Array]]:
        """Copies of each layer's arrays by its index in `layers`: `weights[0]["weights"]` is (inputs, units)."""
        pairs = zip(self.network.links, self.params.links, strict=True)
        return {link.number: {name: array.copy() for name, array in views.items()} for link, views in pairs if views}

    def evaluate(self, part: Literal["train"] | PartName | None = None) -> dict[str, float]:
        """Return loss and metrics on a part of the data like `nncli eval`; the default is test, else train.

        Raises UsageError if the data have no such part.
        """
        name = part or self.evaluated_part
        plan, samples = self.part(name)
        if samples is None:
            hint = f"add one under `data:`, as in `{name}: {{samples: 100}}`, and train again"
            raise UsageError(f"has no {name} part", place=str(self.run.path / CONFIG), hint=hint)
        with limit_threads(self.threads):
            metrics = evaluation_metrics(self.experiment, self.data)
            return plan.make_evaluator(self.params, samples, metrics)().without_penalty()

    @property
    def evaluated_part(self) -> Literal["train", "test"]:
        """The part that an evaluation uses by default: the test part if there is one, else the training part."""
        return "test" if self.experiment.data.has("test") else "train"

    def snapshots(self) -> list[int]:
        """Return the numbers of epochs after which snapshots were saved, in increasing order; empty without any."""
        return [] if self._snapshots is None else self._snapshots[0]

    @functools.cached_property
    def _snapshots(self) -> tuple[list[int], dict[str, Array]] | None:
        path = self.run.path / SNAPSHOTS
        return load_snapshots(path) if path.is_file() else None

    def after(self, epochs: int) -> Model:
        """Return the network after a number of epochs, which must be in `snapshots()`. Raises UsageError if not."""
        if self._snapshots is None or epochs not in self._snapshots[0]:
            hint = "choose one of model.snapshots()"
            raise UsageError(f"has no snapshot after {epochs} epochs", place=str(self.run.path), hint=hint)
        index = self._snapshots[0].index(epochs)
        arrays = {name: array[index].astype(self._ops.dtype) for name, array in self._snapshots[1].items()}
        model = copy.copy(self)
        model.params = self._allocate_params()
        restore_parameters(self.network, model.params, arrays, str(self.run.path / SNAPSHOTS))
        return model

    @property
    def epochs(self) -> int:
        """The number of epochs after which the checkpoint was saved."""
        return int(self._arrays["epoch"])

    def weights_by_epoch(self) -> Iterator[tuple[int, Parameters]]:
        """Yield the number of epochs and the weights of each snapshot, then of the checkpoint if it is later."""
        snapshots = self.snapshots()
        for epochs in snapshots:
            yield epochs, self.after(epochs).params
        if not snapshots or self.epochs > snapshots[-1]:
            yield self.epochs, self.params

    def _allocate_params(self) -> Parameters:
        return self.network.allocate(self._ops.dtype, [dict.fromkeys(link.shapes, 0) for link in self.network.links])

    def plan(self) -> training.Plan:
        """Return the plan of training: data, metrics and precision."""
        return self._training[0]

    def scoring(self) -> training.Scoring:
        """Return loss, metrics and baseline of evaluations, from the checkpoint unless the data are drawn."""
        resolved = ResolvedExperiment(self.experiment, self.data, self.network)
        saved = training.Scoring.of_arrays(self._arrays, resolved, self.preprocessing, self._place)
        return self.plan().scoring if saved is None else saved

    def with_table(self, file: str) -> Model:
        """Return the model with its data read from `file`, if that has the content of the table it was trained on."""
        data = self.experiment.data
        assert isinstance(data, DescribedData)
        if not Path(file).is_file() or digest(file) != self.data.digest:
            return self
        model = copy.copy(self)
        source = dataclasses.replace(data.source, path=file)  # type: ignore[type-var]
        model.experiment = dataclasses.replace(self.experiment, data=dataclasses.replace(data, source=source))
        return model

    def samples(self, part: Literal["train"] | PartName) -> Samples | None:
        """Return a copy of the samples of a part in the units of the data, None if there is no such part."""
        plan, samples = self.part(part)
        return None if samples is None else Samples(*map(np.copy, plan.in_data_units(samples)))

    def with_training(self, plan: training.Plan, checkpoint: Checkpoint) -> Model:
        """Return the model of a training that has just ended, with its data instead of reading them again."""
        model = copy.copy(self)
        model._training = plan, checkpoint
        return model

    def part(self, part: Literal["train"] | PartName) -> tuple[training.Plan, Samples | None]:
        """Return the plan of training and the prepared samples of a part, None if there is no such part.

        A separate test part is drawn after training, so from the random stream in the checkpoint.
        """
        if part not in ("train", "validation", "test"):
            raise UsageError(f"unknown part {quote(part)}; use train, validation or test")
        plan, checkpoint = self._training
        if part == "test":
            return plan, plan.test(checkpoint.streams)
        return plan, plan.training if part == "train" else plan.validation

    @functools.cached_property
    def _training(self) -> tuple[training.Plan, Checkpoint]:
        """The prepared training with the checkpoint restored. Raises NncliError if the data have changed."""
        data = self.experiment.data
        assert isinstance(data, DescribedData)
        store.require_files({"data": registry.plain(data.source)}, self.run.nearby_files())
        if not data.source.is_described_by(self.data):
            hint = "evaluate on other data with --data FILE, or train again"
            raise NncliError("the data have changed since the run was trained", place=str(self.run.path), hint=hint)
        plan, checkpoint = training.prepare(ResolvedExperiment(self.experiment, self.data, self.network))
        checkpoint.restore(plan.network, self._arrays, self._place)
        return plan, checkpoint


def _description(arrays: Mapping[str, Array], place: str) -> Description:
    """Return the description of the data in a checkpoint. Raises NncliError if it is missing or damaged."""
    try:
        return Description.of_array(arrays[training.DESCRIPTION])
    except KeyError as error:
        raise checkpoint_error(f"it has no {error}", place) from None
    except ValueError as error:
        raise checkpoint_error(f"{training.DESCRIPTION} is {error}", place) from None


def _preprocessing(arrays: Mapping[str, Array], data: Description, place: str) -> Preprocessing:
    """Return the preprocessing in a checkpoint. Raises NncliError if it does not fit the data."""
    try:
        preprocessing = Preprocessing.of_arrays(arrays)
    except KeyError as error:
        raise checkpoint_error(f"it has no {error}", place) from None
    targets = 1 if data.class_names else len(data.target_names)
    for name, array in preprocessing._asdict().items():
        needed = (targets if name.startswith("target_") else len(data.input_names),)
        is_scale = name.endswith("scale")
        if array.shape != needed or not np.isfinite(array).all() or (is_scale and not (array > 0).all()):
            raise checkpoint_error(f"data.{name} is damaged", place)
    if data.class_names and not preprocessing.targets_unscaled:
        raise checkpoint_error("data.target_shift is damaged: classes have no scale", place)
    return preprocessing
