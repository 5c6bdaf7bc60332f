"""A reference implementation: training as in *Neural Networks from Scratch in Python*, chapters 10 and 14 to 19.

    python plain_loop.py < request.json > result.json

Reads `{"experiment": {...}, "every": 100}`, a resolved nncli experiment, and writes one JSON object: `columns`, `rows`
(each `every`-th epoch and the last), `test` (or null) and the `seconds` of the loop. It shares no code with nncli and
does not save memory; it keeps the order and the dtype of every expression of the book. `nnfs.init()` patches NumPy for
the whole process (dot products in float64, rounded to float32; `zeros` and `randn` in float32), so this runs in a
separate process. Settings that the book does not have are refused with a line on stderr.

One difference: the book's gradient of the mean absolute error has the wrong sign and climbs; this one descends.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import nnfs
import nnfs.datasets
import numpy as np

Array = Any  # an ndarray; NumPy's stubs cannot type most expressions below
Measure = Callable[[Array, Array], Array]  # output and target to a value for each sample


def refuse(setting: str) -> NoReturn:
    """End the program with one line on stderr."""
    sys.exit(f"plain_loop: the book does not have {setting}")


class Parameter:
    """Weights or biases with their penalty, gradient and optimizer state."""

    def __init__(self, value: Array, l1: float, l2: float) -> None:
        self.value, self.l1, self.l2 = value, l1, l2
        self.gradient, self.momentum, self.cache = (np.zeros_like(value) for _ in range(3))

    def set_gradient(self, gradient: Array) -> None:
        """Set the gradient to dL/dp + l1 sign(p) + 2 l2 p, where sign(0) is +1."""
        if self.l1 > 0:
            gradient += self.l1 * np.where(self.value >= 0, np.float32(1), np.float32(-1))
        if self.l2 > 0:
            gradient += 2 * self.l2 * self.value
        self.gradient = gradient


class Dense:
    """y = x W + b        dW = xᵀ dy        db = Σ dy over samples        dx = dy Wᵀ"""

    def __init__(
        self,
        inputs: int,
        units: int,
        draw: Callable[[int, int], Array],
        weight_l1: float = 0.0,
        weight_l2: float = 0.0,
        bias_l1: float = 0.0,
        bias_l2: float = 0.0,
    ) -> None:
        self.weights = Parameter(draw(inputs, units), weight_l1, weight_l2)
        self.biases = Parameter(np.zeros((1, units)), bias_l1, bias_l2)

    def forward(self, x: Array) -> Array:
        self.x = x
        return np.dot(x, self.weights.value) + self.biases.value

    def backward(self, dy: Array) -> Array:
        self.weights.set_gradient(np.dot(self.x.T, dy))
        self.biases.set_gradient(np.sum(dy, axis=0, keepdims=True))
        return np.dot(dy, self.weights.value.T)

    def penalty(self) -> Any:
        """Return l1 Σ|W| + l2 Σ W², and the same for b: a float32 scalar, or 0 without a penalty."""
        total: Any = 0
        for p in (self.weights, self.biases):
            if p.l1 > 0:
                total += p.l1 * np.sum(np.abs(p.value))
            if p.l2 > 0:
                total += p.l2 * np.sum(p.value * p.value)
        return total


class Dropout:
    """y = x mask        dx = dy mask        mask = binomial(1, keep) / keep, in training only"""

    def __init__(self, rate: float) -> None:
        self.keep = 1 - rate

    def forward(self, x: Array) -> Array:
        self.mask = np.random.binomial(1, self.keep, size=x.shape) / self.keep
        return x * self.mask

    def backward(self, dy: Array) -> Array:
        return dy * self.mask


class Relu:
    """y = max(0, x)        dx = dy, 0 where x <= 0"""

    def forward(self, x: Array) -> Array:
        self.x = x
        return np.maximum(0, x)

    def backward(self, dy: Array) -> Array:
        dx = dy.copy()
        dx[self.x <= 0] = 0
        return dx


class Sigmoid:
    """y = 1 / (1 + e⁻ˣ)        dx = dy (1 - y) y"""

    def forward(self, x: Array) -> Array:
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dy: Array) -> Array:
        return dy * (1 - self.y) * self.y


class Linear:
    """y = x        dx = dy"""

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, dy: Array) -> Array:
        return dy


class Softmax:
    """y = eˣ / Σ eˣ of the row        CategoricalCrossentropy computes dx"""

    def forward(self, x: Array) -> Array:
        powers = np.exp(x - np.max(x, axis=1, keepdims=True))
        return powers / np.sum(powers, axis=1, keepdims=True)

    def backward(self, dx: Array) -> Array:
        return dx


class CategoricalCrossentropy:
    """L = -log p at class t        dx = (p, less 1 at t) / n, for the x of the softmax that gave p"""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        if label_smoothing:
            refuse(f"label_smoothing {label_smoothing}")

    def of_samples(self, p: Array, t: Array) -> Array:
        return -np.log(np.clip(p, 1e-7, 1 - 1e-7)[range(len(p)), t])

    def gradient(self, p: Array, t: Array) -> Array:
        dx = p.copy()
        dx[range(len(p)), t] -= 1
        return dx / len(p)


class BinaryCrossentropy:
    """L = -(t log p + (1 - t) log(1 - p)), mean over outputs        dp = -(t / p - (1 - t) / (1 - p)) / k / n"""

    def of_samples(self, p: Array, t: Array) -> Array:
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return np.mean(-(t * np.log(p) + (1 - t) * np.log(1 - p)), axis=-1)

    def gradient(self, p: Array, t: Array) -> Array:
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return -(t / p - (1 - t) / (1 - p)) / p.shape[1] / len(p)


class MeanSquaredError:
    """L = (t - y)², mean over outputs        dy = -2 (t - y) / k / n"""

    def of_samples(self, y: Array, t: Array) -> Array:
        return np.mean((t - y) ** 2, axis=-1)

    def gradient(self, y: Array, t: Array) -> Array:
        return -2 * (t - y) / y.shape[1] / len(y)


class MeanAbsoluteError:
    """L = |t - y|, mean over outputs        dy = sign(y - t) / k / n"""

    def of_samples(self, y: Array, t: Array) -> Array:
        return np.mean(np.abs(t - y), axis=-1)

    def gradient(self, y: Array, t: Array) -> Array:
        return np.sign(y - t) / y.shape[1] / len(y)


@dataclass
class Optimizer:
    """Add to each parameter a change u computed from its gradient g; the learning rate decays with the steps."""

    learning_rate: float = 0.001
    decay: float = 0.0
    steps: int = field(default=0, init=False)

    def rate(self, step: int) -> float:
        return self.learning_rate * (1.0 / (1.0 + self.decay * step))

    def update(self, layers: list[Dense]) -> None:
        for layer in layers:
            for p in (layer.weights, layer.biases):
                p.value += self.change(p, p.gradient, self.rate(self.steps))
        self.steps += 1

    def change(self, p: Parameter, g: Array, rate: float) -> Array:
        raise NotImplementedError


@dataclass
class Sgd(Optimizer):
    """u = momentum u - rate g"""

    learning_rate: float = 1.0
    momentum: float = 0.0

    def change(self, p: Parameter, g: Array, rate: float) -> Array:
        if not self.momentum:
            return -rate * g
        p.momentum = self.momentum * p.momentum - rate * g
        return p.momentum


@dataclass
class Adagrad(Optimizer):
    """c = c + g²        u = -rate g / (√c + ε)"""

    learning_rate: float = 1.0
    epsilon: float = 1e-7

    def change(self, p: Parameter, g: Array, rate: float) -> Array:
        p.cache += g**2  # in place, so that it stays float32 if g is float64
        return -rate * g / (np.sqrt(p.cache) + self.epsilon)


@dataclass
class RmsProp(Optimizer):
    """c = rho c + (1 - rho) g²        u = -rate g / (√c + ε)"""

    rho: float = 0.9
    epsilon: float = 1e-7

    def change(self, p: Parameter, g: Array, rate: float) -> Array:
        p.cache = self.rho * p.cache + (1 - self.rho) * g**2
        return -rate * g / (np.sqrt(p.cache) + self.epsilon)


@dataclass
class Adam(Optimizer):
    """m = β₁ m + (1 - β₁) g        c = β₂ c + (1 - β₂) g²        u = -rate m / (1 - β₁ˢ) / (√(c / (1 - β₂ˢ)) + ε)

    s counts the steps from 1.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def change(self, p: Parameter, g: Array, rate: float) -> Array:
        p.momentum = self.beta_1 * p.momentum + (1 - self.beta_1) * g
        p.cache = self.beta_2 * p.cache + (1 - self.beta_2) * g**2
        m = p.momentum / (1 - self.beta_1 ** (self.steps + 1))
        c = p.cache / (1 - self.beta_2 ** (self.steps + 1))
        return -rate * m / (np.sqrt(c) + self.epsilon)


def normal(scale: float = 0.01) -> Callable[[int, int], Array]:
    """Return a function that draws weights: scale times normal noise, which `nnfs.init()` rounds to float32 first."""
    return lambda inputs, units: scale * np.random.randn(inputs, units)


def accuracy(spread: float, threshold: float = 0.5) -> Measure:
    """Return whether the likeliest class is the label or, for targets in columns, p > threshold equals the target."""
    return lambda y, t: np.argmax(y, axis=1) == t if t.ndim == 1 else (y > threshold) == t


def regression_accuracy(spread: float, divisor: float = 250) -> Measure:
    """Return whether |y - t| < spread / divisor, where spread is the standard deviation of the training targets."""
    return lambda y, t: np.abs(y - t) < spread / divisor


Layer = Dense | Dropout | Relu | Sigmoid | Linear | Softmax
Loss = CategoricalCrossentropy | BinaryCrossentropy | MeanSquaredError | MeanAbsoluteError
Kinds = dict[str, Callable[..., Any]]


def npz(path: str, task: str = "", scale: str = "none", scale_target: str = "none") -> tuple[Array, Array]:
    """Return the arrays x and y of a file, unscaled; the task follows from their shapes."""
    with np.load(path) as file:
        return file["x"], file["y"]


DATA: Kinds = {name: getattr(nnfs.datasets, f"{name}_data") for name in ("sine", "spiral", "vertical")} | {"npz": npz}
LAYERS: Kinds = {"dropout": Dropout, "relu": Relu, "sigmoid": Sigmoid, "linear": Linear, "softmax": Softmax}
LOSSES: Kinds = {
    "categorical_crossentropy": CategoricalCrossentropy,
    "binary_crossentropy": BinaryCrossentropy,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
}
OPTIMIZERS: Kinds = {"sgd": Sgd, "adagrad": Adagrad, "rmsprop": RmsProp, "adam": Adam}
METRICS: Kinds = {"accuracy": accuracy, "regression_accuracy": regression_accuracy}


def fields(part: Any) -> dict[str, Any]:
    """Return the fields of a component that are set; a bare name is a component without fields."""
    mapping = {"type": part} if isinstance(part, str) else part
    return {name: value for name, value in mapping.items() if value is not None and value is not False}


def make(kinds: Kinds, part: Any, **more: Any) -> Any:
    """Create the component named by `part` with its fields."""
    values = fields(part)
    kind = values.pop("type")
    if kind not in kinds:
        refuse(kind)
    try:
        return kinds[kind](**values, **more)
    except TypeError as error:  # the component does not have one of the fields
        refuse(f"{kind} with {values} ({error})")


def draw_data(data: dict[str, Any], part: dict[str, Any], loss: Loss) -> tuple[Array, Array]:
    """Return inputs and targets; the fields of `part` replace those of `data`."""
    own = {**fields(data), **fields(part)}
    x, t = make(DATA, {name: value for name, value in own.items() if name not in ("validation", "test")})
    return x, t if isinstance(loss, CategoricalCrossentropy) else t.reshape(len(t), -1)


def build_layers(experiment: dict[str, Any], inputs: int) -> list[Layer]:
    """Return the layers in order, each activation after its dense layer, and draw the weights."""
    layers: list[Layer] = []
    for part in experiment["layers"]:
        values = fields(part)
        if values["type"] != "dense":
            layers.append(make(LAYERS, values))
            continue
        activation = values.pop("activation", "linear")
        draw = make({"normal": normal}, values.pop("init", None) or experiment.get("init") or "normal")
        layers += [make({"dense": Dense}, values, inputs=inputs, draw=draw), make(LAYERS, activation)]
        inputs = values["units"]
    return layers


def forward(layers: list[Layer], x: Array, training: bool) -> Array:
    """Return the network's output; dropout is skipped outside training."""
    for layer in layers:
        if training or not isinstance(layer, Dropout):
            x = layer.forward(x)
    return x


def means(measures: list[Measure], batches: list[tuple[Array, Array]]) -> list[Any]:
    """Return the mean of each measure over the outputs and targets of all batches."""
    values = [[measure(y, t) for y, t in batches] for measure in measures]
    return [sum(np.sum(part) for part in parts) / sum(part.size for part in parts) for parts in values]


def run(experiment: dict[str, Any], every: int) -> dict[str, Any]:
    """Train an experiment; the order of random draws is training data, validation data, weights, masks, test data."""
    settings, data = experiment["train"], fields(experiment["data"])
    if settings.get("shuffle") or settings.get("early_stopping") or experiment.get("precision", "book") != "book":
        refuse("shuffle, early_stopping, or a precision other than book")
    nnfs.init(random_seed=experiment.get("seed", 0))
    loss: Loss = make(LOSSES, experiment["loss"])
    x_all, t_all = draw_data(data, {}, loss)
    validation = draw_data(data, data["validation"], loss) if "validation" in data else None
    layers = build_layers(experiment, x_all.shape[1])
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    softmaxes = [isinstance(layer, Softmax) for layer in layers]
    if any(softmaxes[:-1]) or softmaxes[-1] != isinstance(loss, CategoricalCrossentropy):
        refuse("softmax without categorical cross-entropy, or that loss without softmax")
    optimizer: Optimizer = make(OPTIMIZERS, experiment["optimizer"])
    metrics = [fields(part) for part in experiment.get("metrics") or []]
    measures = [loss.of_samples, *(make(METRICS, metric, spread=np.std(t_all)) for metric in metrics)]
    names = ["loss", *(metric["type"] for metric in metrics)]

    def measure(x: Array, t: Array) -> list[float]:
        return [float(mean) for mean in means(measures, [(forward(layers, x, training=False), t)])]

    rows = []
    batch_size = settings.get("batch_size")
    started = time.perf_counter()
    for epoch in range(settings["epochs"]):
        rate = optimizer.rate(max(optimizer.steps - 1, 0))
        penalty = sum(layer.penalty() for layer in dense)
        batches = []
        for first in range(0, len(x_all), batch_size or len(x_all)):
            batch = slice(first, first + (batch_size or len(x_all)))
            y, t = forward(layers, x_all[batch], training=True), t_all[batch]
            batches.append((y, t))
            gradient = loss.gradient(y, t)
            for layer in reversed(layers):
                gradient = layer.backward(gradient)
            optimizer.update(dense)
        if batch_size:  # chapter 19 prints the penalty of the weights after the epoch's last step
            penalty = sum(layer.penalty() for layer in dense)
        data_loss, *scores = means(measures, batches)
        if epoch % every == 0 or epoch == settings["epochs"] - 1:
            row = [data_loss + penalty, data_loss, penalty, *scores, rate]
            rows.append([epoch, *map(float, row), *(measure(*validation) if validation else [])])
    seconds = time.perf_counter() - started

    columns = ["epoch", "loss", "data_loss", "regularization_loss", *names[1:], "learning_rate"]
    columns += [f"val_{name}" for name in names] if validation else []
    test = dict(zip(names, measure(*draw_data(data, data["test"], loss)), strict=True)) if "test" in data else None
    learned = [parameter.value.tolist() for layer in dense for parameter in (layer.weights, layer.biases)]
    return {"columns": columns, "rows": rows, "test": test, "seconds": seconds, "parameters": learned}


if __name__ == "__main__":
    request = json.load(sys.stdin)
    json.dump(run(request["experiment"], request.get("every", 100)), sys.stdout)
