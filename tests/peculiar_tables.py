"""Tables with the peculiarities of five well-known files, whose targets can be learned. The values are made up."""

from __future__ import annotations

import random


def comma(number: float) -> str:
    """Return a number with a decimal comma."""
    return f"{number:.1f}".replace(".", ",")


def titanic() -> str:
    """Return names with quotes and commas, ages and cabins that are missing, and tickets of numbers and text."""
    chance, rows = random.Random(1), []
    for i in range(200):
        sex, group = chance.choice(["female", "male"]), chance.choice([1, 2, 3])
        survived = int(chance.random() < (0.85 if sex == "female" else 0.1) + 0.05 * (2 - group))
        name = f'"Doe{i}, Mr. John ""Jo"" (of {i})"'
        age = "" if chance.random() < 0.2 else chance.choice(["0.5", "22", "38", "54"])
        ticket = f"A/5 {2000 + i}" if i % 4 == 0 else f"{110_000 + 37 * i % 5000}"
        cabin = f"C{i}" if i % 5 == 0 else ""
        rows.append(f"{i + 1},{survived},{group},{name},{sex},{age},{ticket},{8 * (4 - group)}.05,{cabin}")
    return "PassengerId,Survived,Pclass,Name,Sex,Age,Ticket,Fare,Cabin\n" + "\n".join(rows) + "\n"


def ames() -> str:
    """Return two columns that identify the rows, and NA for missing numbers and for things that a house lacks."""
    chance, rows = random.Random(2), []
    for i in range(200):
        quality, zone = chance.randint(2, 9), chance.choice(["RL", "RM", "FV"])
        front = "NA" if chance.random() < 0.2 else str(chance.randint(40, 90))
        alley = chance.choice(["NA"] * 8 + ["Grvl", "Pave"])
        price = 20_000 * quality + 30_000 * (zone == "FV") + chance.randint(-5000, 5000)
        rows.append(f"{i + 1},0526{301_100 + 7 * i},{zone},{front},{alley},{quality},{price}")
    return "Order,PID,MS Zoning,Lot Frontage,Alley,Overall Qual,SalePrice\n" + "\n".join(rows) + "\n"


def adult(*, header: bool = True, test: bool = False) -> str:
    """Return spaces after commas and ? for missing values, as in adult.data; classes with a full stop if `test`."""
    chance, rows = random.Random(3), []
    for _ in range(200):
        age, hours = chance.randint(18, 70), chance.randint(10, 60)
        work = chance.choice(["State-gov", "Private", "Private", "?"])
        rich = age + hours + chance.randint(-8, 8) > 85
        rows.append(f"{age}, {work}, {hours}, {'>50K' if rich else '<=50K'}{'.' * test}")
    return ("age, workclass, hours, income\n" if header else "") + "\n".join(rows) + "\n"


def wine() -> str:
    """Return columns separated by semicolons, with quotes around the names."""
    chance, rows = random.Random(4), []
    for _ in range(200):
        alcohol = chance.choice([9, 9.5, 10.2, 11, 12.8])
        rows.append(f"{chance.randint(60, 80) / 10};{alcohol};{5 + (alcohol > 10) + (alcohol > 12)}")
    return '"fixed acidity";"alcohol";"quality"\n' + "\n".join(rows) + "\n"


def air() -> str:
    """Return decimal commas, -200 for missing values, and separators without values in each row and at the end."""
    chance, rows = random.Random(5), []
    for i in range(240):
        sensor, warm = chance.randint(650, 1950), chance.uniform(-1.5, 40)
        gas = sensor / 700 + chance.uniform(-0.1, 0.1)
        fields = [comma(gas), str(sensor), str(chance.randint(7, 999)), comma(warm)]
        missing = [i % 7 == 0, i % 20 == 7, i % 10 < 9, i % 20 == 7]
        values = ["-200" if absent else field for field, absent in zip(fields, missing, strict=True)]
        rows.append(f"{10 + i // 24}/03/2004;{i % 24:02d}.00.00;{';'.join(values)};;")
    return "Date;Time;CO(GT);PT08.S1(CO);NMHC(GT);T;;\n" + "\n".join([*rows, *[";;;;;;;"] * 3]) + "\n"
