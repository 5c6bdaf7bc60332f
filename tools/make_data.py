"""Writes the data files of the shipped experiments into `configs/data/`.

    python tools/make_data.py [FOLDER]

`houses.csv` and `weather.csv` are invented, drawn from formulas. `iris.csv` is Fisher's (1936) and `digits.npz`
the 8 x 8 digits of Alpaydin and Kaynak (1998), both as scikit-learn brings them (from the UCI repository, CC BY 4.0).
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "configs" / "data"
CITIES = {"Aalen": 0, "Brest": 60_000, "Como": 150_000, "Dover": 30_000}


def houses(path: Path) -> None:
    """Invented houses: the price hangs on size, age and city, on none of them in a straight line."""
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
            known = "" if random.uniform() < 0.03 else str(age)
            writer.writerow([1000 + number, f"{area:.1f}", rooms, known, city, garden, int(round(price, -2))])


def weather(path: Path) -> None:
    """Invented mornings: rain, frost and fog hang on temperature and humidity, and any of them can come together."""
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
    """150 flowers of three species."""
    from sklearn.datasets import load_iris

    found = load_iris()
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
        for row, label in zip(found.data, found.target, strict=True):
            writer.writerow([*row, found.target_names[label]])


def digits(path: Path) -> None:
    """1,797 handwritten digits of 8 x 8 pixels, grey from 0 to 16."""
    from sklearn.datasets import load_digits

    found = load_digits()
    np.savez_compressed(path, x=found.images.astype(np.uint8), y=found.target.astype(np.uint8))


def main(folder: Path = FOLDER) -> None:
    """Writes all four."""
    folder.mkdir(parents=True, exist_ok=True)
    houses(folder / "houses.csv")
    weather(folder / "weather.csv")
    iris(folder / "iris.csv")
    digits(folder / "digits.npz")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
