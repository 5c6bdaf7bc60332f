"""Write the data files of the bundled experiments into `configs/data/`.

    python tools/make_data.py [FOLDER]

`houses.csv` and `weather.csv` are synthetic, drawn from formulas. `iris.csv` is Fisher's data set (1936) and
`digits.npz` the 8 x 8 digits of Alpaydin and Kaynak (1998), both as included in scikit-learn (from the UCI repository,
CC BY 4.0).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "configs" / "data"
CITIES = {"Aalen": 0, "Brest": 60_000, "Como": 150_000, "Dover": 30_000}


def houses(path: Path) -> None:
    """Write synthetic houses, whose prices depend nonlinearly on size, age and city."""
    random = np.random.RandomState(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "area", "rooms", "age", "city", "garden", "price"])
        for number in range(600):
            area = random.uniform(35, 220)
            rooms = int(np.clip(round(area / 28 + random.normal(0, 0.8)), 1, 8))
            age, city, garden = random.randint(0, 120), random.choice(list(CITIES)), random.choice(["yes", "no"])
            worth = 900 * area + 6 * area**2 + 9_000 * rooms - 1_500 * age + 9 * age**2
            worth += CITIES[city] * (area / 100) + (25_000 if garden == "yes" else 0)
            price = max(20_000, worth + random.normal(0, 12_000))
            age_or_missing = "" if random.uniform() < 0.03 else str(age)
            writer.writerow([1000 + number, f"{area:.1f}", rooms, age_or_missing, city, garden, int(round(price, -2))])


def weather(path: Path) -> None:
    """Write synthetic weather: rain, frost and fog depend on temperature and humidity, and can occur together."""
    random = np.random.RandomState(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["temperature", "humidity", "rain", "frost", "fog"])
        for _ in range(300):
            temperature, humidity = random.uniform(-10, 25), random.uniform(30, 100)
            rain = humidity + random.normal(0, 6) > 75
            frost = temperature + random.normal(0, 1.5) < 0
            fog = humidity + random.normal(0, 3) > 80 and temperature < 10
            words = ["yes" if rain else "no", int(frost), "true" if fog else "false"]
            writer.writerow([f"{temperature:.1f}", f"{humidity:.0f}", *words])


def iris(path: Path) -> None:
    """Write 150 flowers of three species."""
    from sklearn.datasets import load_iris

    dataset = load_iris()
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
        for row, label in zip(dataset.data, dataset.target, strict=True):
            writer.writerow([*row, dataset.target_names[label]])


def digits(path: Path) -> None:
    """Write 1,797 handwritten digits of 8 x 8 pixels, with grey values from 0 to 16."""
    from sklearn.datasets import load_digits

    dataset = load_digits()
    np.savez_compressed(path, x=dataset.images.astype(np.uint8), y=dataset.target.astype(np.uint8))


def main(folder: Path = FOLDER) -> None:
    """Write all four files."""
    folder.mkdir(parents=True, exist_ok=True)
    houses(folder / "houses.csv")
    weather(folder / "weather.csv")
    iris(folder / "iris.csv")
    digits(folder / "digits.npz")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
